//! The keys of the app, in a dialog.

use yew::prelude::*;

use super::modal::Modal;

/// Every key and what it does. What a page's own keys are is said where they work.
const KEYS: [(&str, &str); 11] = [
    ("Ctrl K", "Commands and search"),
    ("?", "These keys"),
    ("n", "New todo"),
    ("/", "Search todos"),
    ("j", "Next todo"),
    ("k", "Previous todo"),
    ("Enter", "Open the todo"),
    ("x", "Select the todo; Shift and click for all up to one"),
    ("e", "Edit the todo"),
    ("Del", "Delete the todo, or all that are selected"),
    ("Ctrl Z", "Undo the last deletion"),
];

/// Properties of [`Shortcuts`].
#[derive(Properties, PartialEq)]
pub(crate) struct ShortcutsProps {
    /// Called when the dialog has been closed.
    pub(crate) on_close: Callback<()>,
}

/// A list of the keys.
#[component]
pub(crate) fn Shortcuts(props: &ShortcutsProps) -> Html {
    html! {
        <Modal label="Keyboard shortcuts" on_close={props.on_close.clone()}>
            <h2>{ "Keyboard shortcuts" }</h2>
            <dl class="shortcuts">
                for (keys, meaning) in KEYS {
                    <div key={keys} class="shortcuts__line">
                        <dt>for key in keys.split(' ') { <kbd key={key} class="kbd">{ key }</kbd> }</dt>
                        <dd>{ meaning }</dd>
                    </div>
                }
            </dl>
            <form method="dialog"><button class="button">{ "Close" }</button></form>
        </Modal>
    }
}
