//! The app: the surroundings of every page, and the choice of the page.

use query_yew::{NetworkMode, QueryClient, QueryClientProvider, QueryDefaults, query_key};
use yew::prelude::*;

use crate::{
    api::ApiError,
    app_context::{AppContext, provide},
    components::{
        frame::frame,
        heading::{HEADING, use_title},
        toast_shelf::use_toast_shelf,
        undo_delete::UndoDeleteProvider,
    },
    dom,
    hooks::{theme::use_theme, use_effect_on},
    pages::{not_found, overview_page, sessions_page, sign_in_page, todo_page, todos_page},
    route::{Route, router::use_route},
};

/// The whole dashboard: the current page in its frame. After a navigation its heading takes the focus, so that
/// keyboard and screen reader go on at the top of the new page, as they would after a page load.
#[component]
pub fn App() -> Html {
    let route = use_route();
    let (theme, toggle_theme) = use_theme();
    {
        let last = use_mut_ref(|| None::<Route>);
        use_effect_on(route.clone(), move |route| {
            let last = last.borrow_mut().replace(route.clone());
            let moved = last.is_some_and(|last| !last.same_page(route));
            if moved && !dom::focus_quietly(HEADING) {
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
        Route::SignIn(_) => Some(AttrValue::Static("Sign in")),
        Route::NotFound => Some(AttrValue::Static("Page not found")),
    });
    let page = match &route {
        Route::Overview => overview_page(),
        Route::Todos(view) => todos_page(view),
        Route::Todo(id) => todo_page(*id),
        Route::Sessions => sessions_page(),
        Route::SignIn(return_url) => sign_in_page(return_url.clone()),
        Route::NotFound => not_found(
            "Page not found",
            "There is nothing at this address. The link may be old, or mistyped.",
            Html::default(),
        ),
    };
    let client = use_memo((), |()| client());
    let (toasts, shelf) = use_toast_shelf();
    let around = AppContext { toasts: Some(toasts), ..AppContext::default() };
    html! {
        <QueryClientProvider client={(*client).clone()}>
            { provide(around, html! { <UndoDeleteProvider>{ frame(&route, theme, &toggle_theme, page) }</UndoDeleteProvider> }) }
            { shelf }
        </QueryClientProvider>
    }
}

/// The cache. A change that is made offline fails at once, and says so: nobody would see that it waits.
fn client() -> QueryClient {
    let client = QueryClient::new(QueryDefaults::default().verdict(ApiError::retry));
    client.set_mutation_defaults(&query_key![], |options| options.network_mode(NetworkMode::Always));
    client
}
