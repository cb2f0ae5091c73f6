//! The app with one query, with a query of another type as well.

mod parts;

use query_yew::{Query, QueryClientProvider, query_key, use_query};
use yew::prelude::*;

use crate::parts::{motto, page, save_and, todos, use_fetched, users};

#[component]
fn Page() -> Html {
    let motto = use_fetched(motto);
    let todos = use_query(Query::new(query_key!["todos"], |_| todos()));
    let users = use_query(Query::new(query_key!["users"], |_| users()));
    let error = todos.error.as_ref().or(users.error.as_ref()).map(|err| err.text());
    page(motto.data.as_deref(), todos.data.as_deref(), users.data.as_deref(), error, &save_and(todos.refetch))
}

#[component]
fn App() -> Html {
    html! { <QueryClientProvider><Page /></QueryClientProvider> }
}

fn main() {
    yew::Renderer::<App>::new().render();
}
