//! Lists of todos: paging, the todos of a user.

use serde_json::json;

use crate::demo::Demo;

#[actix_web::test]
async fn a_list_has_thirty_todos_unless_asked_otherwise() {
    let demo = Demo::start().await;
    let answer = demo.get("/todos").await;
    assert!(answer.text().starts_with(r#"{"todos":[{"id":1,"todo":"#));
    assert!(answer.text().ends_with(r#"}],"total":254,"skip":0,"limit":30}"#));
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(answer.json()["todos"].as_array().unwrap().len(), 30);
}

#[actix_web::test]
async fn skip_and_limit_choose_a_page_and_limit_says_how_many_came() {
    let demo = Demo::start().await;
    let cases = [
        ("limit=3&skip=10", 11, 3, 10),
        ("limit=0", 1, 254, 0),
        ("limit=0&skip=250", 251, 4, 250),
        ("limit=300", 1, 254, 0),
        ("skip=250", 251, 4, 250),
        ("limit=&skip=", 1, 30, 0),
        ("limit=2.9", 1, 2, 0),
        ("limit=2&select=todo&sortBy=todo&q=x", 1, 2, 0),
    ];
    for (query, first, count, skip) in cases {
        let page = demo.get(&format!("/todos?{query}")).await.json();
        let ids: Vec<_> = page["todos"].as_array().unwrap().iter().map(|todo| todo["id"].clone()).collect();
        assert_eq!(ids, (first..first + count).map(|id| json!(id)).collect::<Vec<_>>(), "{query}");
        assert_eq!((&page["skip"], &page["limit"]), (&json!(skip), &json!(count)), "{query}");
        assert_eq!(page["todos"][0].as_object().unwrap().len(), 4, "{query}");
    }
}

#[actix_web::test]
async fn past_the_end_there_is_an_empty_page() {
    let demo = Demo::start().await;
    demo.get("/todos?skip=254").await.assert(200, r#"{"todos":[],"total":254,"skip":254,"limit":0}"#);
    let far = demo.get("/todos?skip=99999999999999999999999&limit=99999999999999999999999").await;
    far.assert(200, r#"{"todos":[],"total":254,"skip":9007199254740991,"limit":0}"#);
}

#[actix_web::test]
async fn a_limit_or_skip_that_is_no_number_is_refused_on_every_route() {
    let demo = Demo::start().await;
    for path in ["/todos", "/todos/1", "/users", "/test", "/nowhere", "/auth/me"] {
        for value in ["abc", "-1", "NaN", "1,2", "nan", "inf", "%FF"] {
            for name in ["limit", "skip"] {
                let answer = demo.get(&format!("{path}?{name}={value}")).await;
                answer.assert(
                    400,
                    &json!({ "message": format!("Invalid '{name}' - must be a number") }).to_string(),
                );
            }
        }
        assert_eq!(demo.get(&format!("{path}?limit=1&limit=2")).await.status, 400);
    }
}

#[actix_web::test]
async fn the_todos_of_a_user_are_a_list_of_their_own() {
    let demo = Demo::start().await;
    let page = demo.get("/todos/user/1").await.json();
    let todos = page["todos"].as_array().unwrap();
    assert!(todos.iter().all(|todo| todo["userId"] == 1));
    assert_eq!((&page["total"], &page["limit"]), (&json!(todos.len()), &json!(todos.len())));
    let second = demo.get("/todos/user/1?skip=1&limit=1").await.json();
    assert_eq!(second["todos"], json!([todos[1]]));
    assert_eq!((&second["total"], &second["skip"], &second["limit"]), (&page["total"], &json!(1), &json!(1)));
}

#[actix_web::test]
async fn select_reduces_the_todos_of_a_user_and_keeps_the_id() {
    let demo = Demo::start().await;
    let first = &demo.get("/todos/user/5?limit=1").await.json()["todos"][0].clone();
    let cases = [
        ("todo", format!(r#"{{"id":{},"todo":{}}}"#, first["id"], first["todo"])),
        (
            "userId,todo,id,none,todo",
            format!(r#"{{"id":{},"userId":5,"todo":{}}}"#, first["id"], first["todo"]),
        ),
        (",", format!(r#"{{"id":{}}}"#, first["id"])),
        ("", first.to_string()),
    ];
    for (select, todo) in cases {
        let answer = demo.get(&format!("/todos/user/5?limit=1&select={select}")).await;
        if select.is_empty() {
            assert_eq!(answer.json()["todos"][0].to_string(), todo);
        } else {
            assert!(
                answer.text().starts_with(&format!(r#"{{"todos":[{todo}],"total":"#)),
                "{}",
                answer.text()
            );
        }
    }
}

#[actix_web::test]
async fn the_todos_of_nobody_are_refused() {
    let demo = Demo::start().await;
    demo.get("/todos/user/9999").await.assert(404, r#"{"message":"User with id '9999' not found"}"#);
    demo.get("/todos/user/abc").await.assert(400, r#"{"message":"Invalid user id 'abc'"}"#);
    demo.get("/todos/user/01").await.assert(404, r#"{"message":"User with id '01' not found"}"#);
}
