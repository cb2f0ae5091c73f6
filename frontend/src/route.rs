//! The addresses of the app. [`Route`] is the pure part, `router` binds it to the browser's history.

mod query;
pub(crate) mod router;
pub(crate) mod step_up;
pub(crate) mod view;

use shared::{
    TodoId, return_url,
    session::{RETURN_URL, SIGN_IN_PAGE},
};

pub(crate) use query::Query;
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
    /// `/sessions`
    Sessions,
    /// `/history`
    History,
    /// `/login?returnUrl=…`, with the local address to go to afterwards.
    SignIn(String),
    /// Everything else.
    NotFound,
}

impl Route {
    /// The route of a path and a query, the latter with or without its `?`. A slash at the end is ignored.
    pub(crate) fn parse(path: &str, query: &str) -> Self {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        match path {
            "" => Self::Overview,
            "todos" => Self::Todos(TodosView::parse(query)),
            "sessions" => Self::Sessions,
            "history" => Self::History,
            "login" => Self::SignIn(return_url_of(query)),
            _ => {
                let todo = path.strip_prefix("todos/").and_then(|id| id.parse().ok());
                todo.map_or(Self::NotFound, Self::Todo)
            }
        }
    }

    /// The route after a sign-in that is to return to `address`: never the sign-in itself.
    pub(crate) fn after_sign_in(address: &str) -> Self {
        let address = before(address, b'#');
        let path = before(address, b'?');
        match Self::parse(path, address.get(path.len()..).unwrap_or_default()) {
            Self::SignIn(_) => Self::Overview,
            route => route,
        }
    }

    /// The address, which [`Route::parse`] reads back.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::Overview | Self::NotFound => "/".to_owned(),
            Self::Todos(view) => "/todos".to_owned() + &view.query(),
            Self::Todo(id) => "/todos/".to_owned() + &id.to_string(),
            Self::Sessions => "/sessions".to_owned(),
            Self::History => "/history".to_owned(),
            Self::SignIn(to) if to == "/" => SIGN_IN_PAGE.to_owned(),
            Self::SignIn(to) => with_return_url(SIGN_IN_PAGE, to),
        }
    }

    /// Whether both are the same page, whatever its filters.
    pub(crate) fn same_page(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Todos(_), Self::Todos(_)) | (Self::SignIn(_), Self::SignIn(_)) => true,
            _ => self == other,
        }
    }
}

/// `path` with the address to return to.
pub(crate) fn with_return_url(path: &str, return_url: &str) -> String {
    let mut query = Query::parse("");
    query.append(RETURN_URL, return_url);
    [path, "?", &query.encode()].concat()
}

/// The part of an address that ends where `mark` begins another. Rust's own search in strings would be half a kB.
fn before(address: &str, mark: u8) -> &str {
    let end = address.bytes().position(|byte| byte == mark);
    end.and_then(|end| address.get(..end)).unwrap_or(address)
}

fn return_url_of(query: &str) -> String {
    let given = Query::parse(query).get(RETURN_URL).unwrap_or_default();
    return_url::local(&given).to_owned()
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
        assert_eq!(Route::parse("/sessions", ""), Route::Sessions);
        assert_eq!(Route::parse("/history", ""), Route::History);
        assert_eq!(Route::parse("/login", ""), Route::SignIn("/".to_owned()));
        assert_eq!(
            Route::parse("/login", "?returnUrl=%2Ftodos%3Fq%3Da%2526b"),
            Route::SignIn("/todos?q=a%26b".to_owned())
        );
    }

    #[test]
    fn a_sign_in_returns_to_pages_of_the_app_only_and_not_to_itself() {
        let parsed = |query| Route::parse("/login", query);
        assert_eq!(parsed("?returnUrl=//evil.example"), Route::SignIn("/".to_owned()));
        assert_eq!(parsed("?returnUrl=https://evil.example/todos"), Route::SignIn("/".to_owned()));
        assert_eq!(Route::after_sign_in("/todos/7#top"), Route::Todo(7));
        let view = TodosView { search: "a&b".to_owned(), page: 2, ..TodosView::default() };
        assert_eq!(Route::after_sign_in(&Route::Todos(view.clone()).address()), Route::Todos(view));
        assert_eq!(Route::after_sign_in("/login?returnUrl=%2Flogin"), Route::Overview);
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
        let sign_in = Route::SignIn(Route::Todos(view.clone()).address());
        for route in
            [Route::Overview, Route::Todos(view), Route::Todo(7), Route::Sessions, Route::History, sign_in]
        {
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
