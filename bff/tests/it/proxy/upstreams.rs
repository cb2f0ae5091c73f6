//! Several upstreams behind one server: which path leads where, and what each of them gets.

use std::{
    fs::{self, File},
    io::Write as _,
};

use front_fixture::unused_port;
use oidc_fixture::{CLIENT_SECRET, OidcFixture, Person};

use crate::harness::{
    browser::Request,
    oidc::{Scene, cookies, path_of},
    program::{Program, bff, metrics_port_in, port_of, terminate, wait},
    test_app::{RouteTable, TestApp, folder_with},
    token_upstream::with,
    upstream::Upstream,
};

/// An upstream that leads to `location` by a redirect, and to `/next` in a link.
fn leading_to(location: &str) -> Upstream {
    let head = format!("HTTP/1.1 201 Created\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
    Upstream::scripted(move |connection, _| connection.write_all(head.as_bytes()).is_ok())
}

/// A field of the last request that an upstream has seen.
fn field(upstream: &Upstream, name: &str) -> Option<String> {
    let last = upstream.requests().last().unwrap().clone();
    let mut lines = last.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
}

fn path(upstream: &Upstream) -> String {
    upstream.requests().last().unwrap().split(' ').nth(1).unwrap().to_owned()
}

#[test]
fn each_route_leads_to_its_upstream_by_its_own_or_a_rewritten_path() {
    let (api, billing) = (Upstream::ok("api"), Upstream::ok("billing"));
    let table = format!(
        "[[route]]\npath = '/{{*rest}}'\n\
         [[route]]\npath = '/billing/{{*rest}}'\nupstream = 'billing'\nrewrite = '/{{*rest}}'\n\
         [[route]]\npath = '/todos/{{id}}'\nrewrite = '/v2/items/{{id}}.json'\n\
         [upstream.billing]\nurl = '{}/v1'",
        billing.url()
    );
    let app = TestApp::with_routes(&api.url(), &table, &[]);
    assert_eq!(app.get("/api/server/billing/invoices/7?a=b%20c").text(), "billing");
    assert_eq!(path(&billing), "/v1/invoices/7?a=b%20c");
    assert_eq!(field(&billing, "x-forwarded-prefix").as_deref(), Some("/api/server/billing"));
    assert_eq!(field(&billing, "host").unwrap(), format!("127.0.0.1:{}", billing.port));
    assert_eq!(app.get("/api/server/todos/a%2Cb").text(), "api");
    assert_eq!(path(&api), "/v2/items/a%2Cb.json");
    assert_eq!(app.get("/api/server/users").text(), "api");
    assert_eq!(path(&api), "/users");
    assert_eq!(field(&api, "x-forwarded-prefix").as_deref(), Some("/api/server"));
    assert_eq!(billing.requests().len(), 1);
}

#[test]
fn an_item_of_a_batch_goes_where_the_request_alone_would_go() {
    let (api, billing) = (Upstream::ok("api"), Upstream::ok("billing"));
    let table = format!(
        "[[route]]\npath = '/{{*rest}}'\n[[route]]\npath = '/billing/{{*rest}}'\nupstream = 'billing'\n\
         [upstream.billing]\nurl = '{}'",
        billing.url()
    );
    let app = TestApp::with_routes(&api.url(), &table, &[]);
    let batch = r#"{"requests":[{"url":"/todos","method":"GET"},{"url":"/billing/1","method":"GET"}]}"#;
    let batch =
        Request::new("POST", "/api/server/batch").header("Content-Type", "application/json").body(batch);
    let answer = app.send(&batch);
    assert_eq!(answer.json()["results"], serde_json::json!(["api", "billing"]));
    assert_eq!(path(&billing), "/billing/1");
}

#[test]
fn an_address_in_an_answer_leads_back_to_the_route_that_leads_there() {
    let table = |billing: &str| {
        format!(
            "[[route]]\npath = '/billing/{{*rest}}'\nupstream = 'billing'\nrewrite = '/{{*rest}}'\n\
             [[route]]\npath = '/bills'\nupstream = 'single'\nrewrite = '/v2/invoices'\n\
             [[route]]\npath = '/bills/{{id}}'\nupstream = 'single'\nrewrite = '/v2/invoices/{{id}}'\n\
             [upstream.billing]\nurl = '{billing}/v1'\n[upstream.single]\nurl = '{billing}/v1'"
        )
    };
    for (asked, location, expected) in [
        ("/billing/invoices", "{base}/v1/invoices/7?x=1", Some("/api/server/billing/invoices/7?x=1")),
        ("/billing/invoices", "/v1/invoices/7", Some("/api/server/billing/invoices/7")),
        ("/billing/invoices", "7", Some("/api/server/billing/7")),
        ("/billing/invoices", "/api/server/billing/invoices/7", Some("/api/server/billing/invoices/7")),
        ("/billing/invoices", "/v2/invoices/7", None),
        ("/bills", "{base}/v1/v2/invoices/7", Some("/api/server/bills/7")),
        ("/bills", "invoices/7", Some("/api/server/bills/7")),
        ("/bills", "/v1/invoices/7", None),
        ("/bills", "/v1/v2/payments/7", None),
        ("/bills", "/api/server/v2/invoices/7", Some("/api/server/bills/7")),
    ] {
        let upstream = Upstream::scripted({
            let location = location.to_owned();
            move |connection, request| {
                let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
                let location = location.replace("{base}", &format!("http://{host}"));
                let head =
                    format!("HTTP/1.1 201 Created\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
                connection.write_all(head.as_bytes()).is_ok()
            }
        });
        let app = TestApp::with_routes("http://127.0.0.1:9", &table(&upstream.url()), &[]);
        let answer = app.send(&Request::new("POST", &format!("/api/server{asked}")).body("{}"));
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.header("location"), expected, "{asked} {location}");
    }
}

#[test]
fn the_address_of_one_upstream_means_nothing_in_an_answer_of_another() {
    let billing = Upstream::ok("");
    let api = leading_to(&format!("{}/v1/invoices/7", billing.url()));
    let table = format!(
        "[[route]]\npath = '/{{*rest}}'\n[[route]]\npath = '/billing/{{*rest}}'\nupstream = 'billing'\n\
         [upstream.billing]\nurl = '{}/v1'",
        billing.url()
    );
    let app = TestApp::with_routes(&api.url(), &table, &[]);
    assert_eq!(app.get("/api/server/todos").header("location"), None);
}

#[test]
fn security_61_what_hands_out_tokens_is_hidden_behind_a_rewrite() {
    let (api, billing) = (Upstream::ok("tokens"), Upstream::ok("billing"));
    let table = format!(
        "[[route]]\npath = '/x/{{*rest}}'\nrewrite = '/{{*rest}}'\n\
         [[route]]\npath = '/auth/login'\nupstream = 'billing'\n\
         [upstream.billing]\nurl = '{}'",
        billing.url()
    );
    let app = TestApp::with_routes(&api.url(), &table, &[]);
    for hidden in ["/x/auth/login", "/x/AUTH/login/", "/x/auth/refresh", "/x/auth/login.json"] {
        app.get(&format!("/api/server{hidden}")).problem(404, "api_not_found");
    }
    assert!(api.requests().is_empty());
    assert_eq!(app.get("/api/server/auth/login").text(), "billing", "another upstream has no tokens of ours");
}

#[test]
fn security_61_a_second_name_for_the_same_server_hides_the_same() {
    let api = Upstream::ok("tokens");
    let url = api.url();
    let table = format!(
        "[[route]]\npath = '/{{*rest}}'\n\
         [[route]]\npath = '/r/{{*rest}}'\nrewrite = '/{{*rest}}'\nupstream = 'reports'\n\
         [[route]]\npath = '/g/{{*rest}}'\nrewrite = '/{{*rest}}'\nupstream = 'gateway'\n\
         [upstream.reports]\nurl = '{url}/v1'\n[upstream.gateway]\nurl = '{url}'"
    );
    let app = TestApp::with_routes(&format!("{url}/v1"), &table, &[]);
    for hidden in
        ["/auth/login", "/r/auth/login", "/g/v1/auth/login", "/g/v1/Auth/Refresh/", "/g/V1/auth/login"]
    {
        app.get(&format!("/api/server{hidden}")).problem(404, "api_not_found");
    }
    assert!(api.requests().is_empty());
    assert_eq!(app.get("/api/server/g/auth/login").status, 200, "it is above the API");
}

#[test]
fn security_28_no_upstream_gives_the_address_of_another_away() {
    let billing = Upstream::ok("");
    let other = format!("http://localhost:{}", billing.port);
    let head = format!(
        "HTTP/1.1 200 OK\r\nLink: <{other}/x>; rel=next\r\nX-Total: {other}\r\nWWW-Authenticate: Bearer realm=\"{other}/y\"\r\n\
         Content-Length: 0\r\n\r\n"
    );
    let api = Upstream::scripted(move |connection, _| connection.write_all(head.as_bytes()).is_ok());
    let table = format!(
        "[[route]]\npath = '/{{*rest}}'\nresponse-headers = ['X-Total']\n\
         [[route]]\npath = '/billing/{{*rest}}'\nupstream = 'billing'\n[upstream.billing]\nurl = '{other}'"
    );
    let app = TestApp::with_routes(&api.url(), &table, &[]);
    let answer = app.get("/api/server/todos");
    assert_eq!(answer.status, 200);
    let all = format!("{:?}", answer.headers);
    assert!(!all.contains(&billing.port.to_string()), "{all}");
}

#[test]
fn parameters_that_form_a_dot_segment_in_their_new_place_are_refused() {
    let upstream = Upstream::ok("");
    let table = "[[route]]\npath = '/x{a}'\nrewrite = '/{a}./secret'";
    let app = TestApp::with_routes(&upstream.url(), table, &[]);
    assert_eq!(app.get("/api/server/xb").status, 200);
    app.get("/api/server/x.").problem(400, "ambiguous_path");
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn security_61_a_key_takes_the_place_of_the_browsers_field() {
    let (api, billing) = (Upstream::ok("{}"), Upstream::ok("{}"));
    let folder = folder_with(&[("token", b"from-a-file\n")]);
    let table = format!(
        "[[route]]\npath = '/{{*rest}}'\nrequest-headers = ['X-Api-Key']\n\
         [[route]]\npath = '/billing/{{*rest}}'\nupstream = 'billing'\nrequest-headers = ['X-Api-Key']\n\
         session = 'optional'\n\
         [upstream.billing]\nurl = '{}'\n\
         headers = {{ 'X-Api-Key' = {{ env = 'BILLING_KEY' }}, Authorization = {{ file = '{}' }} }}",
        billing.url(),
        folder.path().join("token").display(),
    );
    let routes = RouteTable::new(&table);
    let settings = [routes.setting(), ("BILLING_KEY", "k3y-of-billing"), ("BFF_LOG", "debug")];
    let program = Program::before(&api.url(), &settings);
    for path in ["/api/server/billing/1", "/api/server/todos"] {
        let request = Request::get(path).header("X-Api-Key", "of-the-browser");
        let answer = request.header("Authorization", "Bearer of-the-browser").send(program.port);
        assert_eq!(answer.status, 200);
        assert!(!format!("{:?}{}", answer.headers, answer.text()).contains("k3y-of-billing"));
    }
    assert_eq!(field(&billing, "x-api-key").as_deref(), Some("k3y-of-billing"));
    assert_eq!(field(&billing, "authorization").as_deref(), Some("from-a-file"));
    assert_eq!(field(&api, "x-api-key").as_deref(), Some("of-the-browser"));
    let log = program.stop();
    for secret in ["k3y-of-billing", "from-a-file"] {
        assert!(!log.contains(secret), "{log}");
    }
}

/// Four upstreams, each with a proof of its own, and the server before them.
struct FourProofs {
    scene: Scene,
    upstreams: [Upstream; 4],
}

const NAMES: [&str; 4] = ["default", "keyed", "service", "exchanged"];

/// A route to each of the four, by its name.
fn table_of(upstreams: &[Upstream; 4]) -> String {
    let mut table = "[[route]]\npath = '/{*rest}'\n".to_owned();
    for (name, upstream) in NAMES.iter().zip(upstreams).skip(1) {
        let proof = match *name {
            "keyed" => "headers = { 'X-Api-Key' = { env = 'KEY' } }",
            "service" => "token = 'client-credentials'\nscope = 'invoices'",
            _ => "token = 'exchange'\naudience = 'https://exchanged.example'",
        };
        table.push_str(&format!(
            "[[route]]\npath = '/{name}/{{*rest}}'\nupstream = '{name}'\nsession = 'optional'\n"
        ));
        table.push_str(&format!("[upstream.{name}]\nurl = '{}'\n{proof}\n", upstream.url()));
    }
    table
}

impl FourProofs {
    fn set_up() -> Self {
        let upstreams = [(); 4].map(|()| Upstream::ok("{}"));
        let table = table_of(&upstreams);
        let fixture = OidcFixture::start();
        let settings = [&fixture.settings()[..], &[("KEY", "k3y")]].concat();
        let app = TestApp::with_routes(&upstreams[0].url(), &table, &settings);
        fixture.register(&format!("http://127.0.0.1:{}", app.port));
        Self { scene: Scene { app, fixture }, upstreams }
    }

    /// Asks an upstream, and returns the token that it got.
    fn token_at(&self, number: usize, cookie: Option<&str>) -> Option<String> {
        let name = if number == 0 { "todos" } else { NAMES[number] };
        let request = Request::get(&format!("/api/server/{name}/1"));
        let answer = match cookie {
            Some(cookie) => self.scene.app.send(&with(cookie, request)),
            None => self.scene.app.send(&request),
        };
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        self.scene.assert_no_token_in(&answer);
        let upstream = &self.upstreams[number];
        assert_eq!(field(upstream, "cookie"), None);
        assert_eq!(field(upstream, "x-api-key").as_deref(), (name == "keyed").then_some("k3y"));
        field(upstream, "authorization").map(|token| token.strip_prefix("Bearer ").unwrap().to_owned())
    }
}

#[test]
fn security_61_each_upstream_gets_its_own_proof_and_no_other() {
    let four = FourProofs::set_up();
    let cookie = four.scene.sign_in();
    let tokens = [0, 1, 2, 3].map(|number| four.token_at(number, Some(&cookie)));
    let [of_session, keyed, service, exchanged] = tokens.clone();
    assert!(of_session.is_some() && keyed.is_none() && service.is_some() && exchanged.is_some());
    assert!(of_session != service && service != exchanged && exchanged != of_session);
    let (of_session, exchanged) = (of_session.unwrap(), exchanged.unwrap());
    assert!(four.scene.fixture.whoami(&exchanged).body.contains("ada"), "it is the person's");
    assert!(four.scene.fixture.whoami(&of_session).body.contains("ada"));
    // Nothing of one upstream is ever seen by another.
    for (number, upstream) in four.upstreams.iter().enumerate() {
        let seen = upstream.requests().concat();
        for (other, token) in tokens.iter().enumerate() {
            let Some(token) = token else { continue };
            assert_eq!(
                seen.contains(token.as_str()),
                other == number,
                "{} at {}",
                NAMES[other],
                NAMES[number]
            );
        }
        assert_eq!(seen.contains("k3y"), NAMES[number] == "keyed");
    }
}

#[test]
fn security_61_no_proof_is_in_a_log_an_answer_or_a_metric() {
    let upstreams = [(); 4].map(|()| Upstream::ok("{}"));
    let routes = RouteTable::new(&table_of(&upstreams));
    let fixture = OidcFixture::start();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let own = [
        ("API_URL", upstreams[0].url()),
        ("BFF_LISTEN", "127.0.0.1:0".to_owned()),
        ("BFF_METRICS_LISTEN", "127.0.0.1:0".to_owned()),
        ("BFF_LOG", "trace".to_owned()),
        ("KEY", "k3y-of-keyed".to_owned()),
    ];
    let mut command = bff(&folder);
    // The log is too long for a pipe that nobody reads.
    command.envs(own).envs(fixture.settings()).envs([routes.setting()]).stderr(File::create(&log).unwrap());
    let mut child = command.spawn().unwrap();
    let port = port_of(&mut child);
    let read = || fs::read_to_string(&log).unwrap();
    let metrics = metrics_port_in(read().lines()).unwrap();
    fixture.register(&format!("http://127.0.0.1:{port}"));
    let begun = Request::get("/bff/login?returnUrl=/").send(port);
    let callback = path_of(&Person::named("ada").sign_in(begun.header("location").unwrap()));
    let back = Request::get(&callback).header("Cookie", &cookies(&begun)[0]);
    let back = back.header("Sec-Fetch-Site", "cross-site").header("Sec-Fetch-Mode", "navigate");
    let cookie = cookies(&back.send(port)).remove(0);
    let mut told = String::new();
    for path in ["/todos/1", "/keyed/1", "/service/1", "/exchanged/1"] {
        let answer = with(&cookie, Request::get(&format!("/api/server{path}"))).send(port);
        assert_eq!(answer.status, 200, "{path}");
        told.push_str(&format!("{:?}{}", answer.headers, answer.text()));
    }
    told.push_str(Request::get("/metrics").send(metrics).text());
    terminate(&child);
    assert!(wait(&mut child).success());
    told.push_str(&read());
    let mut secrets = fixture.tokens();
    assert_eq!(secrets.len(), 4, "of the session two, and one for each of two upstreams");
    secrets.extend(["k3y-of-keyed".to_owned(), CLIENT_SECRET.to_owned()]);
    for secret in secrets {
        assert!(!told.contains(&secret), "{secret}");
    }
}

#[test]
fn a_token_for_an_upstream_is_fetched_once_and_kept() {
    let four = FourProofs::set_up();
    let cookie = four.scene.sign_in();
    let first = [2, 3].map(|number| four.token_at(number, Some(&cookie)));
    for _ in 0..5 {
        assert_eq!([2, 3].map(|number| four.token_at(number, Some(&cookie))), first);
    }
    // The server's own token is the same for strangers, who have none to exchange.
    assert_eq!(four.token_at(2, None), first[0]);
    assert_eq!(four.token_at(3, None), None);
    let fixture = &four.scene.fixture;
    assert_eq!(fixture.count("client_credentials"), 1);
    assert_eq!(fixture.count("urn:ietf:params:oauth:grant-type:token-exchange"), 1);
    // Another session has its own.
    let other = four.scene.sign_in();
    assert_ne!(four.token_at(3, Some(&other)), first[1]);
    assert_eq!(fixture.count("urn:ietf:params:oauth:grant-type:token-exchange"), 2);
}

#[test]
fn a_provider_that_gives_no_token_is_a_clear_error_and_asked_once() {
    let four = FourProofs::set_up();
    let cookie = four.scene.sign_in();
    four.scene
        .fixture
        .disturb_token_endpoint(&serde_json::json!({ "status": 400, "body": { "error": "no" } }));
    for name in ["service", "exchanged"] {
        for _ in 0..3 {
            let request = with(&cookie, Request::get(&format!("/api/server/{name}/1")));
            four.scene.app.send(&request).problem(502, "upstream_invalid");
        }
    }
    assert!(four.upstreams[2].requests().is_empty() && four.upstreams[3].requests().is_empty());
    assert_eq!(four.scene.app.get("/api/server/todos/1").status, 200, "others do not suffer from it");
}

#[test]
fn only_the_default_upstream_decides_about_readiness() {
    let api = Upstream::ok("");
    let table = format!(
        "[[route]]\npath = '/{{*rest}}'\n[[route]]\npath = '/billing/{{*rest}}'\nupstream = 'billing'\n\
         [upstream.billing]\nurl = 'http://127.0.0.1:{}'",
        unused_port()
    );
    let app = TestApp::with_routes(&api.url(), &table, &[]);
    app.get("/api/server/billing/1").problem(502, "upstream_unreachable");
    assert_eq!(app.get("/readyz").status, 200);
}

/// The tables of the page on upstreams.
fn tables() -> Vec<String> {
    let page = include_str!("../../../../docs/upstreams.md");
    let blocks = page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    blocks.collect()
}

/// The routes of a table, each by a path that it matches and the name of its upstream.
fn routes_of(table: &str) -> Vec<(String, String)> {
    let table: toml::Table = table.parse().unwrap();
    let routes = table["route"].as_array().unwrap().iter();
    let concrete = |path: &str| path.replace("{*rest}", "a/b");
    let text =
        |route: &toml::Value, name: &str| route.get(name).and_then(toml::Value::as_str).map(str::to_owned);
    routes
        .map(|route| {
            let upstream = text(route, "upstream").unwrap_or_else(|| "default".to_owned());
            (concrete(&text(route, "path").unwrap()), upstream)
        })
        .collect()
}

#[test]
fn every_table_of_the_page_on_upstreams_does_what_the_page_says() {
    let folder = folder_with(&[("api-key", b"k3y-of-default")]);
    let key = folder.path().join("api-key");
    let tables = tables();
    assert_eq!(tables.len(), 6, "the page has another number of tables; see that each is driven here");
    let mut driven = 0;
    for table in tables {
        // Those with certificates have a test of their own; here only that they are read.
        let has_certificates = table.contains("cert = ");
        let upstream = Upstream::ok("{}");
        let mut local = table.replace("/run/secrets/api-key", key.to_str().unwrap());
        while let Some((before, rest)) = local.split_once("https://").filter(|_| !has_certificates) {
            let (_, behind) = rest.split_once(".internal").unwrap();
            local = format!("{before}{}{behind}", upstream.url());
        }
        if has_certificates {
            let file = RouteTable::new(&local);
            assert!(bff::Config::from_source(&bff::config::Source::of([file.setting()])).is_ok(), "{table}");
            continue;
        }
        let fixture = OidcFixture::start();
        let settings = [&fixture.settings()[..], &[("BILLING_KEY", "k3y-of-billing")]].concat();
        let app = TestApp::with_routes(&upstream.url(), &local, &settings);
        fixture.register(&format!("http://127.0.0.1:{}", app.port));
        let scene = Scene { app, fixture };
        let cookie = scene.sign_in();
        for (path, name) in routes_of(&table) {
            let answer = scene.app.send(&with(&cookie, Request::get(&format!("/api/server{path}"))));
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            let key = field(&upstream, "x-api-key");
            match name.as_str() {
                "billing" => assert_eq!(key.as_deref(), Some("k3y-of-billing")),
                "default" if table.contains("upstream.default") => {
                    assert_eq!(key.as_deref(), Some("k3y-of-default"));
                }
                _ => assert_eq!(key, None),
            }
            let has_token = field(&upstream, "authorization").is_some();
            assert_eq!(has_token, ["default", "reports", "mail"].contains(&name.as_str()), "{name}");
            driven += 1;
        }
        let seen = upstream
            .requests()
            .iter()
            .filter_map(|request| request.split(' ').nth(1).map(str::to_owned))
            .collect::<Vec<_>>();
        if table.contains("upstream.billing") {
            assert!(seen.contains(&"/v1/a/b".to_owned()), "{seen:?}");
        }
    }
    assert_eq!(driven, 7);
}
