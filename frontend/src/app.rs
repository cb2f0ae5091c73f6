//! The app: the surroundings of every page, and the choice of the page.

use query_yew::{QueryClient, QueryClientProvider, QueryDefaults};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    api::ApiError,
    app_context::{AppContext, Changes, Part, use_shown_toasts},
    components::{
        bar::brand_mark,
        frame::Frame,
        heading::{HEADING, use_title},
        later::Later,
        skeleton::{Progress, RowBones, Skeleton},
    },
    dom,
    hooks::{use_event, use_kept_scroll, use_window_event},
    pages::{OverviewPage, TodosPage},
    parts::use_loaded_parts,
    queries::{forget_first_reads, take_first_session, take_first_todos, take_first_users},
    route::{
        Route,
        router::{part, use_route},
    },
};

/// Properties of [`App`].
#[derive(Properties, PartialEq)]
pub(crate) struct AppProps {
    /// The cache.
    pub(crate) client: QueryClient,
}

/// The whole dashboard: the current page in its frame. After a navigation its heading takes the focus. So keyboard and screen
/// reader go on at the top of the new page, as they would after a page load.
#[component]
pub(crate) fn App(props: &AppProps) -> Html {
    let client = &props.client;
    let route = use_route();
    let is_later = !matches!(route, Route::Overview | Route::Todos(_));
    let (parts, failures) = use_loaded_parts(is_later);
    let is_there = parts.are_loaded() || !is_later;
    let begun = use_begun(client);
    use_kept_scroll(begun);
    {
        let last = use_mut_ref(|| None::<Route>);
        let awaited = use_mut_ref(|| false);
        use_effect_with((route.clone(), is_there), move |(route, is_there)| {
            let last = last.borrow_mut().replace(route.clone());
            let moved = last.is_some_and(|last| !last.same_page(route));
            // A page whose code is still on its way takes the focus when it comes, if nothing else has it by then.
            let moved = (awaited.replace(false) && dom::is_focus_free()) || moved;
            *awaited.borrow_mut() = moved && !is_there;
            let by_address = || part().is_some_and(|id| dom::focus(&id));
            if moved && !by_address() && !dom::focus_quietly(HEADING) {
                dom::focus_quietly("main");
            }
        });
    }
    // One todo names its page itself, once it is there.
    use_title(match &route {
        Route::Overview => Some(AttrValue::Static("Overview")),
        Route::Todos(_) => Some(AttrValue::Static("Todos")),
        Route::Todo(_) => None,
        Route::Sessions => Some(AttrValue::Static("Your sessions")),
        Route::History => Some(AttrValue::Static("History")),
        Route::SignIn(_) => Some(AttrValue::Static("Sign in")),
        Route::NotFound => Some(AttrValue::Static("Page not found")),
    });
    let page = match &route {
        // What index.html shows.
        _ if !begun => html! {
            <div class="page__body" aria-busy="true">
                <span class="bone bone--title"></span>
                <span class="bone bone--panel"></span>
                <span class="bone bone--panel"></span>
            </div>
        },
        Route::Overview => html! { <OverviewPage /> },
        Route::Todos(view) => html! { <TodosPage view={view.clone()} /> },
        other if is_there => parts.show(Part::Page(other.clone())),
        _ => html! {
            <Skeleton label="Loading…" progress={Progress::after(failures)}><RowBones count={3} /></Skeleton>
        },
    };
    let (shown, toasts) = use_shown_toasts();
    let changes = use_state_eq(Changes::new);
    let on_hidden = {
        let changes = changes.clone();
        use_event(move |hidden| changes.set(changes.hiding(hidden)))
    };
    {
        let changes = changes.clone();
        let on_leave = use_event(move |event: web_sys::Event| {
            if changes.are_waiting() {
                event.prevent_default();
            }
        });
        use_window_event("beforeunload", on_leave);
    }
    let around = AppContext {
        toasts: Some(toasts.clone()),
        changes: (*changes).clone(),
        parts,
        ..AppContext::default()
    };
    html! {
        <QueryClientProvider client={client.clone()}>
            <ContextProvider<AppContext> context={around}>
                <Later before={before_frame(&page)}>
                    <Frame {route} is_incomplete={failures > 0 && !parts.are_loaded()}>{ page }</Frame>
                </Later>
                { parts.show(Part::Background { on_hidden }) }
            </ContextProvider<AppContext>>
            <div>{ parts.show(Part::ToastShelf(shown, toasts)) }</div>
        </QueryClientProvider>
    }
}

/// Like what index.html shows.
fn before_frame(page: &Html) -> Html {
    html! {
        <>
            <header class="topbar">
                <div class="topbar__inner wrap"><span class="brand">{ brand_mark() }{ "Todos" }</span></div>
            </header>
            <main id="main" class="page wrap" tabindex="-1">{ page.clone() }</main>
        </>
    }
}

/// Whether the page can be rendered. The frame comes first, then what came with the page is read, list by list, each in a task
/// of its own. All at once would hold a slow device up for long.
#[hook]
fn use_begun(client: &QueryClient) -> bool {
    let begun = use_state_eq(|| false);
    {
        let (begun, client) = (begun.clone(), client.clone());
        use_effect_with((), move |()| {
            spawn_local(async move {
                dom::next_task().await;
                take_first_todos(&client);
                dom::next_task().await;
                take_first_users(&client);
                dom::next_task().await;
                begun.set(true);
                // By then the page has asked for what it shows.
                dom::next_task().await;
                forget_first_reads();
            });
        });
    }
    *begun
}

/// A cache with the session that came with the page.
pub(crate) fn client() -> QueryClient {
    let client = QueryClient::new(QueryDefaults::default().verdict(ApiError::retry));
    take_first_session(&client);
    client
}
