//! Two types under one key, as a developer finds out.

use query_yew::{Query, QueryResult, query_key, use_query};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_test::wasm_bindgen_test as test;
use yew::prelude::*;

use crate::stage::{Broken, Log, Mounted, Server, Slot};

#[derive(PartialEq, Properties)]
struct BothProps {
    server: Server,
    slot: Slot<QueryResult<u32, Broken>>,
}

#[component]
fn Both(props: &BothProps) -> Html {
    let server = props.server.clone();
    let text = use_query(Query::new(query_key!["todos", 1], move |context| server.fetch(context, "text")));
    let number = use_query(Query::<u32, Broken>::new(query_key!["todos", 1], |_| async { Ok(7) }));
    props.slot.put(number);
    html! { <p>{ text.data.as_deref().cloned() }</p> }
}

/// Keeps what is written to the console as an error, while it lives.
struct Console {
    log: Log,
    object: JsValue,
    original: JsValue,
    _closure: Closure<dyn FnMut(JsValue)>,
}

impl Console {
    fn listen() -> Self {
        let object = js_sys::Reflect::get(&js_sys::global(), &"console".into()).expect("a console");
        let original = js_sys::Reflect::get(&object, &"error".into()).expect("a function");
        let log = Log::default();
        let lines = log.clone();
        let closure = Closure::<dyn FnMut(JsValue)>::new(move |line: JsValue| {
            lines.add(line.as_string().unwrap_or_default());
        });
        js_sys::Reflect::set(&object, &"error".into(), closure.as_ref().unchecked_ref())
            .expect("it can be set");
        Self { log, object, original, _closure: closure }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        js_sys::Reflect::set(&self.object, &"error".into(), &self.original).expect("it can be set");
    }
}

#[test]
async fn two_types_under_one_key_are_said_in_words_at_once() {
    let (server, slot, console) = (Server::default(), Slot::default(), Console::listen());
    let page = Mounted::new(html! { <Both server={server.clone()} slot={slot.clone()} /> }).await;
    let words = "query-yew: the key [todos, 1] holds alloc::string::String and is asked for as u32. \
                 Give one of them a key of its own.";
    assert_eq!(console.log.take(), [words], "before any data is there");
    let seen = slot.get();
    assert!(seen.is_error() && seen.conflict.is_some() && seen.data.is_none() && !seen.fetching);
    server.ok(0, "milk").await;
    assert_eq!(page.text(), "milk", "the first goes on");
    page.client.set_data(&query_key!["todos", 1], 7u32);
    assert_eq!(console.log.take(), [words]);
    assert_eq!((page.text().as_str(), server.count()), ("milk", 1));
}
