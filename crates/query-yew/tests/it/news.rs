//! News of the cache for code that is no component, defaults by key, and news from elsewhere for the cache.

use std::rc::Rc;
use std::time::Duration;

use query_yew::{
    Change, Filter, Query, QueryClient, QueryClientProvider, QueryDefaults, Retry, query_key,
    use_is_fetching_of, use_query,
};
use wasm_bindgen_test::wasm_bindgen_test as test;
use web_sys::Event;
use yew::prelude::*;

use crate::stage::{Broken, Log, Mounted, Server, settle};

#[derive(PartialEq, Properties)]
struct TextProps {
    server: Server,
    name: &'static str,
    #[prop_or_default]
    quiet: bool,
}

#[component]
fn Text(props: &TextProps) -> Html {
    let (server, name) = (props.server.clone(), props.name);
    let query = Query::new(query_key!["text", name], move |context| server.fetch(context, name));
    let query = if props.quiet { query.meta("quiet") } else { query };
    let result = use_query(query);
    html! { <p>{ result.data.as_deref().cloned() }{ if result.paused { "paused" } else { "" } }</p> }
}

#[test]
async fn one_place_hears_of_all_errors_and_of_what_a_query_says_of_itself() {
    let (server, log) = (Server::default(), Log::default());
    let mut page = Mounted::new(html! { <i /> }).await;
    let (client, lines) = (page.client.clone(), log.clone());
    let subscription = page.client.subscribe(move |key, change| {
        let Change::Failed(error) = change else { return };
        let is_quiet = client.meta::<&str>(key).is_some_and(|meta| *meta == "quiet");
        if !is_quiet && error.peek::<Broken>().is_some() {
            lines.add(format!("{key:?}"));
        }
    });
    let texts = html! {
        <><Text server={server.clone()} name="a" /><Text server={server.clone()} name="b" quiet=true /></>
    };
    page.show(texts).await;
    server.answer(0, Err(Broken(Retry::Never))).await;
    server.answer(1, Err(Broken(Retry::Never))).await;
    assert_eq!(log.take(), [r#"["text", "a"]"#]);
    assert_eq!(
        page.client.get_error::<Broken>(&query_key!["text", "b"]).as_deref(),
        Some(&Broken(Retry::Never))
    );
    drop(subscription);
    page.client.refetch(Filter::all());
    settle().await;
    server.answer(2, Err(Broken(Retry::Never))).await;
    assert_eq!(log.take(), [""; 0], "nobody listens");
}

#[test]
async fn defaults_of_a_longer_prefix_build_on_those_of_a_shorter_one() {
    let server = Server::default();
    let mut page = Mounted::new(html! { <i /> }).await;
    page.client.set_defaults(&query_key!["text", "a"], |defaults| defaults.retries(1));
    page.client.set_defaults(&query_key!["text"], |defaults| {
        defaults.retries(0).verdict(|_: &Broken| Retry::Never).stale_time(Duration::ZERO)
    });
    page.show(html! { <Text server={server.clone()} name="b" /> }).await;
    server.answer(0, Err(Broken(Retry::Backoff))).await;
    assert_eq!(page.client.inspect(query_key!["text", "b"])[0].failures, 1);
    assert!(page.client.get_error::<Broken>(&query_key!["text", "b"]).is_some(), "it is not tried again");
    page.show(html! { <Text server={server.clone()} name="a" /> }).await;
    server.answer(1, Err(Broken(Retry::Backoff))).await;
    assert!(page.client.get_error::<Broken>(&query_key!["text", "a"]).is_none(), "it is");
}

#[component]
fn Bar() -> Html {
    let of_text = use_is_fetching_of(query_key!["text", "a"]);
    html! { <b>{ of_text }</b> }
}

#[test]
async fn the_number_of_fetches_is_known_for_chosen_queries() {
    let server = Server::default();
    let page = Mounted::new(html! {
        <><Bar /><Text server={server.clone()} name="a" /><Text server={server.clone()} name="b" /></>
    });
    let page = page.await;
    assert_eq!(page.text(), "1");
    server.ok(server.newest("b"), "B").await;
    assert_eq!(page.text(), "1B");
    server.ok(server.newest("a"), "A").await;
    assert_eq!(page.text(), "0AB");
    page.client.invalidate(query_key!["text"]);
    settle().await;
    assert_eq!(page.text(), "1AB");
}

#[derive(PartialEq, Properties)]
struct ByHandProps {
    client: QueryClient,
    server: Server,
}

#[component]
fn ByHand(props: &ByHandProps) -> Html {
    html! {
        <QueryClientProvider client={props.client.clone()} browser_news=false>
            <Text server={props.server.clone()} name="a" />
        </QueryClientProvider>
    }
}

#[test]
async fn an_application_that_knows_better_tells_the_cache_of_the_network() {
    let (server, client) = (Server::default(), QueryClient::new(QueryDefaults::default()));
    client.set_online(false);
    let page = Mounted::new(html! { <ByHand client={client.clone()} server={server.clone()} /> }).await;
    assert_eq!(page.text(), "paused");
    let window = web_sys::window().expect("a window");
    window.dispatch_event(&Event::new("online").expect("an event")).expect("it can be sent");
    settle().await;
    assert_eq!((server.count(), client.is_online()), (0, false), "the browser is not asked");
    client.set_online(true);
    settle().await;
    assert_eq!(server.count(), 1);
    client.set_focused(false);
    assert!(!client.is_focused());
}

#[test]
async fn a_clock_that_is_set_back_stops_no_interval() {
    let server = Server::default();
    let client = QueryClient::new(QueryDefaults::default());
    let real = js_sys::eval("Date.now").expect("a function");
    // An hour back, from now on.
    js_sys::eval("{ const real = Date.now; Date.now = () => real.call(Date) - 3600000; }")
        .expect("it can be set");
    let before = client.clone();
    let fetched = Rc::new(std::cell::Cell::new(false));
    let done = Rc::clone(&fetched);
    let query = {
        let server = server.clone();
        Query::<String, Broken>::new(query_key!["text"], move |context| server.fetch(context, "text"))
    };
    client.set_data(&query_key!["text"], String::from("old"));
    gloo_timers::future::TimeoutFuture::new(20).await;
    let fetch = before.fetch(query.stale_time(Duration::from_millis(10)));
    wasm_bindgen_futures::spawn_local(async move {
        done.set(fetch.await.is_ok());
    });
    settle().await;
    let count = server.count();
    js_sys::Reflect::set(&js_sys::eval("Date").expect("a class"), &"now".into(), &real)
        .expect("it can be set");
    assert_eq!(count, 1, "ten milliseconds have passed, whatever the clock says");
    server.ok(0, "new").await;
    assert!(fetched.get());
}

/// How long half a second of writes took, by the clock of the cache and by that of the browser.
fn half_a_second_of_writes() -> (Duration, Duration) {
    let clock = web_sys::window().and_then(|window| window.performance()).expect("a clock");
    let (client, key) = (QueryClient::new(QueryDefaults::default()), query_key!["count"]);
    let mut count = 0_u32;
    let mut write = || {
        count += 1;
        client.set_data(&key, count);
        client.inspect(&key)[0].updated_at.expect("it was written")
    };
    let (start, began) = (write(), clock.now());
    let passed = || Duration::from_secs_f64((clock.now() - began) / 1_000.0);
    let mut end = start;
    while passed() < Duration::from_millis(500) {
        end = write();
    }
    (end.since(start), passed())
}

#[test]
async fn the_clock_of_the_cache_goes_as_fast_as_that_of_the_browser() {
    let (of_cache, of_browser) = half_a_second_of_writes();
    let apart = of_cache.abs_diff(of_browser);
    assert!(apart < Duration::from_millis(10), "{of_cache:?} by the cache in {of_browser:?}");
}
