//! The panel: a button at the edge of the page, and behind it the list of queries and the one that was chosen.

use std::rc::Rc;

use gloo_timers::callback::Interval;
use query_core::{Filter, MutationFilter, QueryKey, Shapes};
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, InputEvent};
use yew::prelude::*;

use super::detail::detail;
use super::fetch_log::FetchLog;
use super::style::use_style;
use super::table::{mutations, queries};
use crate::hooks::use_mutation_states;
use crate::hooks::use_query_client;

/// How often an open panel looks again, in milliseconds: its ages are in seconds. What changes is shown at once.
const REFRESH: u32 = 500;

/// See [`QueryDevtools`].
#[derive(Clone, Debug, Default, PartialEq, Properties)]
pub struct QueryDevtoolsProps {
    /// The types of data, so that it can be shown. Of other data the type is shown.
    #[prop_or_default]
    pub shapes: Rc<Shapes>,
    /// Whether it is open at first.
    #[prop_or_default]
    pub open: bool,
}

/// The cache around it at work: queries, the data and fetches of the chosen one, changes under way. Buttons act on each, clear
/// the cache, and pretend that there is no network.
///
/// It brings its own style, in a way that a strict content security policy allows.
#[component]
pub fn QueryDevtools(props: &QueryDevtoolsProps) -> Html {
    let client = use_query_client();
    let open = use_state_eq(|| props.open);
    let search = use_state_eq(String::new);
    let chosen = use_state_eq(|| None::<QueryKey>);
    let update = use_force_update();
    let log = {
        let update = update.clone();
        use_memo(client.clone(), move |client| FetchLog::new(client, move || update.force_update()))
    };
    let running = use_mutation_states(MutationFilter::all());
    use_style();
    use_effect_with(*open, move |open| {
        let interval = open.then(|| Interval::new(REFRESH, move || update.force_update()));
        move || drop(interval)
    });
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    if !*open {
        return html! {
            <aside class="query-devtools" aria-label="Query devtools">
                <button type="button" class="query-devtools-open" aria-expanded="false" onclick={toggle}>
                    { "Queries" }
                </button>
            </aside>
        };
    }
    let now = client.runtime().now();
    let all = client.inspect(Filter::all());
    let shown = all.iter().filter(|query| format!("{:?}", query.key).contains(search.as_str()));
    let query = chosen.as_ref().and_then(|key| all.iter().find(|query| query.key == *key));
    let on_search = {
        let search = search.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
            {
                search.set(input.value());
            }
        })
    };
    let choose = {
        let chosen = chosen.clone();
        Callback::from(move |key| chosen.set(Some(key)))
    };
    let online = client.is_online();
    let switch = {
        let client = client.clone();
        Callback::from(move |_: MouseEvent| client.set_online(!online))
    };
    let clear = {
        let client = client.clone();
        Callback::from(move |_: MouseEvent| client.clear())
    };
    html! {
        <aside class="query-devtools query-devtools--open" aria-label="Query devtools">
            <header>
                <strong>{ "Queries" }</strong>
                <input type="search" placeholder="Filter by key" aria-label="Filter by key" value={(*search).clone()}
                    oninput={on_search} />
                <button type="button" aria-pressed={(!online).to_string()} onclick={switch}>
                    { if online { "Go offline" } else { "Go online" } }
                </button>
                <button type="button" onclick={clear}>{ "Clear all" }</button>
                <button type="button" aria-expanded="true" onclick={toggle}>{ "Close" }</button>
            </header>
            <div class="query-devtools-body">
                <div class="query-devtools-lists">
                    { queries(shown, chosen.as_ref(), &choose, now) }
                    { mutations(&client, &running, now) }
                </div>
                if let Some(query) = query { { detail(&client, query, &props.shapes, &log, now) } }
            </div>
        </aside>
    }
}
