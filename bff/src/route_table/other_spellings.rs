//! Routes by the folded form of their templates: no other spelling of a path passes a route's terms by.
//!
//! An upstream may read `/Users/1`, `/users/1/` or `/users/1.json` as `/users/1`. Such a path is refused where `/users/1` finds
//! a route with other terms.

use std::{collections::BTreeMap, sync::Arc};

use http::Method;
use matchit::Router;

use http_message::{
    CanonicalPath,
    path::spelling::{folded, folded_by_segments, is_folded, without_extension},
};

use super::{
    error::{RouteTableError, told},
    route::Route,
};

/// Marks in the place of parameters while a template is folded. No path has such bytes.
const SEGMENT: char = '\u{1}';
const REST: char = '\u{2}';

/// The routes of a table that has some with different terms.
pub(super) struct OtherSpellings {
    router: Router<Vec<Arc<Route>>>,
    /// Whether the table itself is folded: then a folded path finds the same here as there.
    is_folded: bool,
}

impl OtherSpellings {
    /// The routes of a table; `None` where all have the same terms, so that there is nothing to pass by.
    ///
    /// # Errors
    /// Two templates that differ in their spelling alone, and cannot be told apart by segments.
    pub(super) fn of(routes: &[Arc<Route>]) -> Result<Option<Self>, RouteTableError> {
        let mut groups: BTreeMap<String, Vec<Arc<Route>>> = BTreeMap::new();
        let mut is_table_folded = true;
        for route in routes {
            for path in route.paths() {
                let (template, is_folded) = folded_template(&path);
                is_table_folded &= is_folded;
                let group = groups.entry(template).or_default();
                if !group.iter().any(|known| Arc::ptr_eq(known, route)) {
                    group.push(Arc::clone(route));
                }
            }
        }
        let Some(first) = routes.first() else { return Ok(None) };
        let alike = routes.iter().all(|route| has_terms_of(route, first))
            && groups.values().all(|group| have_methods_of(group, routes));
        if alike {
            return Ok(None);
        }
        let mut router = Router::new();
        for (template, group) in groups {
            let last = group.last().map_or_else(|| Arc::clone(first), Arc::clone);
            router.insert(template, group).map_err(|err| last.wrong(told(&err)))?;
        }
        Ok(Some(Self { router, is_folded: is_table_folded }))
    }

    /// Whether another spelling of `path` is on other terms than `route`. It was found by `path`, among `same_path`.
    pub(super) fn differ(
        &self,
        method: &Method,
        path: &CanonicalPath,
        route: &Route,
        same_path: &[Arc<Route>],
    ) -> bool {
        if self.is_folded && is_folded(path.as_str()) {
            return false;
        }
        let whole = folded_by_segments(path.as_str());
        // In one segment an encoded slash is the route's own word, in the rest of a path one more slash.
        let is_split = path.has_encoded_slash() && route.path.contains("{*");
        let split = is_split.then(|| folded(path.as_str()));
        let spellings = [Some(&whole), split.as_ref()].into_iter().flatten();
        let spellings = spellings.flat_map(|whole| [Some(whole.as_str()), without_extension(whole)]);
        let found = spellings.flatten().filter_map(|spelling| self.router.at(spelling).ok());
        found.map(|found| found.value).any(|group| {
            let mut others = group.iter().filter(|other| other.methods.contains(method));
            !have_methods_of(group, same_path) || !others.all(|other| has_terms_of(other, route))
        })
    }
}

/// Whether two routes have the same terms: the fields that keep something from somebody.
fn has_terms_of(one: &Route, other: &Route) -> bool {
    one.session == other.session
        && one.require == other.require
        && one.step_up == other.step_up
        && one.select == other.select
        && one.list == other.list
        && one.limit == other.limit
        && one.websocket == other.websocket
        && one.max_body == other.max_body
}

/// Whether two groups of routes take the same methods.
fn have_methods_of(one: &[Arc<Route>], other: &[Arc<Route>]) -> bool {
    let take_all = |one: &[Arc<Route>], other: &[Arc<Route>]| {
        let mut wanted = other.iter().flat_map(|route| &route.methods);
        wanted.all(|method| one.iter().any(|route| route.methods.contains(method)))
    };
    take_all(one, other) && take_all(other, one)
}

/// A template in the folded form, its parameters numbered, and whether it was in that form already.
fn folded_template(template: &str) -> (String, bool) {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        let parameter = rest.strip_prefix('{').and_then(|behind| behind.split_once('}'));
        rest = match (first, parameter) {
            ('{' | '}', _) if rest[1..].starts_with(first) => {
                text.push(first);
                &rest[2..]
            }
            ('{', Some((name, behind))) => {
                text.push(if name.starts_with('*') { REST } else { SEGMENT });
                behind
            }
            _ => {
                text.push(first);
                &rest[first.len_utf8()..]
            }
        };
    }
    let folded = folded_by_segments(&text);
    let is_folded = folded == text;
    let mut template = String::with_capacity(folded.len());
    for (number, one) in folded.chars().enumerate() {
        match one {
            SEGMENT => template.push_str(&format!("{{p{number}}}")),
            REST => template.push_str(&format!("{{*p{number}}}")),
            '{' => template.push_str("{{"),
            '}' => template.push_str("}}"),
            other => template.push(other),
        }
    }
    (template, is_folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_41_templates_that_match_the_same_in_another_spelling_are_one() {
        for (template, expected) in [
            ("/users/{id}", ("/users/{p7}", true)),
            ("/Users/{name}/", ("/users/{p7}", false)),
            ("/{*rest}", ("/{*p1}", true)),
            ("/files/{name}.json", ("/files/{p7}.json", true)),
            ("/caf%C3%A9;v=1/x", ("/café/x", false)),
            ("/a{{b}}", ("/a{{b}}", true)),
            ("/", ("/", true)),
        ] {
            let (folded, is_folded) = folded_template(template);
            assert_eq!((folded.as_str(), is_folded), expected, "{template}");
        }
    }
}
