//! The devtools at work on queries that need no server. Build it with the feature `devtools`.

use std::rc::Rc;
use std::time::Duration;

use gloo_timers::future::TimeoutFuture;
use query_yew::{
    Fault, Mutation, Query, QueryClientProvider, QueryDefaults, QueryDevtools, Segment, Shapes, query_key,
    use_mutation, use_query,
};
use yew::prelude::*;

/// How long the pretended server takes, in milliseconds.
const SERVER: u32 = 150;

type Todos = Vec<(u32, String)>;

fn todos(page: u32) -> Query<Todos, String> {
    let key = query_key!["todos", Segment::record([("page", page.into()), ("done", false.into())])];
    Query::new(key, move |_| async move {
        TimeoutFuture::new(SERVER).await;
        Ok((page * 3..page * 3 + 3).map(|id| (id, format!("Water plant {id}"))).collect())
    })
}

fn failing() -> Query<u32, String> {
    Query::new(query_key!["weather"], |_| async { Err(String::from("no service")) }).retries(0)
}

fn slow() -> Query<u32, String> {
    Query::new(query_key!["report", 7], |_| async {
        TimeoutFuture::new(600_000).await;
        Ok(7)
    })
}

#[component]
fn Page() -> Html {
    let first = use_query(todos(0));
    let second = use_query(todos(1).stale_time(Duration::ZERO));
    let weather = use_query(failing());
    use_query(slow());
    let rename = use_mutation(
        Mutation::new(|name: String| async move {
            TimeoutFuture::new(30_000).await;
            Ok::<_, String>(name)
        })
        .key(query_key!["rename"]),
    );
    let onclick = {
        let rename = rename.clone();
        Callback::from(move |_: MouseEvent| rename.mutate(String::from("Balcony")))
    };
    let lists = [first.data, second.data];
    let rows = lists.iter().flatten().flat_map(|todos| todos.iter());
    let failed = rename.error.as_ref().and_then(Fault::error);
    html! {
        <main>
            <h1>{ "Plants" }</h1>
            <ul>{ for rows.map(|(id, text)| html! { <li key={*id}>{ text }</li> }) }</ul>
            if let Some(err) = weather.error { <p role="alert">{ "Weather: " }{ &*err }</p> }
            <button {onclick}>{ "Rename" }</button>{ failed }
        </main>
    }
}

#[component]
fn App() -> Html {
    let shapes = Rc::new(Shapes::new().at::<Todos>(query_key!["todos"]));
    html! {
        <QueryClientProvider defaults={QueryDefaults::default()}>
            <Page />
            <QueryDevtools {shapes} open=true />
        </QueryClientProvider>
    }
}

fn main() {
    yew::Renderer::<App>::new().render();
}
