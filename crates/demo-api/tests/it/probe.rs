//! `/test` and `/http/{code}`.

use crate::demo::Demo;

#[actix_web::test]
async fn test_answers_the_method() {
    let demo = Demo::start().await;
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        demo.ask(method, "/test").await.assert(200, &format!(r#"{{"status":"ok","method":"{method}"}}"#));
    }
}

#[actix_web::test]
async fn http_answers_the_status_it_is_asked_for() {
    let demo = Demo::start().await;
    let ok = demo.get("/http/200").await;
    ok.assert(200, r#"{"status":200,"message":"OK"}"#);
    assert_eq!(ok.header("content-type"), "application/json; charset=utf-8");
    for method in ["GET", "POST", "DELETE"] {
        let missing = demo.ask(method, "/http/404").await;
        let names = r#""title":"Not Found","type":"about:blank","detail":"Not Found","message":"Not Found""#;
        missing.assert(404, &format!(r#"{{"status":404,{names}}}"#));
        assert_eq!(missing.header("content-type"), "application/problem+json; charset=utf-8");
    }
    assert_eq!(demo.get("/http/503").await.status, 503);
    demo.get("/http/204").await.assert(204, "");
    demo.get("/http/304").await.assert(304, "");
}

#[actix_web::test]
async fn a_status_that_does_not_exist_is_400() {
    let demo = Demo::start().await;
    for (code, verdict) in [
        ("abc", "invalid"),
        ("99999999999", "invalid"),
        ("999", "not supported"),
        ("101", "not supported"),
        ("0", "not supported"),
    ] {
        let message = format!(r#"{{"message":"Status code '{code}' is {verdict}"}}"#);
        demo.get(&format!("/http/{code}")).await.assert(400, &message);
    }
}
