//! An app without this library, which the others are compared with.

mod parts;

use yew::prelude::*;

use crate::parts::{motto, page, save_and, todos, use_fetched, users};

#[component]
fn App() -> Html {
    let motto = use_fetched(motto);
    let todos = use_fetched(todos);
    let users = use_fetched(users);
    let error = todos.error.as_ref().or(users.error.as_ref()).map(|err| err.text());
    page(motto.data.as_deref(), todos.data.as_deref(), users.data.as_deref(), error, &save_and(todos.refetch))
}

fn main() {
    yew::Renderer::<App>::new().render();
}
