//! What a page leaves behind once it is gone: nothing.

use std::rc::Rc;
use std::time::Duration;

use query_yew::{
    BoundaryFault, Filter, InfiniteQuery, Mutation, MutationFilter, Query, QueryBoundary, query_key,
    use_infinite_query, use_is_fetching_of, use_is_mutating, use_mutation, use_query, use_query_select,
    use_suspense_query,
};
use wasm_bindgen_test::wasm_bindgen_test as test;
use yew::prelude::*;

use crate::stage::{Broken, Log, Mounted, Server, settle};

/// What the closures of a page have in common.
#[derive(Default, PartialEq)]
struct Source {
    server: Server,
    log: Log,
}

impl Source {
    fn is_asked(&self) -> bool {
        self.server.count() > 0
    }
}

#[derive(PartialEq, Properties)]
struct PartProps {
    source: Rc<Source>,
}

fn text(source: &Rc<Source>) -> Query<String, Broken> {
    let source = Rc::clone(source);
    Query::new(query_key!["text"], move |context| source.server.fetch(context, "text"))
}

#[component]
fn Shown(props: &PartProps) -> Html {
    let source = Rc::clone(&props.source);
    let choose = move |_: &_| source.is_asked().then_some(Duration::from_secs(3600));
    let result = use_query(text(&props.source).refetch_interval_by(choose));
    html! { <p onclick={result.refetch.reform(|_| ())}>{ result.data.as_deref().cloned() }</p> }
}

#[component]
fn Selected(props: &PartProps) -> Html {
    let source = Rc::clone(&props.source);
    let selected = use_query_select(text(&props.source), move |result| {
        (result.data.clone().filter(|_| source.is_asked()), result.refetch.clone())
    });
    let (data, refetch) = &*selected;
    html! { <p onclick={refetch.reform(|_| ())}>{ data.as_deref().cloned() }</p> }
}

#[component]
fn Paged(props: &PartProps) -> Html {
    let (source, next) = (Rc::clone(&props.source), Rc::clone(&props.source));
    let query = InfiniteQuery::<u32, String, Broken>::new(
        query_key!["feed"],
        0,
        move |context, _| source.server.fetch(context, "feed"),
        move |_| next.is_asked().then_some(1),
    );
    let result = use_infinite_query(query);
    html! { <p onclick={result.fetch_next.reform(|_| ())}>{ result.query.data.is_some() }</p> }
}

#[component]
fn Saved(props: &PartProps) -> Html {
    let (source, told) = (Rc::clone(&props.source), Rc::clone(&props.source));
    let mutation =
        Mutation::<String, String, Broken>::new(move |input: String| source.server.receive(&input, None))
            .on_success(move |_, data| told.log.add(data.clone()));
    let handle = use_mutation(mutation);
    let begun = handle.clone();
    use_effect_with((), move |()| begun.mutate(String::from("new")));
    html! { <p>{ handle.pending }</p> }
}

#[component]
fn Counted(props: &PartProps) -> Html {
    let (source, other) = (Rc::clone(&props.source), Rc::clone(&props.source));
    let fetching = use_is_fetching_of(Filter::all().predicate(move |_| source.is_asked()));
    let mutating = use_is_mutating(MutationFilter::all().predicate(move |_| other.is_asked()));
    html! { <><Shown source={Rc::clone(&props.source)} /><p>{ fetching + mutating }</p></> }
}

#[component]
fn Awaited(props: &PartProps) -> HtmlResult {
    let result = use_suspense_query(text(&props.source))?;
    Ok(html! { <p>{ &*result.data }</p> })
}

/// A component that has its closures from a source.
type Part = fn(Rc<Source>) -> Html;

/// Shows a part until it has its answer, and takes the page away.
async fn come_and_go(source: &Rc<Source>, part: Html) {
    let failed = Callback::from(|_: BoundaryFault| Html::default());
    let mounted = Mounted::new(html! { <QueryBoundary {failed}>{ part }</QueryBoundary> }).await;
    source.server.ok(0, "answer").await;
    settle().await;
    drop(mounted);
    settle().await;
    settle().await;
}

#[test]
async fn a_page_that_is_gone_leaves_no_closure_behind() {
    let parts: [(&str, Part); 6] = [
        ("use_query", |source| html! { <Shown {source} /> }),
        ("use_query_select", |source| html! { <Selected {source} /> }),
        ("use_infinite_query", |source| html! { <Paged {source} /> }),
        ("use_mutation", |source| html! { <Saved {source} /> }),
        ("use_is_fetching_of and use_is_mutating", |source| html! { <Counted {source} /> }),
        ("use_suspense_query", |source| html! { <Awaited {source} /> }),
    ];
    for (hook, part) in parts {
        let source = Rc::new(Source::default());
        come_and_go(&source, part(Rc::clone(&source))).await;
        assert_eq!(Rc::strong_count(&source), 1, "{hook} keeps what its closures hold");
    }
}
