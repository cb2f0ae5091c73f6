//! The frame of every page: the bar, the landmark for the content, and the dialogs that can be called from everywhere.

use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::{bar::Bar, composer::NEW_TODO};
use crate::{
    app_context::{PaletteAction, Part, use_parts},
    dom,
    hooks::{theme::use_theme, use_event, use_keydown},
    route::{Route, router::go_to_part, view::TodosView},
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

/// Bar, page and dialogs.
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
    let on_palette = {
        let dialog = dialog.clone();
        use_event(move |()| dialog.set(Some(Dialog::Palette)))
    };
    html! {
        <>
            <Bar route={route.clone()} {theme} {on_palette} on_theme={toggle_theme} />
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
