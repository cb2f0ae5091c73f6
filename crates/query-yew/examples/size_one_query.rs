//! The plain app, with one query in the place of a fetch by hand.

mod parts;

use query_yew::{Query, QueryClientProvider, query_key, use_query};
use yew::prelude::*;

use crate::parts::{motto, page, save_and, todos, use_fetched, users};

#[component]
fn Page() -> Html {
    let motto = use_fetched(motto);
    let todos = use_query(Query::new(query_key!["todos"], |_| todos()));
    let users = use_fetched(users);
    let error = todos.error.as_ref().map(|err| err.text()).or(users.error.map(|err| err.text()));
    page(motto.data.as_deref(), todos.data.as_deref(), users.data.as_deref(), error, &save_and(todos.refetch))
}

#[component]
fn App() -> Html {
    html! { <QueryClientProvider><Page /></QueryClientProvider> }
}

fn main() {
    yew::Renderer::<App>::new().render();
}
