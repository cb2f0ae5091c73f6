//! One page of the todo list: a view's selection from all todos.

use shared::{Todo, TodoId};

use super::text::Needle;
use crate::route::view::{StateFilter, TodosView};

/// How many todos a page holds.
pub(crate) const PAGE_SIZE: usize = 12;

/// The page of todos that a [`TodosView`] selects.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listing {
    /// The todos of this page, newest first.
    pub(crate) items: Vec<Todo>,
    /// How many the view selects on all pages together.
    pub(crate) total: usize,
    /// This page, from 1; the last one if the view asks for one past it.
    pub(crate) page: usize,
    /// How many pages there are, at least 1.
    pub(crate) pages: usize,
}

impl Listing {
    /// The selection of `view` from `todos` without the `hidden` ones.
    pub(crate) fn of(todos: &[Todo], hidden: &[TodoId], view: &TodosView) -> Self {
        let wanted = Needle::new(view.search.trim());
        let selected: Vec<&Todo> = newest_first(todos.iter())
            .filter(|todo| match view.state {
                StateFilter::All => true,
                StateFilter::Open => !todo.completed,
                StateFilter::Done => todo.completed,
            })
            .filter(|todo| view.person.is_none_or(|person| todo.user_id == person))
            .filter(|todo| wanted.is_in(&todo.todo))
            .filter(|todo| !hidden.contains(&todo.id))
            .collect();

        let total = selected.len();
        let pages = total.div_ceil(PAGE_SIZE).max(1);
        let page = view.page.clamp(1, pages);
        let items = selected.into_iter().skip((page - 1) * PAGE_SIZE).take(PAGE_SIZE).cloned().collect();
        Self { items, total, page, pages }
    }

    /// Place of the first and the last todo of this page in the whole selection, from 1. `(1, 0)` when empty.
    pub(crate) fn range(&self) -> (usize, usize) {
        let before = (self.page - 1) * PAGE_SIZE;
        (before + 1, before + self.items.len())
    }

    /// The todo that takes over when `id` goes away: the next of the page, else the one before.
    pub(crate) fn neighbour(&self, id: TodoId) -> Option<TodoId> {
        let place = self.items.iter().position(|todo| todo.id == id)?;
        let next = self.items.get(place + 1);
        next.or_else(|| self.items.get(place.checked_sub(1)?)).map(|todo| todo.id)
    }
}

/// The order of every list: the upstream lists by id, ids only grow, and what is added here is added at the end.
pub(crate) fn newest_first<'a>(
    todos: impl DoubleEndedIterator<Item = &'a Todo>,
) -> impl Iterator<Item = &'a Todo> {
    todos.rev()
}

/// The page numbers to offer: the first, the last and those around `page`; `None` stands for a gap.
pub(crate) fn page_numbers(page: usize, pages: usize) -> Vec<Option<usize>> {
    let mut numbers = Vec::new();
    for number in 1..=pages {
        // A gap that would hide a single page shows the page instead.
        let near = number.abs_diff(page) <= 1
            || number == 1
            || number == pages
            || (number == 2 && page == 4)
            || (number + 1 == pages && page + 3 == pages);
        if near {
            numbers.push(Some(number));
        } else if numbers.last() != Some(&None) {
            numbers.push(None);
        }
    }
    numbers
}

#[cfg(test)]
mod tests;
