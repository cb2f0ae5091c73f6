//! The app: the surroundings of every page, and the choice of the page.

use query_yew::{QueryClient, QueryClientProvider, QueryDefaults};
use yew::prelude::*;

use crate::{
    api::ApiError,
    app_context::{AppContext, use_shown_toasts},
    components::{
        frame::Frame,
        heading::{HEADING, use_title},
        toast_shelf::ToastShelf,
        undo_delete::UndoDeleteProvider,
    },
    dom,
    pages::{HistoryPage, NotFound, OverviewPage, SessionsPage, SignInPage, TodoPage, TodosPage},
    queries::{keep_changes, take_first_reads},
    route::{
        Route,
        router::{part, use_route},
    },
};

/// The whole dashboard: the current page in its frame. After a navigation its heading takes the focus, so that
/// keyboard and screen reader go on at the top of the new page, as they would after a page load.
#[component]
pub fn App() -> Html {
    let route = use_route();
    {
        let last = use_mut_ref(|| None::<Route>);
        use_effect_with(route.clone(), move |route| {
            let last = last.borrow_mut().replace(route.clone());
            let moved = last.is_some_and(|last| !last.same_page(route));
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
        Route::Overview => html! { <OverviewPage /> },
        Route::Todos(view) => html! { <TodosPage view={view.clone()} /> },
        // The key: another todo is another page, with its own editor.
        Route::Todo(id) => html! { <TodoPage key={*id} id={*id} /> },
        Route::Sessions => html! { <SessionsPage /> },
        Route::History => html! { <HistoryPage /> },
        Route::SignIn(return_url) => html! { <SignInPage return_url={return_url.clone()} /> },
        Route::NotFound => html! {
            <NotFound title="Page not found" text="There is nothing at this address. The link may be old, or mistyped." />
        },
    };
    let client = use_memo((), |()| client());
    let (shown, toasts) = use_shown_toasts();
    let around = AppContext { toasts: Some(toasts.clone()), ..AppContext::default() };
    html! {
        <QueryClientProvider client={(*client).clone()}>
            <ContextProvider<AppContext> context={around}>
                <UndoDeleteProvider><Frame {route}>{ page }</Frame></UndoDeleteProvider>
            </ContextProvider<AppContext>>
            <ToastShelf {shown} {toasts} />
        </QueryClientProvider>
    }
}

/// The cache, with the data that came with the page.
fn client() -> QueryClient {
    let client = QueryClient::new(QueryDefaults::default().verdict(ApiError::retry));
    keep_changes(&client);
    take_first_reads(&client);
    client
}
