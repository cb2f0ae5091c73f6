//! Entity tags and `304`.

use crate::demo::{Answer, Demo};

async fn get_with(demo: &Demo, method: &str, path: &str, header: (&str, &str)) -> Answer {
    Answer::to(demo.request(method.parse().unwrap(), path).insert_header(header).send().await).await
}

#[actix_web::test]
async fn every_json_body_has_a_weak_tag() {
    let demo = Demo::start().await;
    for path in ["/todos", "/todos/1", "/todos/9999", "/users", "/test", "/http/404", "/todos?limit=x"] {
        let answer = demo.get(path).await;
        let tag = answer.header("etag");
        let start = format!("W/\"{:x}-", answer.bytes.len());
        assert!(tag.starts_with(&start) && tag.len() == start.len() + 28, "{path}: {tag}");
    }
    assert_eq!(demo.get("/nowhere").await.header("etag"), "");
}

#[actix_web::test]
async fn what_the_client_holds_is_not_sent_again() {
    let demo = Demo::start().await;
    let tag = demo.get("/todos").await.header("etag").to_owned();
    let strong = tag.strip_prefix("W/").unwrap().to_owned();
    for held in [tag.clone(), strong, "*".to_owned(), format!("\"other\", {tag}")] {
        for method in ["GET", "HEAD"] {
            let answer = get_with(&demo, method, "/todos", ("if-none-match", &held)).await;
            answer.assert(304, "");
            assert_eq!((answer.header("etag"), answer.header("content-type")), (tag.as_str(), ""));
        }
    }
    assert_eq!(get_with(&demo, "GET", "/todos", ("if-none-match", "W/\"other\"")).await.status, 200);
}

#[actix_web::test]
async fn a_change_changes_the_tag() {
    let demo = Demo::start().await;
    let tag = demo.get("/todos/1").await.header("etag").to_owned();
    demo.send("PUT", "/todos/1", r#"{"completed":true}"#).await;
    assert_eq!(get_with(&demo, "GET", "/todos/1", ("if-none-match", &tag)).await.status, 200);
}

#[actix_web::test]
async fn errors_and_unsafe_methods_are_never_304() {
    let demo = Demo::start().await;
    assert_eq!(get_with(&demo, "GET", "/todos/9999", ("if-none-match", "*")).await.status, 404);
    assert_eq!(get_with(&demo, "DELETE", "/todos/1", ("if-none-match", "*")).await.status, 200);
}

#[actix_web::test]
async fn a_client_that_reloads_gets_the_whole_answer() {
    let demo = Demo::start().await;
    let request = demo.request("GET".parse().unwrap(), "/todos/1").insert_header(("if-none-match", "*"));
    assert_eq!(
        Answer::to(request.insert_header(("cache-control", "no-cache")).send().await).await.status,
        200
    );
}

#[actix_web::test]
async fn nothing_says_how_long_an_answer_is_fresh() {
    let demo = Demo::start().await;
    let answer = demo.get("/todos").await;
    for name in ["cache-control", "expires", "last-modified"] {
        assert_eq!(answer.header(name), "", "{name}");
    }
}
