//! The code that the first page does without: where it begins, and when it is loaded.
//!
//! A release is split at [`parts`]: what can be reached only through it is in a file of its own. A build for development is
//! one file, in which the parts are there at once.

use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_futures::spawn_local;
use wasm_split_helpers::SplitLoaderError;
use yew::prelude::*;

use crate::{
    app_context::{Part, Parts},
    components::{
        background::Background, notices::Notices, palette::Palette, shortcuts::Shortcuts,
        text_editor::TextEditor, toast_shelf::ToastShelf,
    },
    pages::{BulkBar, HistoryPage, NotFound, SavedViews, SessionsPage, SignInPage, TodoPage},
    route::Route,
};

/// Milliseconds that a first page has for its own requests before it loads the rest.
const HEAD_START: u32 = 200;

/// Milliseconds until a failed attempt is repeated; twice as many after each.
const FIRST_PAUSE: u32 = 1_000;
const LONGEST_PAUSE: u32 = 30_000;

/// Where the split is: this comes out of the other file.
#[cfg(split)]
#[wasm_split_helpers::wasm_split(parts, fallible)]
fn parts() -> Result<fn(Part) -> Html, SplitLoaderError> {
    Ok(render)
}

#[cfg(not(split))]
async fn parts() -> Result<fn(Part) -> Html, SplitLoaderError> {
    Ok(render)
}

/// The parts, and how many attempts to load them have failed. Who waits for one at the start has them loaded at once.
#[hook]
pub(crate) fn use_loaded_parts(is_needed: bool) -> (Parts, u32) {
    let parts = use_state_eq(Parts::default);
    let failures = use_state_eq(|| 0_u32);
    {
        let (parts, failures) = (parts.clone(), failures.clone());
        use_effect_with((), move |()| {
            let head_start = if is_needed { 0 } else { HEAD_START };
            spawn_local(async move {
                TimeoutFuture::new(head_start).await;
                parts.set(Parts::loaded(load(&failures).await));
            });
        });
    }
    (*parts, *failures)
}

/// Loads the parts, however often it takes. The browser's console says why it failed.
async fn load(failures: &UseStateHandle<u32>) -> fn(Part) -> Html {
    let (mut count, mut pause) = (0, FIRST_PAUSE);
    loop {
        if let Ok(render) = parts().await {
            return render;
        }
        count += 1;
        failures.set(count);
        TimeoutFuture::new(pause).await;
        pause = LONGEST_PAUSE.min(2 * pause);
    }
}

/// A part's place in the page.
fn render(part: Part) -> Html {
    match part {
        Part::Background { on_hidden } => html! { <Background {on_hidden} /> },
        Part::Notices => html! { <Notices /> },
        Part::ToastShelf(shown, toasts) => html! { <ToastShelf {shown} {toasts} /> },
        Part::Page(route) => page(&route),
        Part::Palette { on_close, on_action } => html! { <Palette {on_close} {on_action} /> },
        Part::Shortcuts(on_close) => html! { <Shortcuts {on_close} /> },
        Part::SavedViews(view, on_view) => html! { <SavedViews {view} {on_view} /> },
        Part::BulkBar { count, of, people, on_all, on_bulk } => {
            html! { <BulkBar {count} {of} {people} {on_all} {on_bulk} /> }
        }
        Part::TextEditor { todo, on_save, on_close } => {
            html! { <TextEditor {todo} {on_save} {on_close} /> }
        }
    }
}

fn page(route: &Route) -> Html {
    match route {
        // The key: another todo is another page, with its own editor.
        Route::Todo(id) => html! { <TodoPage key={*id} id={*id} /> },
        Route::Sessions => html! { <SessionsPage /> },
        Route::History => html! { <HistoryPage /> },
        Route::SignIn(return_url) => html! { <SignInPage return_url={return_url.clone()} /> },
        Route::Overview | Route::Todos(_) | Route::NotFound => html! {
            <NotFound title="Page not found" text="There is nothing at this address. The link may be old, or mistyped." />
        },
    }
}
