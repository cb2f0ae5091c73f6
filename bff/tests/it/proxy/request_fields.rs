//! SECURITY.md line 42: the fields of a request that go upstream.

use serde_json::json;

use crate::harness::{
    browser::Request,
    program::Program,
    test_app::TestApp,
    token_upstream::{TokenUpstream, sign_in, with},
    upstream::Upstream,
};

/// Fields that servers and frameworks take for a person, a client's address, a method or an address to go to.
const CLAIMS: [&str; 60] = [
    "Client-Cert",
    "Client-Cert-Chain",
    "CloudFront-Viewer-Address",
    "Ali-CDN-Real-IP",
    "Base-Url",
    "Cdn-Src-Ip",
    "CF-Connecting-IPv6",
    "CF-Access-Authenticated-User-Email",
    "Fastly-Client-IP",
    "Fly-Client-IP",
    "From",
    "Incap-Client-IP",
    "IsAuthenticated",
    "Next-Router-State-Tree",
    "OIDC_CLAIM_sub",
    "Profile",
    "Remote-Addr",
    "Remote-Groups",
    "Request-Uri",
    "RSC",
    "SSL-Client-Cert",
    "Url",
    "Username",
    "WL-Proxy-Client-IP",
    "X-Accel-Redirect",
    "X-Amz-Cf-Id",
    "X-Amzn-Oidc-Data",
    "X-Amzn-Oidc-Identity",
    "X-Api-Key",
    "X-Appengine-User-Email",
    "X-Appengine-User-IP",
    "X-Auth-User",
    "X-Authenticated-User",
    "X-Authenticated-Userid",
    "X-Azure-ClientIP",
    "X-Backend-Host",
    "X-Client-Cert",
    "X-Client-Verify",
    "X-Consumer-Username",
    "X-Credential-Identifier",
    "X-Custom-IP-Authorization",
    "X-Debug",
    "X-Goog-Authenticated-User-Email",
    "X-Goog-IAP-JWT-Assertion",
    "X-Grafana-User",
    "X-Host",
    "X-HTTP-DestinationURL",
    "X-HTTP-Host-Override",
    "X-Internal-Request",
    "X-Middleware-Subrequest",
    "X-MS-CLIENT-PRINCIPAL",
    "X-MS-CLIENT-PRINCIPAL-NAME",
    "X-MS-TOKEN-AAD-ID-TOKEN",
    "X-Originating-IP",
    "X-Pomerium-Jwt-Assertion",
    "X-Proxy-User",
    "X-Tenant",
    "X-Token-Subject",
    "X-WEBAUTH-USER",
    "X-Wap-Profile",
];

/// Fields that go upstream by themselves.
const LISTED: [(&str, &str); 27] = [
    ("Accept", "text/event-stream"),
    ("Accept-Charset", "utf-8"),
    ("Accept-Encoding", "gzip"),
    ("Accept-Language", "de"),
    ("Authorization", "Bearer own"),
    ("Cache-Control", "no-cache"),
    ("Content-Digest", "sha-256=:AA==:"),
    ("Content-Disposition", "inline"),
    ("Content-Language", "de"),
    ("Content-Type", "application/json"),
    ("DNT", "1"),
    ("DPoP", "proof"),
    ("Idempotency-Key", "\"k\""),
    ("If-Match", "\"a\""),
    ("If-None-Match", "\"b\""),
    ("If-Schedule-Tag-Match", "\"c\""),
    ("Last-Event-ID", "7"),
    ("Pragma", "no-cache"),
    ("Prefer", "return=minimal"),
    ("Range", "bytes=0-1"),
    ("Save-Data", "on"),
    ("Sec-GPC", "1"),
    ("Tus-Resumable", "1.0.0"),
    ("Upload-Length", "10"),
    ("Upload-Offset", "5"),
    ("User-Agent", "browser"),
    ("X-Requested-With", "XMLHttpRequest"),
];

fn has(sent: &str, name: &str) -> bool {
    sent.contains(&format!("\r\n{}:", name.to_ascii_lowercase()))
}

#[test]
fn security_42_request_fields_go_upstream_by_an_allow_list() {
    let upstream = Upstream::ok("");
    let app = TestApp::before(&upstream.url(), &[]);
    let request = Request::new("PATCH", "/api/server/x");
    let request = CLAIMS.iter().fold(request, |request, name| request.header(name, "forged"));
    assert_eq!(app.send(&request.header("Origin", &format!("http://127.0.0.1:{}", app.port))).status, 200);
    let sent = upstream.last();
    let passed: Vec<_> = CLAIMS.iter().filter(|name| has(&sent, name)).collect();
    assert!(passed.is_empty() && !has(&sent, "origin"), "{passed:?} of {sent}");
    let request = Request::new("PATCH", "/api/server/x");
    let request = LISTED.iter().fold(request, |request, (name, value)| request.header(name, value));
    assert_eq!(app.send(&request.body("{}")).status, 200);
    let sent = upstream.last();
    for (name, value) in LISTED {
        let line = format!("\r\n{name}: {value}\r\n").to_ascii_lowercase();
        assert!(sent.contains(&line), "{name} in {sent}");
    }
    for own in ["x-request-id", "traceparent", "via", "x-forwarded-for", "x-forwarded-host", "content-length"]
    {
        assert!(has(&sent, own), "{own} in {sent}");
    }
}

#[test]
fn security_42_a_setting_and_a_route_let_further_fields_through() {
    let upstream = Upstream::ok("");
    let table = "[[route]]\npath = '/a'\nrequest-headers = ['X-Own', 'x-part-*']\n[[route]]\npath = '/b'";
    let named = [("BFF_REQUEST_HEADERS", "X-Tenant, my-app-*,Origin")];
    let app = TestApp::with_routes(&upstream.url(), table, &named);
    let own = format!("http://127.0.0.1:{}", app.port);
    let ask = |path: &str| {
        let request = Request::new("POST", path).header("Origin", &own).header("X-Tenant", "1");
        let request = request.header("My-App-Version", "2").header("X-Own", "3").header("X-Part-A", "4");
        let request = request.header("My-App", "5").header("X-Other", "6").header("X-User-Id", "7");
        assert_eq!(app.send(&request).status, 200);
        let sent = upstream.last();
        let names =
            ["origin", "x-tenant", "my-app-version", "x-own", "x-part-a", "my-app", "x-other", "x-user-id"];
        names.into_iter().filter(|name| has(&sent, name)).collect::<Vec<_>>()
    };
    assert_eq!(ask("/api/server/a"), ["origin", "x-tenant", "my-app-version", "x-own", "x-part-a"]);
    assert_eq!(ask("/api/server/b"), ["origin", "x-tenant", "my-app-version"]);
}

#[test]
fn security_42_a_field_that_stays_behind_is_named_once_with_the_setting() {
    let upstream = Upstream::ok("");
    let program = Program::before(&upstream.url(), &[("BFF_WORKERS", "2"), ("BFF_RATE_LIMIT", "off")]);
    for number in 0..6 {
        let request =
            Request::get("/api/server/x").header("X-Tenant", "secret-value").header("Cookie", "a=b");
        let request = request
            .header("X-Forwarded-For", "192.0.2.1")
            .header("Priority", "u=4")
            .header(&format!("X-{number}-{}", "y".repeat(300)), "1");
        assert_eq!(request.send(program.port).status, 200);
    }
    let log = program.stop();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("BFF_REQUEST_HEADERS")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(lines[0].contains("x-tenant") && lines[0].contains("request-headers"), "{}", lines[0]);
    assert!(!log.contains("secret-value") && !log.contains("yyyy"), "{log}");
}

#[test]
fn security_42_an_items_fields_are_judged_like_those_of_a_request() {
    let upstream = Upstream::ok("1");
    let app = TestApp::before(&upstream.url(), &[("BFF_REQUEST_HEADERS", "x-tenant,origin,x-csrf-token")]);
    let ask = |fields: serde_json::Value| {
        let items = json!({ "requests": [{ "url": "/a", "method": "GET", "headers": fields }] });
        let answer = app.send(&Request::new("POST", "/api/server/batch").json(&items.to_string()));
        answer.json()["responses"][0]["status"].as_u64().unwrap()
    };
    assert_eq!(ask(json!({ "x-tenant": "1", "x-webauth-user": "2", "idempotency-key": "3" })), 200);
    let sent = upstream.last();
    assert!(
        has(&sent, "x-tenant") && has(&sent, "idempotency-key") && !has(&sent, "x-webauth-user"),
        "{sent}"
    );
    for own in ["origin", "cookie", "sec-gpc", "x-forwarded-for"] {
        assert_eq!(ask(json!({ own: "1" })), 400, "{own}");
    }
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn security_42_no_setting_lets_an_authorization_into_a_session() {
    let upstream = TokenUpstream::start();
    let table = "[[route]]\npath = '/{*rest}'\nrequest-headers = ['x-*']";
    let named = [("BFF_REQUEST_HEADERS", "x-tenant")];
    let app = TestApp::with_routes(&upstream.upstream.url(), table, &named);
    let cookie = sign_in(&app);
    let request = Request::get("/api/server/todos").header("Authorization", "Bearer forged");
    let request = request.header("X-User-Id", "7").header("X-Forwarded-User", "eve").header("X_Tenant", "1");
    assert_eq!(app.send(&with(&cookie, request)).status, 200);
    let sent = upstream.upstream.last();
    for forged in ["forged", "x-user-id", "x-forwarded-user", "x_tenant", "cookie:"] {
        assert!(!sent.contains(forged), "{forged} in {sent}");
    }
}
