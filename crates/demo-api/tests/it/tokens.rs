//! Routes behind a token, and tokens that are refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use demo_api::{Database, DemoConfig};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use crate::demo::{Answer, Demo, config};

#[actix_web::test]
async fn me_shows_all_28_fields_to_the_user_they_belong_to() {
    let demo = Demo::start().await;
    let me = demo.authorized("GET", "/auth/me", &format!("Bearer {}", demo.token().await)).await;
    assert_eq!((me.status, me.json().as_object().unwrap().len()), (200, 28));
    assert!(me.text().starts_with(r#"{"id":1,"firstName":"Ada","lastName":"Okafor","maidenName":"#));
    for field in ["\"password\":\"adapass\"", "\"ssn\":\"", "\"bank\":{\"cardExpire\":"] {
        assert!(me.text().contains(field), "{field}");
    }
}

#[actix_web::test]
async fn a_token_is_also_taken_without_its_scheme_or_from_the_cookie() {
    let demo = Demo::start().await;
    let token = demo.token().await;
    assert_eq!(demo.authorized("GET", "/auth/me", &token).await.status, 200);
    let request = demo.request("GET".parse().unwrap(), "/auth/me");
    let request = request.insert_header(("cookie", format!("a=b; accessToken={token}")));
    assert_eq!(Answer::to(request.send().await).await.status, 200);
}

#[actix_web::test]
async fn a_request_without_a_token_is_refused_and_its_cookies_end() {
    let demo = Demo::start().await;
    for (method, path) in
        [("GET", "/auth/me"), ("GET", "/auth/todos"), ("POST", "/auth/logout"), ("GET", "/auth/nope")]
    {
        let answer = demo.ask(method, path).await;
        answer.assert(401, r#"{"message":"Access Token is required"}"#);
        assert!(answer.header("set-cookie").starts_with("accessToken=; Path=/; Expires=Thu, 01 Jan 1970"));
    }
}

#[actix_web::test]
async fn a_token_that_is_not_one_is_refused() {
    let demo = Demo::start().await;
    let token = demo.token().await;
    let cases = [
        ("Bearer nonsense".to_owned(), 401, "Invalid/Expired Token!"),
        ("Bearer a.b.c".to_owned(), 401, "Invalid/Expired Token!"),
        ("Basic YWRhOmFkYXBhc3M=".to_owned(), 401, "Invalid/Expired Token!"),
        (format!("bearer {token}"), 500, "invalid token"),
        (format!("Bearer {}AAAA", &token[..token.len() - 4]), 500, "invalid signature"),
    ];
    for (value, status, message) in cases {
        let answer = demo.authorized("GET", "/auth/me", &value).await;
        answer.assert(status, &json!({ "message": message }).to_string());
    }
}

/// A token about `ada` that ended a second ago, signed with the key in `database`.
fn expired_token(database: &std::path::Path) -> String {
    let connection = rusqlite::Connection::open(database).unwrap();
    let secret: Vec<u8> =
        connection.query_row("SELECT value FROM secrets WHERE name = 'jwt'", [], |row| row.get(0)).unwrap();
    let ended = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() - 1;
    let claims = json!({
        "id": 1, "username": "ada", "email": "", "firstName": "", "lastName": "", "gender": "", "image": "",
        "iat": ended - 60, "exp": ended,
    });
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", part(r#"{"alg":"HS256","typ":"JWT"}"#), part(&claims.to_string()));
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

#[actix_web::test]
async fn an_expired_token_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.sqlite");
    let demo = Demo::with(DemoConfig { database: Database::File(file.clone()), ..config() }).await;
    let token = expired_token(&file);
    let answer = demo.authorized("GET", "/auth/me", &format!("Bearer {token}")).await;
    answer.assert(401, r#"{"message":"Token Expired!"}"#);
    let refresh = demo.send("POST", "/auth/refresh", json!({ "refreshToken": token }).to_string()).await;
    refresh.assert(403, r#"{"message":"Invalid refresh token"}"#);
}

#[actix_web::test]
async fn behind_the_token_are_the_same_routes() {
    let demo = Demo::start().await;
    let bearer = format!("Bearer {}", demo.token().await);
    for path in ["/todos", "/todos/7", "/users/2", "/test", "/Todo/user/5?limit=1"] {
        let open = demo.get(path).await;
        let behind = demo.authorized("GET", &format!("/auth{path}"), &bearer).await;
        behind.assert(open.status, open.text());
    }
    demo.authorized("GET", "/auth/nope", &bearer).await.assert_page_not_found();
    demo.authorized("GET", "/auth", &bearer).await.assert_page_not_found();
    demo.authorized("GET", "/auth/todos/x", &bearer)
        .await
        .assert(404, r#"{"message":"Todo with id 'x' not found"}"#);
}
