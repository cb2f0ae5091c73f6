//! Logging in, renewing tokens, logging out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::demo::{Answer, Demo, LOGIN};

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[actix_web::test]
async fn a_login_answers_both_tokens_and_the_profile_in_order() {
    let demo = Demo::start().await;
    let answer = demo.send("POST", "/auth/login", LOGIN).await;
    let login = answer.json();
    assert_eq!(answer.status, 200);
    let expected = format!(
        r#"{{"accessToken":{},"refreshToken":{},"id":1,"username":"ada","email":"ada.okafor@example.org",{},{}}}"#,
        login["accessToken"],
        login["refreshToken"],
        r#""firstName":"Ada","lastName":"Okafor","gender":"female""#,
        r#""image":"https://demo.example/icon/ada/128""#,
    );
    assert_eq!(answer.text(), expected);
}

#[actix_web::test]
async fn a_login_sets_both_tokens_as_cookies() {
    let demo = Demo::start().await;
    let answer = demo.send("POST", "/auth/login", LOGIN).await;
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").map(|value| value.to_str().unwrap()).collect();
    for (cookie, name) in cookies.iter().zip(["accessToken", "refreshToken"]) {
        let token = answer.json()[name].as_str().unwrap().to_owned();
        assert!(cookie.starts_with(&format!("{name}={token}; Max-Age=3600; Path=/; Expires=")), "{cookie}");
        assert!(cookie.ends_with(" GMT; HttpOnly; Secure"), "{cookie}");
    }
    assert_eq!(cookies.len(), 2);
}

#[actix_web::test]
async fn access_token_lives_an_hour_or_as_asked_refresh_token_thirty_days() {
    let demo = Demo::start().await;
    let lifetimes = [
        ("", 3600),
        (r#","expiresInMins":1"#, 60),
        (r#","expiresInMins":"30""#, 1800),
        (r#","expiresInMins":1.5"#, 90),
    ];
    for (asked, seconds) in lifetimes {
        let body = format!(r#"{{"username":"ada","password":"adapass"{asked}}}"#);
        let login = demo.send("POST", "/auth/login", body).await.json();
        let (access, refresh) = (claims(&login["accessToken"]), claims(&login["refreshToken"]));
        let lifetime = |claims: &Value| claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
        assert_eq!((lifetime(&access), lifetime(&refresh)), (seconds, 30 * 24 * 3600), "{asked}");
        assert_eq!(access["username"], "ada");
    }
    for minutes in ["-1", "0.5", "43201", "\"x\"", "1e308", "[]"] {
        let body = format!(r#"{{"username":"ada","password":"adapass","expiresInMins":{minutes}}}"#);
        let message = r#"{"message":"Maximum access token expire time can be 43200 minutes"}"#;
        demo.send("POST", "/auth/login", body).await.assert(400, message);
    }
}

#[actix_web::test]
async fn a_username_is_known_in_any_case_and_every_user_can_log_in() {
    let demo = Demo::start().await;
    for (username, id) in [("ADA", 1), ("tomasz", 2), ("Grace", 30)] {
        let password = format!("{}pass", username.to_lowercase());
        let body = json!({ "username": username, "password": password }).to_string();
        assert_eq!(demo.send("POST", "/auth/login", body).await.json()["id"], id);
    }
}

#[actix_web::test]
async fn bad_credentials_are_400() {
    let demo = Demo::start().await;
    let cases = [
        (r#"{"username":"ada","password":"ADAPASS"}"#, "Invalid credentials"),
        (r#"{"username":"nobody","password":"adapass"}"#, "Invalid credentials"),
        (r#"{"username":"ada","password":["adapass"]}"#, "Invalid credentials"),
        (r#"{"username":7,"password":"adapass"}"#, "Username is not valid"),
        (r#"{"username":"ada"}"#, "Username and password required"),
        (r#"{"username":"","password":"adapass"}"#, "Username and password required"),
        ("", "Username and password required"),
    ];
    for (body, message) in cases {
        demo.send("POST", "/auth/login", body).await.assert(400, &json!({ "message": message }).to_string());
    }
}

#[actix_web::test]
async fn a_refresh_answers_two_new_tokens() {
    let demo = Demo::start().await;
    let login = demo.send("POST", "/auth/login", LOGIN).await.json();
    let body = json!({ "refreshToken": login["refreshToken"], "expiresInMins": 5 }).to_string();
    let answer = demo.send("POST", "/auth/refresh", body).await;
    let tokens = answer.json();
    let expected =
        format!(r#"{{"accessToken":{},"refreshToken":{}}}"#, tokens["accessToken"], tokens["refreshToken"]);
    answer.assert(200, &expected);
    assert_eq!(answer.headers.get_all("set-cookie").count(), 2);
    let bearer = format!("Bearer {}", tokens["accessToken"].as_str().unwrap());
    assert_eq!(demo.authorized("GET", "/auth/me", &bearer).await.status, 200);
}

#[actix_web::test]
async fn a_refresh_token_is_also_taken_from_the_cookie() {
    let demo = Demo::start().await;
    let login = demo.send("POST", "/auth/login", LOGIN).await.json();
    let request = demo.request("POST".parse().unwrap(), "/auth/refresh");
    let cookie = format!("refreshToken={}", login["refreshToken"].as_str().unwrap());
    assert_eq!(Answer::to(request.insert_header(("cookie", cookie)).send().await).await.status, 200);
}

#[actix_web::test]
async fn a_bad_refresh_token_is_refused() {
    let demo = Demo::start().await;
    demo.send("POST", "/auth/refresh", "{}").await.assert(401, r#"{"message":"Refresh token required"}"#);
    for token in [r#""x""#, "7", r#""a.b.c""#, "{}"] {
        let body = format!(r#"{{"refreshToken":{token}}}"#);
        demo.send("POST", "/auth/refresh", body).await.assert(403, r#"{"message":"Invalid refresh token"}"#);
    }
}

#[actix_web::test]
async fn logging_out_revokes_nothing() {
    let demo = Demo::start().await;
    let bearer = format!("Bearer {}", demo.token().await);
    let out = demo.authorized("POST", "/auth/logout", &bearer).await;
    out.assert(200, r#"{"message":"Logged out successfully"}"#);
    assert!(out.header("set-cookie").starts_with("accessToken=;"));
    assert_eq!(demo.authorized("GET", "/auth/me", &bearer).await.status, 200);
}
