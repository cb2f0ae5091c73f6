//! Entity tags and `304`.

use demo_api::DemoConfig;

use crate::demo::{Answer, Demo, config};

async fn get_with(demo: &Demo, method: &str, path: &str, header: (&str, &str)) -> Answer {
    Answer::to(demo.request(method.parse().unwrap(), path).insert_header(header).send().await).await
}

#[actix_web::test]
async fn every_json_body_but_one_todo_has_a_weak_tag() {
    let demo = Demo::start().await;
    for path in ["/todos", "/todos/random", "/todos/9999", "/users", "/test", "/http/404", "/todos?limit=x"] {
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

/// A change of todo 1 under a condition.
async fn change_if(demo: &Demo, method: &str, condition: &str, body: &'static str) -> Answer {
    let request = demo.request(method.parse().unwrap(), "/todos/1").insert_header(("if-match", condition));
    Answer::to(request.content_type("application/json").send_body(body).await).await
}

#[actix_web::test]
async fn one_todo_has_a_strong_tag_that_changes_with_it() {
    let demo = Demo::start().await;
    let read = demo.get("/todos/1").await.header("etag").to_owned();
    assert!(read.starts_with('"') && read.ends_with('"'), "{read}");
    for method in ["PUT", "PATCH"] {
        let body = format!(r#"{{"todo":"{method}"}}"#);
        let changed = demo.send(method, "/todos/1", body).await.header("etag").to_owned();
        assert_ne!(changed, read);
        assert_eq!(demo.get("/todos/1").await.header("etag"), changed);
    }
    let added = demo.send("POST", "/todos/add", r#"{"userId":5,"todo":"Sing"}"#).await;
    assert_eq!(demo.get("/todos/255").await.header("etag"), added.header("etag"));
}

#[actix_web::test]
async fn a_todo_with_a_strong_tag_is_never_compressed() {
    let demo = Demo::start().await;
    let long = format!(r#"{{"todo":"{}"}}"#, "long ".repeat(1000));
    demo.send("PUT", "/todos/1", long).await;
    let answer = get_with(&demo, "GET", "/todos/1", ("accept-encoding", "br, gzip")).await;
    assert_eq!((answer.status, answer.header("content-encoding")), (200, ""));
    let list = get_with(&demo, "GET", "/todos", ("accept-encoding", "br, gzip")).await;
    assert_eq!(list.header("content-encoding"), "br");
}

#[actix_web::test]
async fn a_change_is_made_only_to_what_if_match_names() {
    let demo = Demo::start().await;
    let old = demo.get("/todos/1").await.header("etag").to_owned();
    let first = change_if(&demo, "PUT", &old, r#"{"todo":"first"}"#).await;
    assert_eq!(first.status, 200);
    let new = first.header("etag").to_owned();
    let refused = r#"{"message":"Todo with id '1' has changed since"}"#;
    for (method, body) in
        [("PUT", r#"{"todo":"second"}"#), ("PATCH", r#"{"completed":true}"#), ("DELETE", "")]
    {
        for condition in [old.as_str(), &format!("W/{new}"), "\"x\", \"y\"", "x", ""] {
            change_if(&demo, method, condition, body).await.assert(412, refused);
        }
    }
    demo.get("/todos/1").await.assert(200, first.text());
    for condition in ["*", &format!("{old}, {new}")] {
        assert_eq!(change_if(&demo, "PATCH", condition, "{}").await.status, 200, "{condition}");
    }
    assert_eq!(change_if(&demo, "DELETE", &new, "").await.status, 200);
    // There is nothing that a condition could be about (RFC 9110, 13.2.1).
    assert_eq!(change_if(&demo, "DELETE", "*", "").await.status, 404);
}

#[actix_web::test]
async fn of_two_changes_on_the_same_condition_one_is_made() {
    let demo = Demo::start().await;
    let tag = demo.get("/todos/1").await.header("etag").to_owned();
    let change = |body| change_if(&demo, "PUT", &tag, body);
    let bodies = [r#"{"todo":"a"}"#, r#"{"todo":"b"}"#, r#"{"todo":"c"}"#, r#"{"todo":"d"}"#];
    let mut statuses: Vec<u16> = futures_util::future::join_all(bodies.map(change))
        .await
        .into_iter()
        .map(|answer| answer.status)
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412]);
}

#[actix_web::test]
async fn where_nothing_is_stored_tags_are_weak_and_if_match_is_ignored() {
    let demo = Demo::with(DemoConfig { simulate: true, ..config() }).await;
    assert!(demo.get("/todos/1").await.header("etag").starts_with("W/"));
    assert_eq!(change_if(&demo, "PUT", "\"x\"", "{}").await.status, 200);
}
