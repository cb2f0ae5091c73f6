//! The view of the todo list, as it stands in the address: `?q=call&state=open&person=5&sort=text&page=2`.

use shared::UserId;

use super::query::Query;

/// The value of `show` for everything on one page.
const ALL: &str = "all";

/// Which todos, by their state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum StateFilter {
    /// Open and done.
    #[default]
    All,
    /// To be done.
    Open,
    /// Done.
    Done,
}

impl StateFilter {
    /// Every filter, in the order in which they are offered.
    pub(crate) const ALL: [Self; 3] = [Self::All, Self::Open, Self::Done];

    /// The name in the address.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Open => "open",
            Self::Done => "done",
        }
    }

    /// The name on the screen.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Open => "Open",
            Self::Done => "Done",
        }
    }
}

/// The order of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    /// What was added last comes first.
    #[default]
    Newest,
    /// What was added first comes first.
    Oldest,
    /// By the text, in the order of letters.
    Text,
    /// By the name of the person.
    Person,
}

impl Sort {
    /// Every order, as they are offered.
    pub(crate) const ALL: [Self; 4] = [Self::Newest, Self::Oldest, Self::Text, Self::Person];

    /// The name in the address.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Text => "text",
            Self::Person => "person",
        }
    }

    /// The name on the screen.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Newest => "Newest first",
            Self::Oldest => "Oldest first",
            Self::Text => "A to Z",
            Self::Person => "By person",
        }
    }
}

/// What the list is divided by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Group {
    /// Nothing.
    #[default]
    None,
    /// What is open comes before what is done.
    State,
    /// One part for each person.
    Person,
}

impl Group {
    /// Every division, as they are offered.
    pub(crate) const ALL: [Self; 3] = [Self::None, Self::State, Self::Person];

    /// The name in the address.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::State => "state",
            Self::Person => "person",
        }
    }

    /// The name on the screen.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::None => "No groups",
            Self::State => "Open and done",
            Self::Person => "People",
        }
    }
}

/// Search, filters, order and page of the todo list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TodosView {
    /// Part of the text, in any case; empty for everything.
    pub(crate) search: String,
    /// By state.
    pub(crate) state: StateFilter,
    /// By person.
    pub(crate) person: Option<UserId>,
    /// The order.
    pub(crate) sort: Sort,
    /// The division.
    pub(crate) group: Group,
    /// Whether everything is on one page.
    pub(crate) all: bool,
    /// Page, from 1.
    pub(crate) page: usize,
}

impl Default for TodosView {
    fn default() -> Self {
        Self {
            search: String::new(),
            state: StateFilter::All,
            person: None,
            sort: Sort::Newest,
            group: Group::None,
            all: false,
            page: 1,
        }
    }
}

impl TodosView {
    /// Reads a query, with or without its `?`. What makes no sense is as if it were not there, so that an old
    /// or mistyped link still shows something.
    pub(crate) fn parse(query: &str) -> Self {
        let query = Query::parse(query);
        let [state, sort, group, show] =
            ["state", "sort", "group", "show"].map(|name| query.get(name).unwrap_or_default());
        Self {
            search: query.get("q").unwrap_or_default(),
            state: StateFilter::ALL.into_iter().find(|filter| filter.name() == state).unwrap_or_default(),
            sort: Sort::ALL.into_iter().find(|known| known.name() == sort).unwrap_or_default(),
            group: Group::ALL.into_iter().find(|known| known.name() == group).unwrap_or_default(),
            all: show == ALL,
            person: query.get("person").and_then(|person| person.parse().ok()),
            page: query.get("page").and_then(|page| page.parse().ok()).filter(|page| *page > 0).unwrap_or(1),
        }
    }

    /// The query with its `?`, without defaults; empty when all are.
    pub(crate) fn query(&self) -> String {
        let mut query = Query::parse("");
        if !self.search.is_empty() {
            query.append("q", &self.search);
        }
        if self.state != StateFilter::All {
            query.append("state", self.state.name());
        }
        if let Some(person) = self.person {
            query.append("person", &person.to_string());
        }
        if self.sort != Sort::Newest {
            query.append("sort", self.sort.name());
        }
        if self.group != Group::None {
            query.append("group", self.group.name());
        }
        if self.all {
            query.append("show", ALL);
        }
        if self.page > 1 {
            query.append("page", &self.page.to_string());
        }
        let query = query.encode();
        if query.is_empty() { query } else { "?".to_owned() + &query }
    }

    /// The same order and division of everything, from the first page.
    pub(crate) fn unfiltered(&self) -> Self {
        Self { sort: self.sort, group: self.group, all: self.all, ..Self::default() }
    }

    /// Whether something is filtered out; the page does not count.
    pub(crate) fn is_filtered(&self) -> bool {
        !self.search.trim().is_empty() || self.state != StateFilter::All || self.person.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_view_has_no_query() {
        assert_eq!(TodosView::default().query(), "");
        assert_eq!(TodosView::parse(""), TodosView::default());
    }

    #[test]
    fn every_part_of_a_view_survives_the_address() {
        let view = TodosView {
            search: "größe & 100%+?".into(),
            state: StateFilter::Done,
            person: Some(5),
            sort: Sort::Text,
            group: Group::Person,
            all: true,
            page: 3,
        };
        assert_eq!(TodosView::parse(&view.query()), view);
    }

    #[test]
    fn nonsense_in_the_address_is_ignored() {
        assert_eq!(
            TodosView::parse("?state=x&person=me&sort=1&group=&show=2&page=0&utm=1"),
            TodosView::default()
        );
        assert_eq!(TodosView::parse("page=-4"), TodosView::default());
    }

    #[test]
    fn the_page_alone_is_no_filter() {
        assert!(!TodosView { page: 2, ..TodosView::default() }.is_filtered());
        assert!(TodosView { person: Some(1), ..TodosView::default() }.is_filtered());
    }
}
