//! Upstreams whose sign-in has other names, or takes forms.

use std::io::Write as _;

use serde_json::json;

use crate::harness::{
    browser::Request,
    keys::KEY_A,
    polling::poll,
    program::Program,
    test_app::TestApp,
    token_upstream::{cookie_of, login, with},
    upstream::Upstream,
};

/// A JWT that ended in 1970: the first request of its session renews it.
const ENDED: &str = "h.eyJleHAiOjF9.s";

const ME: &str = r#"{"id":1,"username":"ada"}"#;

/// An upstream that answers a sign-in with `tokens` (with `ENDED` in the place of `A`), and a refresh with `renewed`
/// where its content is `wanted`, else with 400. Other paths answer with the token that came.
fn upstream(tokens: &str, wanted: impl Into<String>, renewed: &'static str) -> Upstream {
    let wanted = wanted.into();
    let tokens = tokens.replace("\"A\"", &format!("\"{ENDED}\""));
    Upstream::scripted(move |connection, request| {
        let (head, content) = request.split_once("\r\n\r\n").unwrap();
        let bearer = head.lines().find_map(|line| line.split_once(": Bearer ")).map(|(_, token)| token);
        let (status, body) = match head.split(' ').nth(1).unwrap() {
            "/auth/login" => (200, tokens.clone()),
            "/auth/refresh" if content == wanted => (200, renewed.to_owned()),
            "/auth/refresh" => (400, "{}".to_owned()),
            "/auth/me" => (200, ME.to_owned()),
            _ => (200, bearer.unwrap_or("none").to_owned()),
        };
        let length = body.len();
        let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{body}");
        connection.write_all(answer.as_bytes()).is_ok()
    })
}

/// The content of the requests to a path.
fn sent_to(upstream: &Upstream, path: &str) -> Vec<String> {
    let requests = upstream.requests();
    let sent = requests.iter().filter(|request| request.starts_with(&format!("POST {path} ")));
    sent.map(|request| request.split_once("\r\n\r\n").unwrap().1.to_owned()).collect()
}

/// Asks until the token is renewed: one that was issued a moment ago is left alone.
fn ask_until_renewed(app: &TestApp, cookie: &str) {
    poll(|| match app.send(&with(cookie, Request::get("/api/server/a"))) {
        answer if answer.text() == "new" => Ok(()),
        answer => Err(format!("{} {}", answer.status, answer.text())),
    });
}

#[test]
fn the_common_names_of_tokens_sign_in_and_renew() {
    for (tokens, refresh, renewed) in [
        (
            r#"{"access_token":"A","refresh_token":"r","token_type":"bearer"}"#,
            r#"{"refresh_token":"r"}"#,
            r#"{"access_token":"new","token_type":"bearer","expires_in":3600}"#,
        ),
        (
            r#"{"accessToken":"A","refreshToken":"r"}"#,
            r#"{"refreshToken":"r"}"#,
            r#"{"accessToken":"new","refreshToken":"s"}"#,
        ),
        (r#"{"access":"A","refresh":"r"}"#, r#"{"refresh":"r"}"#, r#"{"access":"new"}"#),
    ] {
        let upstream = upstream(tokens, refresh, renewed);
        let app = TestApp::before(&upstream.url(), &[]);
        let cookie = cookie_of(&app.send(&login("ada", "p")));
        ask_until_renewed(&app, &cookie);
        assert_eq!(sent_to(&upstream, "/auth/refresh"), [refresh]);
    }
    let upstream = upstream(r#"{"token":"1|x"}"#, "", "");
    let app = TestApp::before(&upstream.url(), &[]);
    let cookie = cookie_of(&app.send(&login("ada", "p")));
    assert_eq!(app.send(&with(&cookie, Request::get("/api/server/a"))).text(), "1|x");
}

#[test]
fn a_life_that_the_answer_tells_renews_a_token_that_is_no_jwt() {
    let renewed = r#"{"access_token":"new"}"#;
    let upstream = upstream(
        r#"{"access_token":"opaque","refresh_token":"r","expires_in":0.001}"#,
        r#"{"refresh_token":"r"}"#,
        renewed,
    );
    let app = TestApp::before(&upstream.url(), &[]);
    let cookie = cookie_of(&app.send(&login("ada", "p")));
    ask_until_renewed(&app, &cookie);
}

#[test]
fn names_that_are_set_are_used_in_requests_and_answers() {
    let upstream = upstream(
        r#"{"token":"other","data":{"jwt":"A","renew":"r"}}"#,
        r#"{"with":{"renew":"r"}}"#,
        r#"{"data":{"jwt":"new"}}"#,
    );
    let fields =
        "username=user.email,password=user.secret,access=data.jwt,refresh=data.renew,refresh-as=with.renew";
    let app = TestApp::before(&upstream.url(), &[("BFF_LOGIN_FIELDS", fields)]);
    let cookie = cookie_of(&app.send(&login("ada", "p")));
    ask_until_renewed(&app, &cookie);
    assert_eq!(sent_to(&upstream, "/auth/login"), [r#"{"user":{"email":"ada","secret":"p"}}"#]);
}

#[test]
fn forms_are_sent_with_the_grants_of_rfc_6749() {
    let upstream = upstream(
        r#"{"access_token":"A","refresh_token":"r+1"}"#,
        "grant_type=refresh_token&refresh_token=r%2B1",
        r#"{"access_token":"new"}"#,
    );
    let app = TestApp::before(&upstream.url(), &[("BFF_LOGIN_FORMAT", "form")]);
    let cookie = cookie_of(&app.send(&login("ada", "a&b")));
    ask_until_renewed(&app, &cookie);
    assert_eq!(sent_to(&upstream, "/auth/login"), ["grant_type=password&username=ada&password=a%26b"]);
    let forms = upstream.requests();
    let forms = forms.iter().filter(|request| request.starts_with("POST "));
    for form in forms {
        let head = form.to_ascii_lowercase();
        assert!(head.contains("content-type: application/x-www-form-urlencoded\r\n"), "{head}");
    }
}

#[test]
fn a_server_that_has_seen_no_sign_in_knows_the_name_of_the_refresh_token() {
    let settings = [("BFF_SESSION_STORE", "cookie"), ("BFF_SESSION_KEY", KEY_A)];
    for name in ["refreshToken", "refresh_token", "refresh"] {
        let tokens = format!(r#"{{"access":"A","{name}":"r"}}"#);
        let upstream = upstream(&tokens, format!(r#"{{"{name}":"r"}}"#), r#"{"access":"new"}"#);
        let mut before = TestApp::before(&upstream.url(), &settings);
        let cookie = cookie_of(&before.send(&login("ada", "p")));
        before.stop();
        let app = TestApp::before(&upstream.url(), &settings);
        ask_until_renewed(&app, &cookie);
        assert_eq!(sent_to(&upstream, "/auth/refresh").len(), 1, "{name}");
    }
}

#[test]
fn further_fields_of_a_sign_in_reach_the_upstream_within_limits() {
    let upstream = upstream(r#"{"token":"t"}"#, "", "");
    let app = TestApp::before(&upstream.url(), &[("BFF_LOGIN_LIMIT", "off")]);
    let post = |further: &str| {
        let content = format!(r#"{{"username":"ada","password":"p"{further}}}"#);
        app.send(&Request::new("POST", "/bff/login").json(&content))
    };
    assert_eq!(post(r#","otp":"123","remember":true,"email":"bob","grant_type":"x""#).status, 200);
    let sent = sent_to(&upstream, "/auth/login");
    assert_eq!(sent, [r#"{"otp":"123","password":"p","remember":true,"username":"ada"}"#]);
    let many: String = (0..17).map(|at| format!(r#","f{at}":1"#)).collect();
    for refused in [&many, r#","otp":{"a":1}"#, r#","a b":1"#, &format!(r#","c":"{}""#, "x".repeat(4097))] {
        post(refused).problem(400, "invalid_request");
    }
    assert_eq!(sent_to(&upstream, "/auth/login").len(), 1, "what is refused is not sent");
}

#[test]
fn a_sign_in_without_a_known_token_is_502_and_tells_the_log_the_names() {
    let upstream = upstream(r#"{"jwt":"not-to-be-told"}"#, "", "");
    let program = Program::before(&upstream.url(), &[]);
    login("ada", "p").send(program.port).problem(502, "upstream_invalid");
    let log = program.stop();
    assert!(
        log.contains("access_token, accessToken, access, token") && log.contains("BFF_LOGIN_FIELDS"),
        "{log}"
    );
    assert!(!log.contains("not-to-be-told"), "{log}");
}

#[test]
fn a_person_is_known_by_the_names_that_common_frameworks_give_the_fields() {
    for (profile, user, leaves) in [
        (
            r#"{"username":"ada","full_name":"Ada Okafor","disabled":false}"#,
            json!({"id": "ada", "username": "ada", "name": "Ada Okafor"}),
            json!({"username": "ada", "full_name": "Ada Okafor"}),
        ),
        (
            r#"{"pk":7,"username":"ada","first_name":"Ada","last_name":"","is_staff":true}"#,
            json!({"id": "7", "username": "ada", "name": "Ada"}),
            json!({"pk": 7, "username": "ada", "first_name": "Ada", "last_name": ""}),
        ),
        (
            r#"{"data":{"id":7,"name":"Ada","email":"ada@example.com","remember_token":"x"}}"#,
            json!({"id": "7", "username": "ada@example.com", "name": "Ada"}),
            json!({}),
        ),
    ] {
        let upstream = Upstream::scripted(move |connection, request| {
            let body = if request.starts_with("POST ") { r#"{"token":"t"}"# } else { profile };
            let head = "HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length:";
            write!(connection, "{head} {}\r\n\r\n{body}", body.len()).is_ok()
        });
        let app = TestApp::before(&upstream.url(), &[]);
        let answer = app.send(&login("ada", "p"));
        assert_eq!(answer.json()["user"], user, "{profile}");
        let me = app.send(&with(&cookie_of(&answer), Request::get("/api/server/auth/me")));
        assert_eq!(me.json(), leaves, "{profile}");
    }
}
