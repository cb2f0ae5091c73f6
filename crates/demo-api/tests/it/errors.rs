//! Missing and moved paths, and the order of a request's checks.

use serde_json::json;

use crate::demo::Demo;

#[actix_web::test]
async fn unknown_routes_and_methods_are_an_html_page() {
    let demo = Demo::start().await;
    let requests = [
        ("GET", "/"),
        ("GET", "/nowhere"),
        ("POST", "/todos"),
        ("PUT", "/todos"),
        ("DELETE", "/todos"),
        ("POST", "/todos/1"),
        ("GET", "//todos"),
        ("GET", "/todos//1"),
        ("GET", "/%74odos"),
        ("GET", "/todos/1/2/3"),
        ("POST", "/users"),
        ("TRACE", "/todos"),
    ];
    for (method, path) in requests {
        demo.ask(method, path).await.assert_page_not_found();
    }
}

#[actix_web::test]
async fn json_is_not_served_to_those_who_ask_for_it_on_an_unknown_route() {
    let demo = Demo::start().await;
    let request =
        demo.request("GET".parse().unwrap(), "/nowhere").insert_header(("accept", "application/json"));
    crate::demo::Answer::to(request.send().await).await.assert_page_not_found();
}

#[actix_web::test]
async fn a_trailing_slash_is_moved_for_every_method() {
    let demo = Demo::start().await;
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
        let answer = demo.ask(method, "/todos/1/?a=b&limit=x").await;
        assert_eq!((answer.status, answer.header("location")), (301, "/todos/1?a=b&limit=x"), "{method}");
    }
}

#[actix_web::test]
async fn a_trailing_slash_cannot_send_a_browser_to_another_host() {
    let demo = Demo::start().await;
    for path in ["//evil.example/", "///evil.example/"] {
        assert_eq!(demo.get(path).await.header("location"), "/evil.example");
    }
    assert_eq!(demo.get("//").await.header("location"), "/");
}

#[actix_web::test]
async fn a_parameter_that_does_not_decode_is_refused() {
    let demo = Demo::start().await;
    for raw in ["%FF", "%", "%4", "%zz"] {
        let message = format!("Failed to decode param '{raw}'");
        demo.get(&format!("/todos/{raw}")).await.assert(400, &json!({ "message": message }).to_string());
    }
}

#[actix_web::test]
async fn body_is_checked_before_slash_slash_before_query_query_before_route() {
    let demo = Demo::start().await;
    assert_eq!(demo.send("POST", "/nowhere/?limit=x", "{").await.status, 400);
    assert_eq!(demo.send("POST", "/nowhere/?limit=x", "{}").await.status, 301);
    assert_eq!(demo.send("POST", "/nowhere?limit=x", "{}").await.status, 400);
    assert_eq!(demo.send("POST", "/nowhere", "{}").await.status, 404);
}

#[actix_web::test]
async fn the_token_is_judged_last() {
    let demo = Demo::start().await;
    assert_eq!(demo.send("POST", "/auth/todos/add", "{").await.status, 400);
    assert_eq!(demo.ask("GET", "/auth/me/").await.status, 301);
    assert_eq!(demo.ask("GET", "/auth/me?skip=x").await.status, 400);
    assert_eq!(demo.ask("GET", "/auth/me?delay=9999").await.status, 400);
    assert_eq!(demo.ask("OPTIONS", "/auth/me").await.status, 204);
}
