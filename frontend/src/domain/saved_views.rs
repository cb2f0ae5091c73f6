//! Saved views as one text: their names and queries, in the encoding of an address.

use crate::route::{Query, view::TodosView};

/// The longest name, in UTF-16 code units, as browsers count them.
pub(crate) const NAME_MAX: usize = 40;

/// The most views that are kept; the oldest give way.
const VIEWS_MAX: usize = 20;

/// Views with their names, in the order in which they were saved.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct NamedViews(Vec<(String, TodosView)>);

impl NamedViews {
    /// Reads what [`NamedViews::encode`] has written.
    pub(crate) fn parse(text: &str) -> Self {
        let views = Query::parse(text).pairs();
        Self(views.into_iter().map(|(name, query)| (name, TodosView::parse(&query))).collect())
    }

    /// All of them as a text.
    pub(crate) fn encode(&self) -> String {
        let mut query = Query::parse("");
        for (name, view) in &self.0 {
            query.append(name, &view.query());
        }
        query.encode()
    }

    /// Saves a view under a name, in place of another one of that name, or forgets it. Views are saved from their first page.
    pub(crate) fn with(&self, name: String, view: Option<TodosView>) -> Self {
        let others = self.0.iter().filter(|(other, _)| *other != name).cloned();
        let mut views: Vec<_> = others.collect();
        views.extend(view.map(|view| (name, TodosView { page: 1, ..view })));
        let surplus = views.len().saturating_sub(VIEWS_MAX);
        views.drain(..surplus);
        Self(views)
    }

    /// Names and views.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &TodosView)> {
        self.0.iter().map(|(name, view)| (name, view))
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::view::{Sort, StateFilter};

    fn view() -> TodosView {
        TodosView {
            search: "größe & co".to_owned(),
            state: StateFilter::Open,
            sort: Sort::Text,
            page: 4,
            ..TodosView::default()
        }
    }

    #[test]
    fn views_survive_their_text() {
        let views = NamedViews::default().with("a=b&c".to_owned(), Some(view()));
        let read = NamedViews::parse(&views.encode());
        assert_eq!(read, views);
        assert!(read.iter().eq([(&"a=b&c".to_owned(), &TodosView { page: 1, ..view() })]));
    }

    #[test]
    fn a_name_is_used_once() {
        let views = NamedViews::default().with("mine".to_owned(), Some(TodosView::default()));
        let views = views.with("mine".to_owned(), Some(view()));
        assert_eq!(views.iter().count(), 1);
        assert!(views.with("mine".to_owned(), None).is_empty());
    }

    #[test]
    fn the_oldest_gives_way() {
        let names = (0..=VIEWS_MAX).map(|number| number.to_string());
        let views = names.fold(NamedViews::default(), |views, name| views.with(name, Some(view())));
        assert_eq!(views.iter().count(), VIEWS_MAX);
        assert_eq!(views.iter().next().unwrap().0, "1");
    }
}
