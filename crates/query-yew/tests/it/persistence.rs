//! The cache over a reload.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use query_yew::{LocalStorage, Persist, QueryClient, QueryDefaults, Shapes, Storage, query_key};
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::mutating::{Page, edit};
use crate::stage::{Server, until};

/// A storage that the test can look into. Clones are the same one.
#[derive(Clone, Default)]
struct Shelf(Rc<RefCell<BTreeMap<String, String>>>);

impl Storage for Shelf {
    fn get(&self, name: &str) -> Option<String> {
        self.0.borrow().get(name).cloned()
    }

    fn set(&self, name: &str, text: &str) {
        self.0.borrow_mut().insert(name.to_owned(), text.to_owned());
    }

    fn remove(&self, name: &str) {
        self.0.borrow_mut().remove(name);
    }
}

fn persist(storage: impl Storage + 'static) -> Persist {
    let shapes = Shapes::new().at::<String>(query_key!["text"]).at::<u32>(query_key!["count"]);
    Persist::new(storage, shapes).pause(Duration::from_millis(5))
}

fn client() -> QueryClient {
    QueryClient::new(QueryDefaults::default())
}

fn text(client: &QueryClient) -> Option<String> {
    client.get_data::<String>(&query_key!["text"]).as_deref().cloned()
}

#[test]
async fn what_one_page_has_kept_the_next_one_begins_with() {
    let (shelf, first) = (Shelf::default(), client());
    let kept = first.persist(persist(shelf.clone()));
    first.set_data(&query_key!["text"], String::from("milk"));
    first.set_data(&query_key!["count"], 3u32);
    first.set_data(&query_key!["secret"], String::from("of no shape"));
    until("the text in the storage", || shelf.get("query-yew").is_some()).await;
    assert!(!shelf.get("query-yew").expect("a text").contains("secret"));
    drop(kept);
    let second = client();
    let _kept = second.persist(persist(shelf.clone()));
    assert_eq!(text(&second).as_deref(), Some("milk"));
    assert_eq!(second.get_data::<u32>(&query_key!["count"]).as_deref(), Some(&3));
    second.clear();
    assert_eq!(
        shelf.get("query-yew"),
        None,
        "nothing of a person stays after a logout, not even for a moment"
    );
}

#[test]
async fn what_is_of_another_version_or_too_old_or_unreadable_is_thrown_away() {
    let now = js_sys::Date::now() as u64;
    let document = r#"{"queries":[{"key":["text"],"updatedAt":1,"data":"milk"}]}"#;
    for (head, expected) in [
        (format!("{now}\n7\n{document}"), Some("milk")),
        (format!("{now}\n6\n{document}"), None),
        (format!("{}\n7\n{document}", now - 3_700_000), None),
        (format!("{}\n7\n{document}", now + 3_700_000), None),
        (format!("{now}\n7\n{{"), None),
        (String::from("something else"), None),
    ] {
        let shelf = Shelf::default();
        shelf.set("mine", &head);
        let client = client();
        let choices = persist(shelf.clone()).name("mine").version("7").max_age(Duration::from_secs(3600));
        let _kept = client.persist(choices);
        assert_eq!(text(&client).as_deref(), expected, "{head}");
        assert_eq!(shelf.get("mine").is_some(), expected.is_some(), "{head}");
    }
}

#[test]
async fn the_browser_has_a_storage() {
    LocalStorage.remove("query-yew-test");
    let first = client();
    let kept = first.persist(persist(LocalStorage).name("query-yew-test"));
    first.set_data(&query_key!["text"], String::from("milk"));
    until("the text in the storage", || LocalStorage.get("query-yew-test").is_some()).await;
    drop(kept);
    let second = client();
    drop(second.persist(persist(LocalStorage).name("query-yew-test")));
    assert_eq!(text(&second).as_deref(), Some("milk"));
    LocalStorage.remove("query-yew-test");
}

#[test]
async fn nothing_of_a_person_stays_after_a_logout_though_the_page_shows_it() {
    let (page, shelf) = (Page::new(|| edit(&Server::default())).await, Shelf::default());
    let client = &page.mounted.client;
    let _kept = client.persist(persist(shelf.clone()));
    client.set_data(&query_key!["text"], String::from("of Anna"));
    let kept = || shelf.get("query-yew").unwrap_or_default();
    until("the text in the storage", || kept().contains("Anna")).await;
    client.clear();
    assert!(!kept().contains("Anna"), "{}", kept());
}

#[test]
async fn what_changed_just_before_the_end_is_kept() {
    let (client, shelf) = (client(), Shelf::default());
    let kept = client.persist(persist(shelf.clone()));
    client.set_data(&query_key!["text"], String::from("milk"));
    drop(kept);
    until("the text in the storage", || shelf.get("query-yew").is_some()).await;
    assert!(shelf.get("query-yew").expect("a text").contains("milk"));
}
