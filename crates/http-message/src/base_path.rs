//! The path of a server's public address, below which all its addresses lie.

use std::sync::Arc;

/// A base path such as `/app`; empty where a server has its host to itself. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasePath(Arc<str>);

impl BasePath {
    /// The base path of a public address with this path.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self(path.trim_end_matches('/').into())
    }

    /// The path, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the server has its host to itself.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The browser's path for one of the server's own, which begins with a slash.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        [&self.0, path].concat()
    }

    /// The server's own path for one of the browser's; `None` outside. It is empty for the base path itself.
    #[must_use]
    pub fn inside<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(&*self.0).filter(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
    }

    /// The browser's path for one that may lie outside, such as the address to return to after a sign-in.
    #[must_use]
    pub fn bring_inside(&self, path: &str) -> String {
        let end = path.find(['?', '#']).unwrap_or(path.len());
        // A browser would go up from there.
        if path[..end].split('/').any(is_dots) {
            return self.at("/");
        }
        match self.inside(path) {
            Some(rest) if rest.starts_with('/') => path.to_owned(),
            _ => self.at(path),
        }
    }

    /// What the names of cookies go on with, such as `-app` or `-a+b`: servers on one host must not take each other's. No
    /// two paths have the same.
    #[must_use]
    pub fn cookie_suffix(&self) -> String {
        self.0.replacen('/', "-", 1).replace('/', "+")
    }
}

/// Whether a browser takes a segment for `.` or `..` (URL standard).
fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_changes_nothing() {
        let root = BasePath::new("/");
        assert!(root.is_root());
        assert_eq!(root.at("/todos"), "/todos");
        assert_eq!(root.inside("/todos?x"), Some("/todos?x"));
        assert_eq!(root.bring_inside("/"), "/");
        assert_eq!(root.cookie_suffix(), "");
    }

    #[test]
    fn a_base_path_is_whole_segments() {
        for given in ["/app", "/app/"] {
            let base = BasePath::new(given);
            assert_eq!(base.as_str(), "/app");
            assert_eq!(base.at("/bff/login"), "/app/bff/login");
            assert_eq!(base.inside("/app/todos"), Some("/todos"));
            assert_eq!(base.inside("/app"), Some(""));
            assert_eq!(base.inside("/app?x=1"), Some("?x=1"));
            for outside in ["/", "/apple", "/App/x", "/other/app", "app/x"] {
                assert_eq!(base.inside(outside), None, "{outside}");
            }
        }
        assert_eq!(BasePath::new("/a/b").cookie_suffix(), "-a+b");
        assert_eq!(BasePath::new("/a-b").cookie_suffix(), "-a-b");
    }

    #[test]
    fn an_address_to_return_to_lies_inside() {
        let base = BasePath::new("/app");
        for (given, expected) in [
            ("/", "/app/"),
            ("/todos", "/app/todos"),
            ("/app/todos", "/app/todos"),
            ("/app", "/app/app"),
            ("/app/../other", "/app/"),
            ("/app/%2E%2e/other", "/app/"),
            ("/app/x?y=/../z", "/app/x?y=/../z"),
            ("/app/...", "/app/..."),
        ] {
            assert_eq!(base.bring_inside(given), expected, "{given}");
        }
    }
}
