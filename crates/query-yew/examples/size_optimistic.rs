//! The app with one query, with an optimistic mutation in the place of the change by hand.

mod parts;

use query_yew::{Mutation, Query, QueryClientProvider, query_key, use_mutation, use_query};
use yew::prelude::*;

use crate::parts::{ApiError, Todo, motto, page, save, todos, use_fetched, users};

#[component]
fn Page() -> Html {
    let motto = use_fetched(motto);
    let todos = use_query(Query::new(query_key!["todos"], |_| todos()));
    let users = use_fetched(users);
    let saving = use_mutation::<Todo, Todo, ApiError>(
        Mutation::new(save)
            .optimistic(|cache, changed: &Todo| {
                let put = |todo: &Todo| if todo.id == changed.id { changed.clone() } else { todo.clone() };
                cache.update(&query_key!["todos"], |todos: &Vec<Todo>| todos.iter().map(put).collect());
            })
            .invalidates(|_, _| vec![query_key!["todos"]]),
    );
    let error = todos.error.as_ref().map(|err| err.text()).or(users.error.map(|err| err.text()));
    let save = Callback::from(move |todo| saving.mutate(todo));
    page(motto.data.as_deref(), todos.data.as_deref(), users.data.as_deref(), error, &save)
}

#[component]
fn App() -> Html {
    html! { <QueryClientProvider><Page /></QueryClientProvider> }
}

fn main() {
    yew::Renderer::<App>::new().render();
}
