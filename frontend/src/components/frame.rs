//! The frame of every page: brand, navigation, theme, and the landmark for the content.

use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::{
    account::Account,
    click::on_click,
    composer::NEW_TODO,
    icon::{Glyph, icon},
};
use crate::{
    app_context::{PaletteAction, Part, use_parts},
    dom,
    hooks::{
        theme::{Theme, use_theme},
        use_event, use_keydown,
    },
    route::{
        Route,
        router::{Link, go_to_part},
        view::TodosView,
    },
};

/// Properties of [`Frame`].
#[derive(Properties, PartialEq)]
pub(crate) struct FrameProps {
    /// The current page.
    pub(crate) route: Route,
    /// Whether a part of the app could not be loaded yet.
    pub(crate) is_incomplete: bool,
    /// The page's content.
    pub(crate) children: Html,
}

/// Top bar (on phones a tab bar below) and page.
#[component]
pub(crate) fn Frame(props: &FrameProps) -> Html {
    let FrameProps { route, is_incomplete, children } = props;
    let parts = use_parts();
    let (theme, toggle_theme) = use_theme();
    let dialog = use_state_eq(|| None::<Dialog>);
    let on_close = {
        let dialog = dialog.clone();
        use_event(move |()| dialog.set(None))
    };
    let on_action = {
        let (dialog, toggle_theme) = (dialog.clone(), toggle_theme.clone());
        use_event(move |action: PaletteAction| match action {
            PaletteAction::NewTodo => begin_todo(),
            PaletteAction::Theme => toggle_theme.emit(()),
            PaletteAction::Shortcuts => dialog.set(Some(Dialog::Shortcuts)),
        })
    };
    {
        let dialog = dialog.clone();
        use_keydown(move |event: KeyboardEvent| {
            let with_control = (event.ctrl_key() || event.meta_key()) && !event.alt_key();
            let plain = !with_control && !event.alt_key() && !dom::is_text_field(event.target());
            match event.key().as_str() {
                "k" if with_control => dialog.set(Some(Dialog::Palette)),
                // Asked for, and its code is still on its way.
                "Escape" if dialog.is_some() && !parts.are_loaded() => dialog.set(None),
                _ if dom::is_dialog_open() => return,
                "?" if plain => dialog.set(Some(Dialog::Shortcuts)),
                "n" if plain => begin_todo(),
                _ => return,
            }
            event.prevent_default();
        });
    }
    let open_palette = {
        let dialog = dialog.clone();
        move |_: MouseEvent| dialog.set(Some(Dialog::Palette))
    };
    let (theme_label, theme_glyph) = match theme {
        Theme::Light => ("Switch to dark theme", Glyph::Moon),
        Theme::Dark => ("Switch to light theme", Glyph::Sun),
    };
    // A todo is part of the list's section without being the page that the tab leads to.
    let (in_overview, in_todos) = match route {
        Route::Overview => (Some("page"), None),
        Route::Todos(_) => (None, Some("page")),
        Route::Todo(_) => (None, Some("true")),
        Route::Sessions | Route::History | Route::SignIn(_) | Route::NotFound => (None, None),
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
                    <button type="button" class="icon-button topbar__search" aria-label="Commands and search" title="Commands and search"
                        aria-keyshortcuts="Control+K" onclick={open_palette}>
                        { icon(Glyph::Search) }
                    </button>
                    <Account route={route.clone()} />
                    <button type="button" class="icon-button topbar__theme" aria-label={theme_label} title={theme_label}
                        onclick={on_click(&toggle_theme)}>
                        { icon(theme_glyph) }
                    </button>
                </div>
            </header>
            <main id="main" class="page wrap" tabindex="-1">
                <div class="slot" role="status">
                    if *is_incomplete {
                        <p class="notice notice--alone">
                            { "A part of the app cannot be loaded at the moment. What you change waits for it." }
                            // The server may have a newer app, which has no such part.
                            <a class="button" href="">{ "Reload" }</a>
                        </p>
                    }
                </div>
                <div class="notices">{ parts.show(Part::Notices) }</div>
                { children.clone() }
            </main>
            if let Some(dialog) = *dialog {
                <div>
                    { parts.show(match dialog {
                        Dialog::Palette => Part::Palette { on_close, on_action },
                        Dialog::Shortcuts => Part::Shortcuts(on_close),
                    }) }
                </div>
            }
        </>
    }
}

/// A dialog that can be called from every page.
#[derive(Clone, Copy, PartialEq)]
enum Dialog {
    Palette,
    Shortcuts,
}

/// Moves the focus to the form for a new todo, and to its page first where that is another one.
fn begin_todo() {
    if !dom::focus(NEW_TODO) {
        go_to_part(&Route::Todos(TodosView::default()), NEW_TODO);
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
