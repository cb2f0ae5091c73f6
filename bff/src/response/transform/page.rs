//! Pages: objects that wrap one list, as frameworks make them.
//!
//! An object is a page where one list is all that it wraps:
//!
//! - it has `total`, `skip` and `limit` and one list (DummyJSON);
//! - or a list under one of the names below, or one within `_embedded`, and beside it nothing but figures, links and other
//!   members about the page (Django REST framework, Spring, Laravel, JSON:API, OData, Hydra, SCIM, mongoose-paginate).
//!
//! Figures are members with a known name and a number, a truth value or null. Links stay behind: they are the upstream's.

use serde_json::value::RawValue;

use super::members::{Members, first_byte};

/// Members that make a page whatever its list is called.
const OFFSETS: [&str; 3] = ["total", "skip", "limit"];

/// Names of a page's list.
const LISTS: [&str; 10] = [
    "items",
    "results",
    "data",
    "content",
    "records",
    "value",
    "member",
    "hydra:member",
    "Resources",
    "docs",
];

/// Figures of a page.
const FIGURES: [&str; 52] = [
    "@odata.count",
    "count",
    "currentPage",
    "current_page",
    "empty",
    "first",
    "from",
    "hasMore",
    "hasNext",
    "hasNextPage",
    "hasPrevPage",
    "hasPrevious",
    "has_more",
    "has_next",
    "has_previous",
    "hydra:totalItems",
    "itemsPerPage",
    "last",
    "lastPage",
    "last_page",
    "limit",
    "nextPage",
    "number",
    "numberOfElements",
    "odata.count",
    "offset",
    "page",
    "pageCount",
    "pageNumber",
    "pageSize",
    "page_count",
    "page_size",
    "pagingCounter",
    "perPage",
    "per_page",
    "prevPage",
    "size",
    "skip",
    "startIndex",
    "take",
    "to",
    "total",
    "totalCount",
    "totalDocs",
    "totalElements",
    "totalItems",
    "totalPages",
    "totalResults",
    "total_count",
    "total_items",
    "total_pages",
    "total_results",
];

/// Further members about a page, which do not leave.
const ABOUT: [&str; 19] = [
    "@context",
    "@id",
    "@type",
    "_links",
    "first_page_url",
    "included",
    "jsonapi",
    "last_page_url",
    "links",
    "meta",
    "next",
    "pageable",
    "pagination",
    "path",
    "previous",
    "schemas",
    "search",
    "sort",
    "view",
];

/// Beginnings of the names of further ones.
const ABOUT_PREFIXES: [&str; 3] = ["@odata.", "hydra:", "odata."];

/// The way to the list that a page wraps; `None` where an object is no page.
pub(super) fn list_of(members: &Members<'_>) -> Option<Vec<String>> {
    if OFFSETS.iter().all(|name| members.get(name).is_some()) {
        return only_list(members).map(|list| vec![list]);
    }
    let is_about = |name: &str, value: &RawValue| {
        ABOUT.contains(&name)
            || ABOUT_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            || is_figure(name, value)
    };
    if let Some(embedded) = members.get("_embedded") {
        let all = members
            .0
            .iter()
            .all(|(name, value)| name == "_embedded" || name == "page" || is_about(name, value));
        let within = Members::read(embedded).ok().filter(|within| all && within.0.len() == 1)?;
        return only_list(&within).map(|list| vec!["_embedded".to_owned(), list]);
    }
    let list = LISTS.into_iter().find(|list| members.get(list).is_some_and(is_list))?;
    let all = members.0.iter().all(|(name, value)| name == list || is_about(name, value));
    all.then(|| vec![list.to_owned()])
}

/// The name of the list, where there is only one.
fn only_list(members: &Members<'_>) -> Option<String> {
    let mut lists = members.0.iter().filter(|(_, value)| is_list(value));
    let (list, _) = lists.next()?;
    lists.next().is_none().then(|| list.as_ref().to_owned())
}

fn is_list(value: &RawValue) -> bool {
    first_byte(value) == Some(b'[')
}

/// Whether a member of a page is a figure that may leave.
pub(super) fn is_figure(name: &str, value: &RawValue) -> bool {
    FIGURES.contains(&name)
        && first_byte(value)
            .is_some_and(|byte| matches!(byte, b'-' | b't' | b'f' | b'n') || byte.is_ascii_digit())
}
