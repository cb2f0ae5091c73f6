//! The app of the guide in README.md, put together from its code blocks.

use query_yew::{QueryClient, QueryClientProvider, QueryDefaults};
use yew::prelude::*;

#[derive(Default, PartialEq, Properties)]
struct AppProps {
    #[prop_or_default]
    client: Option<QueryClient>,
}

#[component]
fn App(props: &AppProps) -> Html {
    html! {
        <QueryClientProvider client={props.client.clone()} defaults={QueryDefaults::default().verdict(ApiError::retry)}>
            <Todos />
        </QueryClientProvider>
    }
}

fn main() {
    yew::Renderer::<App>::new().render();
}

use gloo_net::http::{Request, Response};
use query_yew::FetchContext;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

const API: &str = "/api";
const PAGE: usize = 10;

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Todo {
    id: u64,
    todo: String,
    completed: bool,
}

#[derive(Clone, PartialEq, Deserialize)]
struct TodoPage {
    todos: Vec<Todo>,
    total: usize,
}

async fn fetch_page(context: FetchContext, skip: usize) -> Result<TodoPage, ApiError> {
    let request = Request::get(&format!("{API}/todos?limit={PAGE}&skip={skip}"));
    read(request.abort_signal(Some(&context.signal)).send().await?).await
}

async fn save(todo: Todo) -> Result<Todo, ApiError> {
    #[derive(Serialize)]
    struct Change {
        completed: bool,
    }
    let request = Request::put(&format!("{API}/todos/{}", todo.id));
    read(request.json(&Change { completed: todo.completed })?.send().await?).await
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, ApiError> {
    if response.ok() { Ok(response.json().await?) } else { Err(ApiError::Status(response.status())) }
}

use std::fmt;

use query_yew::Retry;

enum ApiError {
    Status(u16),
    Request(String),
}

impl ApiError {
    fn retry(&self) -> Retry {
        match self {
            Self::Request(_) | Self::Status(408 | 429 | 500..) => Retry::Backoff,
            Self::Status(_) => Retry::Never,
        }
    }
}

impl From<gloo_net::Error> for ApiError {
    fn from(err: gloo_net::Error) -> Self {
        Self::Request(err.to_string())
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "the server answered {status}"),
            Self::Request(reason) => write!(f, "the request failed: {reason}"),
        }
    }
}

use query_yew::{Query, query_key};

fn todo_page(skip: usize) -> Query<TodoPage, ApiError> {
    Query::new(query_key!["todos", "page", skip], move |context| fetch_page(context, skip))
        .keep_previous_data(true)
}

use query_yew::Mutation;

fn save_todo() -> Mutation<Todo, Todo, ApiError> {
    Mutation::new(save)
        .optimistic(|cache, saved: &Todo| {
            cache.update_all(&query_key!["todos"], |page: &TodoPage| {
                let todos = page.todos.iter();
                let todos = todos.map(|todo| if todo.id == saved.id { saved.clone() } else { todo.clone() });
                TodoPage { todos: todos.collect(), total: page.total }
            });
        })
        .scope(|saved| [query_key!["todo", saved.id]])
        .invalidates(|_saved, _result| [query_key!["todos"]])
}

use query_yew::{use_mutation, use_query};

#[component]
fn Todos() -> Html {
    let skip = use_state(|| 0);
    let all = use_state(|| false);
    let page = use_query(todo_page(*skip));
    let saving = use_mutation(save_todo());

    let row = |todo: &Todo| {
        let (saving, todo) = (saving.clone(), todo.clone());
        let (id, text, checked) = (todo.id, todo.todo.clone(), todo.completed);
        let onchange =
            Callback::from(move |_| saving.mutate(Todo { completed: !todo.completed, ..todo.clone() }));
        html! { <li key={id}><label><input type="checkbox" {checked} {onchange} />{ text }</label></li> }
    };
    let turn = |to: Option<usize>, name: &str| {
        let skip = skip.clone();
        let onclick = Callback::from(move |_| to.into_iter().for_each(|to| skip.set(to)));
        html! { <button {onclick} disabled={to.is_none() || page.placeholder}>{ name }</button> }
    };
    let show_all = {
        let all = all.clone();
        Callback::from(move |_| all.set(true))
    };
    let todos = page.data.as_ref().map_or(&[][..], |page| &page.todos);
    let done = todos.iter().filter(|todo| todo.completed).count();
    let total = page.data.as_ref().map_or(0, |page| page.total);
    html! {
        <main>
            <h1>{ "Todos" }</h1>
            if page.is_loading() { <p>{ "Loading…" }</p> }
            if let Some(err) = &page.error { <p role="alert">{ err.to_string() }</p> }
            if let Some(err) = &saving.error { <p role="alert">{ "Not saved: " }{ err.to_string() }</p> }
            <p>{ format!("{done} of {} done", todos.len()) }</p>
            <ul>{ for todos.iter().map(row) }</ul>
            { turn(skip.checked_sub(PAGE), "Previous") }
            { turn(Some(*skip + PAGE).filter(|next| *next < total), "Next") }
            <button onclick={show_all}>{ "Show all" }</button>
            if *all { <Feed /> }
        </main>
    }
}

use query_yew::{InfiniteQuery, Pages, use_infinite_query};

#[component]
fn Feed() -> Html {
    let feed = use_infinite_query(InfiniteQuery::new(
        query_key!["todos", "feed"],
        0,
        fetch_page,
        |pages: &Pages<usize, TodoPage>| {
            let last = pages.last()?;
            Some(last.param + PAGE).filter(|next| *next < last.data.total)
        },
    ));
    let more = feed.fetch_next.reform(|_| ());
    let pages = feed.query.data.iter().flat_map(|pages| pages.iter());
    html! {
        <section aria-label="All todos">
            <ol>{ for pages.flat_map(|page| page.data.todos.iter()).map(|todo| html! { <li>{ &todo.todo }</li> }) }</ol>
            if feed.has_next { <button onclick={more} disabled={feed.fetching_next}>{ "More" }</button> }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    async fn a_cached_page_is_shown_at_once() {
        let client = QueryClient::new(QueryDefaults::default().verdict(ApiError::retry));
        let todo = Todo { id: 1, todo: "Write a test".to_owned(), completed: false };
        client.set_data(&query_key!["todos", "page", 0], TodoPage { todos: vec![todo], total: 1 });

        let root = web_sys::window().unwrap().document().unwrap().create_element("div").unwrap();
        yew::Renderer::<App>::with_root_and_props(root.clone(), AppProps { client: Some(client) }).render();
        yew::scheduler::flush().await;

        assert!(root.text_content().unwrap().contains("Write a test"));
    }
}
