//! What the apps whose sizes are compared have in common: their data, requests and views, and the hook that an app without
//! this library would write.

#![allow(dead_code, reason = "an app with a mutation does not save by hand")]

use std::future::Future;
use std::rc::Rc;

use gloo_net::http::{Request, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// Something to do.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Todo {
    pub(crate) id: u32,
    pub(crate) text: String,
    pub(crate) done: bool,
}

/// Somebody who does it.
#[derive(Clone, PartialEq, Deserialize)]
pub(crate) struct User {
    id: u32,
    name: String,
}

/// Why a request failed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ApiError(String);

impl From<gloo_net::Error> for ApiError {
    fn from(err: gloo_net::Error) -> Self {
        Self(err.to_string())
    }
}

pub(crate) async fn motto() -> Result<String, ApiError> {
    read(Request::get("/api/motto").send().await?).await
}

pub(crate) async fn todos() -> Result<Vec<Todo>, ApiError> {
    read(Request::get("/api/todos").send().await?).await
}

pub(crate) async fn users() -> Result<Vec<User>, ApiError> {
    read(Request::get("/api/users").send().await?).await
}

pub(crate) async fn save(todo: Todo) -> Result<Todo, ApiError> {
    read(Request::put(&["/api/todos/", &todo.id.to_string()].concat()).json(&todo)?.send().await?).await
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, ApiError> {
    if response.ok() { Ok(response.json().await?) } else { Err(ApiError(response.status_text())) }
}

/// Data that was fetched once, and a callback that fetches it again.
pub(crate) struct Fetched<T> {
    pub(crate) data: Option<Rc<T>>,
    pub(crate) error: Option<ApiError>,
    pub(crate) refetch: Callback<()>,
}

/// Fetches by hand.
#[hook]
pub(crate) fn use_fetched<T, F, Fut>(fetch: F) -> Fetched<T>
where
    T: 'static,
    F: Fn() -> Fut + Copy + 'static,
    Fut: Future<Output = Result<T, ApiError>> + 'static,
{
    let state = use_state(|| None);
    let refetch = {
        let state = state.clone();
        Callback::from(move |()| {
            let state = state.clone();
            spawn_local(async move { state.set(Some(fetch().await.map(Rc::new))) });
        })
    };
    {
        let refetch = refetch.clone();
        use_effect_with((), move |()| refetch.emit(()));
    }
    let (data, error) = match &*state {
        Some(Ok(data)) => (Some(Rc::clone(data)), None),
        Some(Err(err)) => (None, Some(err.clone())),
        None => (None, None),
    };
    Fetched { data, error, refetch }
}

/// Saves by hand.
pub(crate) fn save_and(refetch: Callback<()>) -> Callback<Todo> {
    Callback::from(move |todo| {
        let refetch = refetch.clone();
        spawn_local(async move {
            if save(todo).await.is_ok() {
                refetch.emit(());
            }
        });
    })
}

/// The whole page.
pub(crate) fn page(
    motto: Option<&String>,
    todos: Option<&Vec<Todo>>,
    users: Option<&Vec<User>>,
    error: Option<String>,
    save: &Callback<Todo>,
) -> Html {
    let todo = |todo: &Todo| {
        let changed = Todo { done: !todo.done, ..todo.clone() };
        let onclick = save.reform(move |_| changed.clone());
        html! { <li key={todo.id}><button {onclick}>{ if todo.done { "done: " } else { "to do: " } }</button>{ &todo.text }</li> }
    };
    html! {
        <main>
            <h1>{ motto }</h1>
            if let Some(error) = error { <p role="alert">{ error }</p> }
            <ul>{ for todos.into_iter().flatten().map(todo) }</ul>
            <ul>{ for users.into_iter().flatten().map(|user| html! { <li key={user.id}>{ &user.name }</li> }) }</ul>
        </main>
    }
}

impl ApiError {
    pub(crate) fn text(&self) -> String {
        self.0.clone()
    }
}
