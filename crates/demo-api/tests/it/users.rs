//! The public fields of the users.

use serde_json::json;

use crate::demo::Demo;

const PUBLIC_FIELDS: [&str; 25] = [
    "id",
    "firstName",
    "lastName",
    "maidenName",
    "age",
    "gender",
    "email",
    "phone",
    "username",
    "birthDate",
    "image",
    "bloodGroup",
    "height",
    "weight",
    "eyeColor",
    "hair",
    "ip",
    "address",
    "macAddress",
    "university",
    "company",
    "ein",
    "userAgent",
    "crypto",
    "role",
];

#[actix_web::test]
async fn the_list_of_users_is_paged_like_the_todos() {
    let demo = Demo::start().await;
    let all = demo.get("/users").await;
    assert!(all.text().ends_with(r#"],"total":30,"skip":0,"limit":30}"#));
    let page = demo.get("/user?limit=2&skip=29").await.json();
    assert_eq!(page["users"][0]["id"], 30);
    assert_eq!((&page["total"], &page["skip"], &page["limit"]), (&json!(30), &json!(29), &json!(1)));
    assert_eq!(demo.get("/users?limit=0").await.json()["limit"], 30);
    demo.get("/users?skip=99").await.assert(200, r#"{"users":[],"total":30,"skip":99,"limit":0}"#);
}

#[actix_web::test]
async fn select_shows_the_fields_in_the_order_they_were_named_after_the_id() {
    let demo = Demo::start().await;
    let user = demo.get("/users/1?select=username,firstName,id,unknown").await;
    user.assert(200, r#"{"id":1,"username":"ada","firstName":"Ada"}"#);
    let page = demo.get("/users?select=lastName&limit=2").await;
    let users = r#"[{"id":1,"lastName":"Okafor"},{"id":2,"lastName":"Wilk"}]"#;
    page.assert(200, &format!(r#"{{"users":{users},"total":30,"skip":0,"limit":2}}"#));
}

#[actix_web::test]
async fn password_ssn_and_bank_are_never_shown() {
    let demo = Demo::start().await;
    for path in ["/users/3", "/users", "/user/3", "/users/3?select=password,ssn,bank", "/users?select=bank"] {
        let answer = demo.get(path).await;
        for field in ["\"password\"", "\"ssn\"", "\"bank\"", "noorpass"] {
            assert!(!answer.text().contains(field), "{field} in {path}");
        }
    }
    demo.get("/users/3?select=password,ssn,bank").await.assert(200, r#"{"id":3}"#);
}

#[actix_web::test]
async fn a_user_has_all_the_other_fields() {
    let demo = Demo::start().await;
    let user = demo.get("/users/30").await;
    let mut at = 0;
    for field in PUBLIC_FIELDS {
        let found = user.text()[at..].find(&format!("\"{field}\":"));
        at += found.unwrap_or_else(|| panic!("{field} is missing or out of order"));
    }
    assert_eq!(user.json().as_object().unwrap().len(), PUBLIC_FIELDS.len());
    assert!(!user.text().contains("\": ") && !user.text().contains(", \""), "the JSON is compact");
}

#[actix_web::test]
async fn the_thirty_users_are_different_people() {
    let demo = Demo::start().await;
    let page = demo.get("/users?select=username,lastName,email").await.json();
    for field in ["username", "lastName", "email"] {
        let mut values: Vec<_> =
            page["users"].as_array().unwrap().iter().map(|user| user[field].as_str().unwrap()).collect();
        values.sort_unstable();
        values.dedup();
        assert_eq!(values.len(), 30, "{field}");
    }
}

#[actix_web::test]
async fn a_user_that_does_not_exist_is_refused() {
    let demo = Demo::start().await;
    demo.get("/users/31").await.assert(404, r#"{"message":"User with id '31' not found"}"#);
    demo.get("/users/abc").await.assert(400, r#"{"message":"Invalid user id 'abc'"}"#);
}
