//! The bar at the top of every page: brand, navigation, commands, account and theme.

use yew::prelude::*;

use super::{
    account::Account,
    click::on_click,
    icon::{Glyph, icon},
    later::Later,
};
use crate::{
    hooks::theme::Theme,
    route::{Route, router::Link, view::TodosView},
};

/// Properties of [`Bar`].
#[derive(Properties, PartialEq)]
pub(crate) struct BarProps {
    /// The current page.
    pub(crate) route: Route,
    /// The theme in use.
    pub(crate) theme: Theme,
    /// Called to open the palette.
    pub(crate) on_palette: Callback<()>,
    /// Called to switch the theme.
    pub(crate) on_theme: Callback<()>,
}

/// Brand and controls. On phones the navigation is a bar of its own below the page.
#[component]
pub(crate) fn Bar(props: &BarProps) -> Html {
    let BarProps { route, theme, on_palette, on_theme } = props;
    html! {
        <header class="topbar">
            <div class="topbar__inner wrap">
                <Link to={Route::Overview} class="brand">{ brand_mark() }{ "Todos" }</Link>
                <Later before={Html::default()}>
                    { navigation(route) }
                    <button type="button" class="icon-button topbar__search" aria-label="Commands and search" title="Commands and search"
                        aria-keyshortcuts="Control+K" onclick={on_click(on_palette)}>
                        { icon(Glyph::Search) }
                    </button>
                    <Account route={route.clone()} />
                    { theme_button(*theme, on_theme) }
                </Later>
            </div>
        </header>
    }
}

fn navigation(route: &Route) -> Html {
    // A todo is part of the list's section without being the page that the tab leads to.
    let (in_overview, in_todos) = match route {
        Route::Overview => (Some("page"), None),
        Route::Todos(_) => (None, Some("page")),
        Route::Todo(_) => (None, Some("true")),
        Route::Sessions | Route::History | Route::SignIn(_) | Route::NotFound => (None, None),
    };
    html! {
        <nav class="tabs" aria-label="Main">
            <Link to={Route::Overview} class="tab" current={in_overview}>
                { icon(Glyph::Overview) }{ "Overview" }
            </Link>
            <Link to={Route::Todos(TodosView::default())} class="tab" current={in_todos}>
                { icon(Glyph::List) }{ "Todos" }
            </Link>
        </nav>
    }
}

fn theme_button(theme: Theme, on_theme: &Callback<()>) -> Html {
    let (label, glyph) = match theme {
        Theme::Light => ("Switch to dark theme", Glyph::Moon),
        Theme::Dark => ("Switch to light theme", Glyph::Sun),
    };
    html! {
        <button type="button" class="icon-button topbar__theme" aria-label={label} title={label} onclick={on_click(on_theme)}>
            { icon(glyph) }
        </button>
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
