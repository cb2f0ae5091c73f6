//! The numbers of the overview.

use std::cmp::Reverse;

use shared::{Todo, TodoId, UserId};

use super::listing::newest_first;

/// How many todos there are and how many of them are done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// All of them.
    pub(crate) total: usize,
    /// Those that are done.
    pub(crate) done: usize,
}

impl Tally {
    /// Those that are not done.
    pub(crate) fn open(self) -> usize {
        self.total - self.done
    }

    /// Percent done, rounded, but 0 and 100 only when they are exact. 0 when there is nothing.
    pub(crate) fn percent(self) -> usize {
        match self {
            Self { total: 0, .. } | Self { done: 0, .. } => 0,
            Self { total, done } if total == done => 100,
            Self { total, done } => ((done * 200 + total) / (total * 2)).clamp(1, 99),
        }
    }

    fn count(&mut self, completed: bool) {
        self.total += 1;
        self.done += usize::from(completed);
    }
}

/// The numbers of the overview.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stats {
    /// All todos.
    pub(crate) all: Tally,
    /// Each person's, most open ones first.
    pub(crate) people: Vec<(UserId, Tally)>,
    /// The newest todos, newest first.
    pub(crate) recent: Vec<Todo>,
}

impl Stats {
    /// The numbers of `todos` without the `hidden` ones, with up to `recent` of the newest.
    pub(crate) fn of(todos: &[Todo], hidden: &[TodoId], recent: usize) -> Self {
        let visible = || todos.iter().filter(|todo| !hidden.contains(&todo.id));
        let mut all = Tally::default();
        let mut people: Vec<(UserId, Tally)> = Vec::new();
        for todo in visible() {
            all.count(todo.completed);
            match people.iter_mut().find(|(id, _)| *id == todo.user_id) {
                Some((_, tally)) => tally.count(todo.completed),
                None => people.push((todo.user_id, Tally { total: 1, done: usize::from(todo.completed) })),
            }
        }
        // Insertion: see `People::new`.
        let mut sorted: Vec<(UserId, Tally)> = Vec::with_capacity(people.len());
        let rank = |(id, tally): &(UserId, Tally)| (Reverse(tally.open()), Reverse(tally.total), *id);
        for person in people {
            let place = sorted.partition_point(|other| rank(other) <= rank(&person));
            sorted.insert(place, person);
        }
        Self { all, people: sorted, recent: newest_first(visible()).take(recent).cloned().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn todo(id: TodoId, user_id: UserId, completed: bool) -> Todo {
        Todo { id, todo: String::new(), completed, user_id }
    }

    #[test]
    fn everything_is_counted_once_and_per_person() {
        let stats = Stats::of(&[todo(1, 5, true), todo(2, 6, false), todo(3, 5, false)], &[], 9);
        assert_eq!(stats.all, Tally { total: 3, done: 1 });
        assert_eq!(stats.people, [(5, Tally { total: 2, done: 1 }), (6, Tally { total: 1, done: 0 })]);
    }

    #[test]
    fn who_has_most_left_to_do_comes_first() {
        let stats = Stats::of(&[todo(1, 1, true), todo(2, 1, true), todo(3, 2, false)], &[], 0);
        assert_eq!(stats.people[0].0, 2);
    }

    #[test]
    fn the_newest_come_first_and_no_more_than_asked_for() {
        let stats = Stats::of(&[todo(1, 1, true), todo(4, 1, false), todo(9, 1, true)], &[], 2);
        assert_eq!(stats.recent.iter().map(|todo| todo.id).collect::<Vec<_>>(), [9, 4]);
    }

    #[test]
    fn a_hidden_todo_is_not_counted() {
        let stats = Stats::of(&[todo(1, 1, true), todo(2, 1, false)], &[2], 5);
        assert_eq!(stats.all, Tally { total: 1, done: 1 });
    }

    #[test]
    fn percent_is_rounded_but_never_to_all_or_nothing() {
        for (done, total, percent) in [
            (0, 0, 0),
            (0, 3, 0),
            (1, 3, 33),
            (2, 3, 67),
            (1, 2, 50),
            (1, 999, 1),
            (998, 999, 99),
            (4, 4, 100),
        ] {
            assert_eq!(Tally { total, done }.percent(), percent, "{done} of {total}");
        }
    }
}
