//! The todos that a change of many is for.

use std::rc::Rc;

use shared::TodoId;
use yew::prelude::*;

/// The todos that are selected, and where a range begins.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Selection {
    ids: Vec<TodoId>,
    last: Option<TodoId>,
    /// Whether every todo has a box to select it by, although none is selected.
    is_offered: bool,
}

/// What happens to a selection.
pub(crate) enum SelectionEvent {
    /// One todo is selected, or not any more.
    Toggled(TodoId),
    /// All from the one that was toggled last up to this one are selected. The order of the list comes along.
    Extended(TodoId, Vec<TodoId>),
    /// Each of these is selected.
    All(Vec<TodoId>),
    /// The boxes appear.
    Offered,
    /// Nothing is selected, and the boxes go.
    Ended,
    /// Only these can be selected from now on.
    Kept(Vec<TodoId>),
}

impl Selection {
    /// Whether a todo is selected.
    pub(crate) fn contains(&self, id: TodoId) -> bool {
        self.ids.contains(&id)
    }

    /// The todos, in the order in which they were selected.
    pub(crate) fn ids(&self) -> &[TodoId] {
        &self.ids
    }

    /// Whether todos have boxes to select them by.
    pub(crate) fn is_offered(&self) -> bool {
        self.is_offered || !self.ids.is_empty()
    }
}

impl Reducible for Selection {
    type Action = SelectionEvent;

    fn reduce(self: Rc<Self>, event: SelectionEvent) -> Rc<Self> {
        let mut next = (*self).clone();
        match event {
            SelectionEvent::Toggled(id) => {
                next.last = Some(id);
                match next.ids.iter().position(|other| *other == id) {
                    Some(place) => {
                        next.ids.remove(place);
                    }
                    None => next.ids.push(id),
                }
            }
            SelectionEvent::Extended(id, order) => {
                let place = |wanted: Option<TodoId>| order.iter().position(|other| Some(*other) == wanted);
                let to = place(Some(id));
                let from = place(next.last).or(to);
                if let (Some(from), Some(to)) = (from, to)
                    && let Some(range) = order.get(from.min(to)..=from.max(to))
                {
                    for id in range {
                        if !next.ids.contains(id) {
                            next.ids.push(*id);
                        }
                    }
                }
                next.last = Some(id);
            }
            SelectionEvent::All(ids) => next.ids = ids,
            SelectionEvent::Offered => next.is_offered = true,
            SelectionEvent::Ended => next = Self::default(),
            SelectionEvent::Kept(ids) => next.ids.retain(|id| ids.contains(id)),
        }
        Rc::new(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(events: impl IntoIterator<Item = SelectionEvent>) -> Selection {
        let begin = Rc::new(Selection::default());
        (*events.into_iter().fold(begin, |selection, event| selection.reduce(event))).clone()
    }

    #[test]
    fn a_second_toggle_takes_the_first_back() {
        let selection =
            after([SelectionEvent::Toggled(1), SelectionEvent::Toggled(2), SelectionEvent::Toggled(1)]);
        assert_eq!(selection.ids(), [2]);
    }

    #[test]
    fn a_range_goes_from_the_last_toggle_either_way() {
        let order = || vec![1, 2, 3, 4, 5];
        let down = after([SelectionEvent::Toggled(2), SelectionEvent::Extended(4, order())]);
        assert_eq!(down.ids(), [2, 3, 4]);
        let up = after([SelectionEvent::Toggled(4), SelectionEvent::Extended(3, order())]);
        assert_eq!(up.ids(), [4, 3]);
    }

    #[test]
    fn a_range_without_a_beginning_is_one_todo() {
        assert_eq!(after([SelectionEvent::Extended(3, vec![1, 2, 3])]).ids(), [3]);
    }

    #[test]
    fn what_has_gone_is_not_selected() {
        let selection = after([SelectionEvent::All(vec![1, 2, 3]), SelectionEvent::Kept(vec![3, 1])]);
        assert_eq!(selection.ids(), [1, 3]);
    }
}
