//! The part of a long list that is in the window. Only these lines are in the document, between paddings as high as the
//! others would be.

use std::{ops::Range, rc::Rc};

use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::{
    components::later::use_later,
    dom,
    hooks::{use_event, use_window_event},
};

/// Lists up to this length are in the document whole.
const SHORT: usize = 60;

/// Lines that come with the list. The others follow a task later.
const FIRST: usize = 4;

/// Lines beyond each edge of the window, so that scrolling and Tab find the next ones there.
const BEYOND: usize = 3;

/// Milliseconds without a move after which the window is at rest.
const REST: u32 = 100;

/// The lines change in steps of so many, and not with each pixel.
const STEP: usize = 2;

/// The height of a line before one has been measured, in pixels.
const FIRST_GUESS: f64 = 68.0;

/// What of a list is to be in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The lines.
    pub(crate) lines: Range<usize>,
    /// Whether they pass by: the window has jumped to them, and may jump on before anybody presses a button in them.
    pub(crate) is_passing: bool,
}

/// What of a list of `count` lines is to be in the document. `list` is its element, whose lines are all as high.
#[hook]
pub(crate) fn use_window(list: &NodeRef, count: usize) -> Shown {
    let is_due = use_later(count > 0);
    let shown = use_state_eq(|| at_rest(0..FIRST));
    let measure = {
        let (list, shown) = (list.clone(), shown.clone());
        use_event(move |moves: bool| {
            let Some(list) = list.cast::<HtmlElement>() else { return };
            if count <= SHORT {
                pad(&list, 0, 0);
                return;
            }
            let height = line_height(&list);
            let inside = inside(&list, height, count);
            let next = if moves && is_jump(&shown.lines, &inside) {
                Shown { lines: inside, is_passing: true }
            } else {
                at_rest(with_edges(&inside, count))
            };
            let pixels = |lines: usize| (lines as f64 * height) as usize;
            pad(&list, pixels(next.lines.start), pixels(count - next.lines.end));
            shown.set(next);
        })
    };
    {
        let measure = measure.clone();
        use_effect_with((count, list.clone()), move |_| measure.emit(false));
    }
    // In a task of its own, once for several events: the browser sends them within the work on a frame.
    let is_asked = use_mut_ref(|| false);
    let rest = use_mut_ref(|| None::<Timeout>);
    let on_move = use_event(move |_: web_sys::Event| {
        if count <= SHORT {
            return;
        }
        if !is_asked.replace(true) {
            let (is_asked, measure) = (Rc::clone(&is_asked), measure.clone());
            spawn_local(async move {
                dom::next_task().await;
                is_asked.replace(false);
                measure.emit(true);
            });
        }
        let measure = measure.clone();
        *rest.borrow_mut() = Some(Timeout::new(REST, move || measure.emit(false)));
    });
    use_window_event("scroll", on_move.clone());
    use_window_event("resize", on_move);
    match count {
        _ if !is_due => at_rest(0..count.min(FIRST)),
        0..=SHORT => at_rest(0..count),
        _ => Shown { lines: shown.lines.start.min(count)..shown.lines.end.min(count), ..(*shown).clone() },
    }
}

/// Brings a line into the middle of the window. Where it is not in the document, it is soon.
pub(crate) fn reveal(list: &NodeRef, line: usize) {
    let (Some(list), Some(window)) = (list.cast::<HtmlElement>(), web_sys::window()) else { return };
    let top = list.get_bounding_client_rect().top() + line as f64 * line_height(&list);
    window.scroll_by_with_x_and_y(0.0, top - window_height() / 2.0);
}

fn at_rest(lines: Range<usize>) -> Shown {
    Shown { lines, is_passing: false }
}

/// The lines that are in the window.
fn inside(list: &HtmlElement, height: f64, count: usize) -> Range<usize> {
    let window = window_height();
    let top = -list.get_bounding_client_rect().top();
    let line = |pixels: f64| (pixels.max(0.0) / height) as usize;
    let first = line(top) / STEP * STEP;
    let last = line(top + window).div_ceil(STEP) * STEP + STEP;
    first.min(count)..last.min(count)
}

/// The same, and some beyond.
fn with_edges(lines: &Range<usize>, count: usize) -> Range<usize> {
    lines.start.saturating_sub(BEYOND)..(lines.end + BEYOND).min(count)
}

/// Whether the window is elsewhere, with less than a quarter of its lines in the document. The next jump may come before any
/// line beyond its edges is seen. A key that goes on to the next line moves the window by half.
fn is_jump(lines: &Range<usize>, inside: &Range<usize>) -> bool {
    let known = inside.end.min(lines.end).saturating_sub(inside.start.max(lines.start));
    4 * known < inside.len()
}

fn window_height() -> f64 {
    web_sys::window().and_then(|window| window.inner_height().ok()?.as_f64()).unwrap_or_default()
}

fn line_height(list: &HtmlElement) -> f64 {
    let line = list.first_element_child().map(|line| line.get_bounding_client_rect().height());
    line.filter(|height| *height > 0.0).unwrap_or(FIRST_GUESS)
}

/// Keeps the place of the lines that are not there. The policy forbids style attributes, and not properties set by script.
fn pad(list: &HtmlElement, above: usize, below: usize) {
    let style = list.style();
    for (edge, pixels) in [("padding-top", above), ("padding-bottom", below)] {
        // Fails only where a property does not exist.
        let _ = style.set_property(edge, &(pixels.to_string() + "px"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_that_moves_by_half_is_no_jump() {
        assert!(!is_jump(&(0..20), &(7..20)));
        assert!(!is_jump(&(0..20), &(14..26)));
        assert!(is_jump(&(0..20), &(18..32)));
        assert!(is_jump(&(40..60), &(18..32)));
        assert!(!is_jump(&(0..20), &(0..0)));
    }

    #[test]
    fn edges_end_where_the_list_does() {
        assert_eq!(with_edges(&(0..10), 100), 0..13);
        assert_eq!(with_edges(&(90..100), 100), 87..100);
    }
}
