//! A hundred squares, one per percent.

use yew::prelude::*;

use crate::domain::stats::Tally;

const COLUMNS: usize = 25;
const ROWS: usize = 100 / COLUMNS;
/// Distance from one square to the next; a square's side is 13, plus a stroke of 3.
const STEP: usize = 20;

/// The squares from `first` up to `end` as one path.
fn path(first: usize, end: usize) -> String {
    let mut path = String::new();
    for index in first..end {
        // A column is filled before the next one begins, so that the edge of the filled part is nearly straight.
        let (x, y) = (index / ROWS * STEP + 2, index % ROWS * STEP + 2);
        for part in ["M", &x.to_string(), " ", &y.to_string(), "h13v13h-13z"] {
            path.push_str(part);
        }
    }
    path
}

/// How much is done, as a picture.
pub(crate) fn activity_grid(tally: Tally) -> Html {
    let percent = tally.percent();
    let description = [
        &tally.done.to_string(),
        " of ",
        &tally.total.to_string(),
        " todos are done, ",
        &percent.to_string(),
        " percent.",
    ]
    .concat();
    html! {
        <svg class="activity-grid" viewBox="0 0 499 79" role="img" aria-labelledby="activity-grid-title activity-grid-text">
            <title id="activity-grid-title">{ "Completion" }</title>
            <desc id="activity-grid-text">{ description }</desc>
            <path class="activity-grid__done" d={path(0, percent)} />
            <path class="activity-grid__open" d={path(percent, 100)} />
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_square_per_percent() {
        assert_eq!(path(0, 61).matches('M').count(), 61);
        assert_eq!(path(0, 2), "M2 2h13v13h-13zM2 22h13v13h-13z");
        assert!(path(99, 100).starts_with("M482 62"));
    }
}
