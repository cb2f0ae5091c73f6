//! Maps paths by pairs of templates: `/billing/{*rest}` to `/v2/{*rest}` makes `/v2/a/b` of `/billing/a/b`.
//!
//! A parameter keeps its bytes as they are. The syntax of templates is matchit's: `{name}` stands for one segment or a
//! part of it, `{*name}` for the rest, `{{` and `}}` for braces.

use std::{fmt, sync::Arc};

use matchit::{Params, Router};

/// Pairs of templates. Cheap to clone.
#[derive(Clone)]
pub struct PathMap {
    pairs: Arc<[(String, String)]>,
    router: Arc<Router<usize>>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece<'a> {
    Text(String),
    Parameter(&'a str),
}

impl PathMap {
    /// The map of these pairs. Of two that match the same paths the first one counts, and a template that is invalid matches none.
    #[must_use]
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let pairs: Arc<[_]> = pairs.into_iter().collect();
        let mut router = Router::new();
        for (index, (from, _)) in pairs.iter().enumerate() {
            // A template that conflicts with an earlier one is that one, written in another way.
            let _ = router.insert(from.clone(), index);
        }
        Self { pairs, router: Arc::new(router) }
    }

    /// The path that the first matching pair makes of `path`.
    #[must_use]
    pub fn map(&self, path: &str) -> Option<String> {
        let found = self.router.at(path).ok()?;
        let (_, to) = self.pairs.get(*found.value)?;
        filled(to, &found.params)
    }

    /// Whether a pair matches `path`.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        self.router.at(path).is_ok()
    }
}

impl PartialEq for PathMap {
    fn eq(&self, other: &Self) -> bool {
        self.pairs == other.pairs
    }
}

impl Eq for PathMap {}

impl fmt::Debug for PathMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.pairs.iter().map(|(from, to)| (from, to))).finish()
    }
}

/// The names of a template's parameters, `*` included.
#[must_use]
pub fn parameters(template: &str) -> Vec<&str> {
    let named = |piece| match piece {
        Piece::Parameter(name) => Some(name),
        Piece::Text(_) => None,
    };
    pieces(template).into_iter().filter_map(named).collect()
}

/// The template with the parameters' values; `None` where one has none.
fn filled(template: &str, params: &Params<'_, '_>) -> Option<String> {
    let mut path = String::with_capacity(template.len());
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => path.push_str(&text),
            Piece::Parameter(name) => path.push_str(params.get(name.trim_start_matches('*'))?),
        }
    }
    Some(path)
}

fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        let behind = &rest[first.len_utf8()..];
        rest = match (first, behind.split_once('}')) {
            ('{' | '}', _) if behind.starts_with(first) => {
                text.push(first);
                &behind[1..]
            }
            ('{', Some((name, behind))) => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(Piece::Parameter(name));
                behind
            }
            _ => {
                text.push(first);
                behind
            }
        };
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(from: &str, to: &str, path: &str) -> Option<String> {
        PathMap::new([(from.to_owned(), to.to_owned())]).map(path)
    }

    #[test]
    fn parameters_keep_their_bytes_wherever_they_stand() {
        for (from, to, path, expected) in [
            ("/billing/{*rest}", "/v2/{*rest}", "/billing/a/b%2Fc", Some("/v2/a/b%2Fc")),
            ("/a/{x}/{y}", "/{y}/z/{x}", "/a/1/2", Some("/2/z/1")),
            ("/todos/{id}.json", "/items/{id}", "/todos/7.json", Some("/items/7")),
            ("/x{{y}}", "/z", "/x{y}", Some("/z")),
            ("/plain", "/x{{y}}", "/plain", Some("/x{y}")),
            ("/a/{x}", "/b/{y}", "/a/1", None),
            ("/a", "/b", "/c", None),
        ] {
            assert_eq!(map(from, to, path).as_deref(), expected, "{from} {to} {path}");
        }
    }

    #[test]
    fn of_two_pairs_for_the_same_paths_the_first_counts() {
        let map = PathMap::new([
            ("/v2/{id}".to_owned(), "/one/{id}".to_owned()),
            ("/v2/{name}".to_owned(), "/two/{name}".to_owned()),
            ("/v2/new".to_owned(), "/new".to_owned()),
        ]);
        assert_eq!(map.map("/v2/7").as_deref(), Some("/one/7"));
        assert_eq!(map.map("/v2/new").as_deref(), Some("/new"));
        assert!(map.matches("/v2/7") && !map.matches("/v3"));
    }

    #[test]
    fn the_parameters_of_a_template_are_named() {
        assert_eq!(parameters("/a/{x}/{{no}}/{*rest}"), ["x", "*rest"]);
        assert!(parameters("/a").is_empty());
    }
}
