//! The addresses of the app. [`Route`] is the pure part, `router` binds it to the browser's history.

mod query;
pub(crate) mod router;
pub(crate) mod view;

use shared::TodoId;

use view::TodosView;

/// A page and the state of it that lives in the address.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Route {
    /// `/`
    Overview,
    /// `/todos?…`
    Todos(TodosView),
    /// `/todos/7`
    Todo(TodoId),
    /// Everything else.
    NotFound,
}

impl Route {
    /// The route of a path and a query, the latter with or without its `?`. A slash at the end is ignored.
    pub(crate) fn parse(path: &str, query: &str) -> Self {
        let mut segments = path.trim_matches('/').split('/');
        match (segments.next(), segments.next(), segments.next()) {
            (Some(""), None, None) => Self::Overview,
            (Some("todos"), None, None) => Self::Todos(TodosView::parse(query)),
            (Some("todos"), Some(id), None) => id.parse().map_or(Self::NotFound, Self::Todo),
            _ => Self::NotFound,
        }
    }

    /// The address, which [`Route::parse`] reads back.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::Overview | Self::NotFound => "/".to_owned(),
            Self::Todos(view) => "/todos".to_owned() + &view.query(),
            Self::Todo(id) => "/todos/".to_owned() + &id.to_string(),
        }
    }

    /// Whether both are the same page, whatever its filters.
    pub(crate) fn same_page(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Todos(_), Self::Todos(_)) => true,
            _ => self == other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_its_path() {
        assert_eq!(Route::parse("/", ""), Route::Overview);
        assert_eq!(Route::parse("/todos", ""), Route::Todos(TodosView::default()));
        assert_eq!(Route::parse("/todos/", ""), Route::Todos(TodosView::default()));
        assert_eq!(Route::parse("/todos/7", ""), Route::Todo(7));
    }

    #[test]
    fn what_is_no_page_is_not_found() {
        for path in ["/nope", "/todos/abc", "/todos/-1", "/todos/7/edit", "/Todos"] {
            assert_eq!(Route::parse(path, ""), Route::NotFound, "{path}");
        }
    }

    #[test]
    fn an_address_leads_back_to_its_route() {
        let view = TodosView { page: 3, ..TodosView::default() };
        for route in [Route::Overview, Route::Todos(view), Route::Todo(7)] {
            let address = route.address();
            let (path, query) = address.split_once('?').unwrap_or((&address, ""));
            assert_eq!(Route::parse(path, query), route);
        }
    }

    #[test]
    fn filters_do_not_make_another_page() {
        let filtered = Route::Todos(TodosView { page: 3, ..TodosView::default() });
        assert!(filtered.same_page(&Route::Todos(TodosView::default())));
        assert!(!Route::Todo(1).same_page(&Route::Todo(2)));
    }
}
