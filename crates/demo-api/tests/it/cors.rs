//! Cross-origin requests.

use crate::demo::{Answer, Demo};

#[actix_web::test]
async fn every_origin_is_let_in_with_credentials() {
    let demo = Demo::start().await;
    for path in ["/todos/1", "/nowhere", "/todos?limit=x"] {
        let request =
            demo.request("GET".parse().unwrap(), path).insert_header(("origin", "https://a.example"));
        let answer = Answer::to(request.send().await).await;
        assert_eq!(answer.header("access-control-allow-origin"), "https://a.example");
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
        assert!(answer.headers.get_all("vary").any(|value| value == "Origin"));
    }
    assert_eq!(demo.get("/todos/1").await.header("access-control-allow-origin"), "");
}

#[actix_web::test]
async fn every_options_is_204_even_where_nothing_is() {
    let demo = Demo::start().await;
    for path in ["/todos", "/nowhere", "/todos/", "/todos?limit=x", "/auth/me"] {
        demo.ask("OPTIONS", path).await.assert(204, "");
    }
}

#[actix_web::test]
async fn a_preflight_is_granted_what_it_asks_for() {
    let demo = Demo::start().await;
    let request =
        demo.request("OPTIONS".parse().unwrap(), "/todos/add").insert_header(("origin", "https://a.example"));
    let request = request.insert_header(("access-control-request-headers", "content-type,x-anything"));
    let answer = Answer::to(request.send().await).await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://a.example");
    assert_eq!(answer.header("access-control-allow-methods"), "GET,HEAD,PUT,PATCH,POST,DELETE");
    assert_eq!(answer.header("access-control-allow-headers"), "content-type,x-anything");
}
