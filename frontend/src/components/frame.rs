//! The frame of every page: brand, navigation, theme, and the landmark for the content.

use yew::prelude::*;

use super::{
    account::Account,
    click::on_click,
    conflict_dialog::ConflictDialog,
    icon::{Glyph, icon},
    offline_banner::OfflineBanner,
    refused_changes::RefusedChanges,
};
use crate::{
    hooks::theme::{Theme, use_theme},
    route::{Route, router::Link, view::TodosView},
};

/// Properties of [`Frame`].
#[derive(Properties, PartialEq)]
pub(crate) struct FrameProps {
    /// The current page.
    pub(crate) route: Route,
    /// The page's content.
    pub(crate) children: Html,
}

/// Top bar (on phones a tab bar below) and page.
#[component]
pub(crate) fn Frame(props: &FrameProps) -> Html {
    let FrameProps { route, children } = props;
    let (theme, toggle_theme) = use_theme();
    let (theme_label, theme_glyph) = match theme {
        Theme::Light => ("Switch to dark theme", Glyph::Moon),
        Theme::Dark => ("Switch to light theme", Glyph::Sun),
    };
    // A todo is part of the list's section without being the page that the tab leads to.
    let (in_overview, in_todos) = match route {
        Route::Overview => (Some("page"), None),
        Route::Todos(_) => (None, Some("page")),
        Route::Todo(_) => (None, Some("true")),
        Route::Sessions | Route::SignIn(_) | Route::NotFound => (None, None),
    };
    html! {
        <>
            <header class="topbar">
                <div class="topbar__inner wrap">
                    <Link to={Route::Overview} class="brand">{ brand_mark() }{ "Todos" }</Link>
                    <nav class="tabs" aria-label="Main">
                        <Link to={Route::Overview} class="tab" current={in_overview}>
                            { icon(Glyph::Overview) }{ "Overview" }
                        </Link>
                        <Link to={Route::Todos(TodosView::default())} class="tab" current={in_todos}>
                            { icon(Glyph::List) }{ "Todos" }
                        </Link>
                    </nav>
                    <Account route={route.clone()} />
                    <button type="button" class="icon-button topbar__theme" aria-label={theme_label} title={theme_label}
                        onclick={on_click(&toggle_theme)}>
                        { icon(theme_glyph) }
                    </button>
                </div>
            </header>
            <ConflictDialog />
            <main id="main" class="page wrap" tabindex="-1">
                <OfflineBanner />
                <RefusedChanges />
                { children.clone() }
            </main>
        </>
    }
}

/// The mark of the app, as in its icon.
pub(crate) fn brand_mark() -> Html {
    html! {
        <svg class="brand__mark" viewBox="0 0 28 28" aria-hidden="true">
            <rect width="28" height="28" rx="8" />
            <path class="brand__tick" d="m8 14.5 4 4 8-9" />
        </svg>
    }
}
