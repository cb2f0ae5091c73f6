//! One todo: reading, adding, changing, deleting.

use serde_json::json;

use crate::demo::Demo;

#[actix_web::test]
async fn a_todo_has_its_four_fields_in_order() {
    let demo = Demo::start().await;
    let todo = r#"{"id":1,"todo":"Water the tomatoes before it gets hot","completed":false,"userId":10}"#;
    for path in
        ["/todos/1", "/todo/1", "/TODOS/1", "/tOdO/1", "/todos/%31", "/todos/1?select=id&sortBy=x&q=y"]
    {
        demo.get(path).await.assert(200, todo);
    }
}

#[actix_web::test]
async fn an_id_that_names_no_todo_is_not_found_under_the_name_it_was_given() {
    let demo = Demo::start().await;
    for id in ["0", "9999", "abc", "AbC", "01", "1.0", "-1", "99999999999999999999999999", "1%201", "ü"] {
        let message = format!("Todo with id '{}' not found", id.replace("%20", " "));
        let path = format!("/todos/{}", id.replace('ü', "%C3%BC"));
        for (method, body) in [("GET", ""), ("DELETE", ""), ("PUT", "{}"), ("PATCH", "{}")] {
            demo.send(method, &path, body).await.assert(404, &json!({ "message": message }).to_string());
        }
    }
}

#[actix_web::test]
async fn a_random_todo_is_one_of_those_that_exist() {
    let demo = Demo::start().await;
    let drawn = demo.get("/todos/random").await;
    let id = drawn.json()["id"].as_u64().unwrap();
    demo.get(&format!("/todos/{id}")).await.assert(200, drawn.text());
}

#[actix_web::test]
async fn up_to_ten_random_todos_are_an_array_of_different_ones() {
    let demo = Demo::start().await;
    for count in [1, 10] {
        let drawn = demo.get(&format!("/todos/random/{count}")).await.json();
        let mut ids: Vec<_> =
            drawn.as_array().unwrap().iter().map(|todo| todo["id"].as_u64().unwrap()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
    for count in ["0", "11", "x", "99999999999999999999"] {
        assert_eq!(demo.get(&format!("/todos/random/{count}")).await.status, 400);
    }
}

#[actix_web::test]
async fn an_added_todo_is_answered_with_201_and_can_be_read_back() {
    let demo = Demo::start().await;
    let body = r#"{"userId":5,"completed":true,"todo":"Sing","more":1}"#;
    let todo = r#"{"id":255,"todo":"Sing","completed":true,"userId":5}"#;
    demo.send("POST", "/todos/add", body).await.assert(201, todo);
    demo.get("/todos/255").await.assert(200, todo);
    assert_eq!(demo.get("/todos").await.json()["total"], 255);
}

#[actix_web::test]
async fn only_the_user_of_an_added_todo_is_checked() {
    let demo = Demo::start().await;
    let cases = [
        ("{}", 400, "User id is required"),
        ("", 400, "User id is required"),
        ("[1,2]", 400, "User id is required"),
        (r#"{"userId":0}"#, 400, "User id is required"),
        (r#"{"userId":null}"#, 400, "User id is required"),
        (r#"{"userId":"abc"}"#, 400, "Invalid user id 'abc'"),
        (r#"{"userId":{}}"#, 400, "Invalid user id '[object Object]'"),
        (r#"{"userId":9999}"#, 404, "User with id '9999' not found"),
        (r#"{"userId":99999999999999999999}"#, 404, "User with id '100000000000000000000' not found"),
    ];
    for (body, status, message) in cases {
        let answer = demo.send("POST", "/todos/add", body).await;
        answer.assert(status, &json!({ "message": message }).to_string());
    }
}

#[actix_web::test]
async fn what_is_stored_has_the_types_of_a_todo_whatever_was_sent() {
    let demo = Demo::start().await;
    let cases = [
        (r#"{"userId":"2"}"#, r#"{"id":255,"todo":"","completed":false,"userId":2}"#),
        (r#"{"userId":2.0,"todo":12}"#, r#"{"id":256,"todo":"12","completed":false,"userId":2}"#),
        (
            r#"{"userId":[2],"todo":null,"completed":"no"}"#,
            r#"{"id":257,"todo":"","completed":true,"userId":2}"#,
        ),
        (
            r#"{"userId":2,"todo":"nul \u0000 \ud83d\ude00"}"#,
            "{\"id\":258,\"todo\":\"nul \\u0000 \u{1F600}\",\"completed\":false,\"userId\":2}",
        ),
    ];
    for (body, todo) in cases {
        demo.send("POST", "/todos/add", body).await.assert(201, todo);
    }
}

#[actix_web::test]
async fn put_and_patch_both_merge() {
    let demo = Demo::start().await;
    let done = r#"{"id":1,"todo":"Water the tomatoes before it gets hot","completed":true,"userId":10}"#;
    demo.send("PUT", "/todos/1", r#"{"completed":true}"#).await.assert(200, done);
    let renamed = r#"{"id":1,"todo":"Water the beans","completed":true,"userId":3}"#;
    demo.send("PATCH", "/todos/1", r#"{"todo":"Water the beans","userId":3}"#).await.assert(200, renamed);
    for nothing in ["{}", "", "[]", r#"{"todo":"","userId":0}"#, r#"{"userId":-4}"#, r#"{"userId":1e300}"#] {
        demo.send("PUT", "/todos/1", nothing).await.assert(200, renamed);
    }
    demo.get("/todos/1").await.assert(200, renamed);
}

#[actix_web::test]
async fn an_id_in_the_body_overrides_the_one_in_the_path() {
    let demo = Demo::start().await;
    let before = demo.get("/todos/1").await;
    for id in ["2", "\"2\""] {
        let answer = demo.send("PUT", "/todos/1", format!(r#"{{"id":{id},"todo":"Other"}}"#)).await.json();
        assert_eq!((&answer["id"], &answer["todo"]), (&json!(2), &json!("Other")));
    }
    demo.get("/todos/1").await.assert(200, before.text());
    let nobody = demo.send("PUT", "/todos/1", r#"{"id":9999}"#).await;
    nobody.assert(404, r#"{"message":"Todo with id '9999' not found"}"#);
}

#[actix_web::test]
async fn a_deleted_todo_is_answered_once_more_and_then_gone() {
    let demo = Demo::start().await;
    let deleted = demo.ask("DELETE", "/todos/4").await;
    let text = "Fix the dripping tap in the upstairs bathroom";
    let start =
        format!(r#"{{"id":4,"todo":"{text}","completed":false,"userId":4,"isDeleted":true,"deletedOn":""#);
    let rest = deleted.text().strip_prefix(&start).unwrap();
    assert_eq!((deleted.status, rest.len()), (200, "2026-11-23T07:14:46.123Z\"}".len()));
    assert!(rest.ends_with("Z\"}") && rest.as_bytes()[10] == b'T', "{rest}");
    for method in ["GET", "DELETE"] {
        demo.ask(method, "/todos/4").await.assert(404, r#"{"message":"Todo with id '4' not found"}"#);
    }
}

#[actix_web::test]
async fn the_id_of_a_deleted_todo_is_not_given_again() {
    let demo = Demo::start().await;
    assert_eq!(demo.ask("DELETE", "/todos/254").await.status, 200);
    assert_eq!(demo.send("POST", "/todos/add", r#"{"userId":1}"#).await.json()["id"], 255);
}
