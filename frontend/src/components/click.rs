//! Click handlers that do not need the event.

use yew::prelude::*;

/// Runs `run` on a click. One closure for all buttons: each other one would be compiled with a table of its own.
pub(crate) fn on_click(run: &Callback<()>) -> Callback<MouseEvent> {
    run.reform(|_| ())
}
