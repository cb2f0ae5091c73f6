//! One page of the todo list: a view's selection from all todos, in its order.

use std::cmp::Ordering;

use shared::{Todo, TodoId, UserId};
use yew::AttrValue;

use super::{people::People, text::Needle};
use crate::route::view::{Group, Sort, StateFilter, TodosView};

/// How many todos a page holds.
pub(crate) const PAGE_SIZE: usize = 12;

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// The beginning of a group.
    Group {
        /// What its todos have in common.
        name: AttrValue,
        /// How many todos it has on all pages together.
        count: usize,
    },
    /// A todo.
    Todo {
        /// Its id.
        id: TodoId,
        /// Its place among all todos.
        place: usize,
    },
}

/// The page of todos that a [`TodosView`] selects. `Eq`, so that the same page in an `Rc` is compared by its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    /// The lines of this page.
    pub(crate) lines: Vec<Line>,
    /// How many todos the view selects on all pages together.
    pub(crate) total: usize,
    /// This page, from 1; the last one if the view asks for one past it.
    pub(crate) page: usize,
    /// How many pages there are, at least 1.
    pub(crate) pages: usize,
}

impl Listing {
    /// The selection of `view` from `todos` without the `hidden` ones.
    pub(crate) fn of(todos: &[Todo], hidden: &[TodoId], people: &People, view: &TodosView) -> Self {
        let selected = select(todos, hidden, view);
        let selected = order(selected, people, view);
        let total = selected.len();
        let size = if view.all { total.max(1) } else { PAGE_SIZE };
        let pages = total.div_ceil(size).max(1);
        let page = view.page.clamp(1, pages);
        let on_page = selected.iter().skip((page - 1) * size).take(size);

        let mut lines = Vec::new();
        let mut before = None;
        for (place, todo) in on_page {
            let part = Part::of(view.group, todo);
            if part != before {
                if let Some(part) = part {
                    let count =
                        selected.iter().filter(|(_, todo)| Part::of(view.group, todo) == Some(part)).count();
                    lines.push(Line::Group { name: part.name(people), count });
                }
                before = part;
            }
            lines.push(Line::Todo { id: todo.id, place: *place });
        }
        Self { lines, total, page, pages }
    }

    /// The ids of the todos of this page.
    pub(crate) fn ids(&self) -> impl DoubleEndedIterator<Item = TodoId> {
        self.lines.iter().filter_map(|line| match line {
            Line::Todo { id, .. } => Some(*id),
            Line::Group { .. } => None,
        })
    }

    /// The place of a todo's line on this page; after the last line for one that is elsewhere.
    pub(crate) fn line_of(&self, id: TodoId) -> usize {
        self.lines
            .iter()
            .take_while(|line| !matches!(line, Line::Todo { id: other, .. } if *other == id))
            .count()
    }

    /// Place of the first and the last todo of this page in the whole selection, from 1. `(1, 0)` when empty.
    pub(crate) fn range(&self) -> (usize, usize) {
        let before = (self.page - 1) * PAGE_SIZE;
        (before + 1, before + self.ids().count())
    }

    /// The todo after `id`, on this page.
    pub(crate) fn after(&self, id: TodoId) -> Option<TodoId> {
        self.ids().skip_while(|other| *other != id).nth(1)
    }

    /// The todo before `id`, on this page.
    pub(crate) fn before(&self, id: TodoId) -> Option<TodoId> {
        self.ids().rev().skip_while(|other| *other != id).nth(1)
    }

    /// The todo that takes over when `id` goes away: the next of the page, else the one before.
    pub(crate) fn neighbour(&self, id: TodoId) -> Option<TodoId> {
        self.after(id).or_else(|| self.before(id))
    }
}

/// Whether `view` leaves `todo` in.
pub(crate) fn is_shown(todo: &Todo, view: &TodosView) -> bool {
    fits(todo, view, &Needle::new(view.search.trim()))
}

fn fits(todo: &Todo, view: &TodosView, wanted: &Needle) -> bool {
    let state = match view.state {
        StateFilter::All => true,
        StateFilter::Open => !todo.completed,
        StateFilter::Done => todo.completed,
    };
    state && view.person.is_none_or(|person| todo.user_id == person) && wanted.is_in(&todo.todo)
}

/// The todos that fit, newest first, each with its place among all.
fn select<'a>(todos: &'a [Todo], hidden: &[TodoId], view: &TodosView) -> Vec<(usize, &'a Todo)> {
    let wanted = Needle::new(view.search.trim());
    newest_first(todos.iter().enumerate())
        .filter(|(_, todo)| fits(todo, view, &wanted))
        .filter(|(_, todo)| !hidden.contains(&todo.id))
        .collect()
}

/// Newest first becomes the order of `view`, and what is of one group stands together.
fn order<'a>(mut todos: Vec<(usize, &'a Todo)>, people: &People, view: &TodosView) -> Vec<(usize, &'a Todo)> {
    let by_person = |left: &Todo, right: &Todo| people.place(left.user_id).cmp(&people.place(right.user_id));
    if view.sort == Sort::Oldest {
        todos.reverse();
    }
    if view.group == Group::None && matches!(view.sort, Sort::Newest | Sort::Oldest) {
        return todos;
    }
    // One sort, which is stable, for every order: each one more would be compiled again.
    todos.sort_by(|(_, left), (_, right)| {
        let group = match view.group {
            Group::None => Ordering::Equal,
            Group::State => left.completed.cmp(&right.completed),
            Group::Person => by_person(left, right),
        };
        group.then_with(|| match view.sort {
            Sort::Newest | Sort::Oldest => Ordering::Equal,
            Sort::Text => compare_texts(&left.todo, &right.todo),
            Sort::Person => by_person(left, right),
        })
    });
    todos
}

/// By letters, in either case. Letters beyond ASCII come last: the browser's own order takes too long for thousands.
fn compare_texts(left: &str, right: &str) -> Ordering {
    left.bytes()
        .map(|byte| byte.to_ascii_lowercase())
        .cmp(right.bytes().map(|byte| byte.to_ascii_lowercase()))
}

/// What the todos of a group have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    State(bool),
    Person(UserId),
}

impl Part {
    fn of(group: Group, todo: &Todo) -> Option<Self> {
        match group {
            Group::None => None,
            Group::State => Some(Self::State(todo.completed)),
            Group::Person => Some(Self::Person(todo.user_id)),
        }
    }

    fn name(self, people: &People) -> AttrValue {
        match self {
            Self::State(false) => AttrValue::Static("Open"),
            Self::State(true) => AttrValue::Static("Done"),
            Self::Person(id) => people.name(id),
        }
    }
}

/// The order of every list at first: the upstream lists by id, ids only grow, and what is added here is added at the end.
pub(crate) fn newest_first<T>(todos: impl DoubleEndedIterator<Item = T>) -> impl Iterator<Item = T> {
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
