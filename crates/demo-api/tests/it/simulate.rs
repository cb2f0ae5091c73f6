//! The service's own behaviour: nothing is stored.

use demo_api::DemoConfig;

use crate::demo::{Demo, config};

#[actix_web::test]
async fn changes_are_answered_and_forgotten() {
    let demo = Demo::with(DemoConfig { simulate: true, ..config() }).await;
    let before = demo.get("/todos?limit=0").await;
    for _ in 0..2 {
        let added = demo.send("POST", "/todos/add", r#"{"todo":"Fade","completed":true,"userId":9}"#).await;
        added.assert(201, r#"{"id":255,"todo":"Fade","completed":true,"userId":9}"#);
        let changed = demo.send("PUT", "/todos/1", r#"{"todo":"Fade"}"#).await;
        changed.assert(200, r#"{"id":1,"todo":"Fade","completed":false,"userId":10}"#);
        assert_eq!(demo.ask("DELETE", "/todos/1").await.json()["isDeleted"], true);
    }
    demo.get("/todos?limit=0").await.assert(200, before.text());
    assert_eq!(demo.get("/todos/255").await.status, 404);
}
