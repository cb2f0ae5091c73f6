//! Skeletons: bones in the shape of the content that is being loaded.

use yew::prelude::*;

/// The loading state of a section. `label` is for screen readers. After a first failure a notice says that it takes
/// longer, and whether the server has asked for that.
pub(crate) fn skeleton(label: &'static str, failures: u32, held_off: bool, bones: Html) -> Html {
    const NOTICE: &str = "notice notice--alone";
    let (class, text) = match failures {
        _ if held_off => {
            (NOTICE, "Too many requests. The server asks for a short break, then this goes on by itself.")
        }
        0 => ("visually-hidden", label),
        _ => (NOTICE, "No answer yet. Trying again…"),
    };
    // The key: content that takes this place gets nodes of its own. Yew would turn these ones into it, and they would jump.
    html! {
        <div key="skeleton" class="stack" aria-busy="true" data-testid="skeleton">
            <p ~className={class} role="status">{ text }</p>
            <div aria-hidden="true">{ bones }</div>
        </div>
    }
}

/// Rows like those of the todo list.
pub(crate) fn rows(count: usize) -> Html {
    const WIDTHS: [&str; 3] =
        ["bone bone--text", "bone bone--text bone--long", "bone bone--text bone--short"];
    html! {
        <div class="card todos">
            for index in 0..count {
                <div class="todo" key={index}>
                    <span class="check"><span class="bone bone--box"></span></span>
                    <span ~className={WIDTHS[index % WIDTHS.len()]}></span>
                </div>
            }
        </div>
    }
}
