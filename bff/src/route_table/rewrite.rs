//! The path that a route's requests have at the upstream, where it is another one than the browser's.

use http_message::path::map::{PathMap, parameters};

/// A rewritten path. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    map: PathMap,
    to: String,
    /// The path below the mount that stands for the upstream's root, where that is not the mount itself.
    prefix: Option<String>,
}

impl Rewrite {
    /// The template `to` in the place of the route's own one, `path`.
    ///
    /// # Errors
    /// Completes "rewrite …": a parameter that the path does not have.
    pub fn new(path: &str, to: &str) -> Result<Self, String> {
        let known = parameters(path);
        if let Some(unknown) = parameters(to).iter().find(|name| !known.contains(name)) {
            return Err(format!("has the parameter {{{unknown}}}, which the path has not"));
        }
        let prefix = path.strip_suffix(to).filter(|prefix| !prefix.is_empty() && !prefix.contains('{'));
        let prefix = prefix.map(str::to_owned);
        Ok(Self { map: PathMap::new([(path.to_owned(), to.to_owned())]), to: to.to_owned(), prefix })
    }

    /// The template of the path at the upstream.
    #[must_use]
    pub fn template(&self) -> &str {
        &self.to
    }

    /// The path below the mount that stands for the upstream's root, such as `/billing`; `None`: the mount itself.
    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        self.prefix.as_deref()
    }

    /// The path at the upstream. A slash behind the path that the route does not have goes along.
    #[must_use]
    pub fn path(&self, path: &str) -> Option<String> {
        // The root has its slash in any case.
        let with_slash = |path: &str| {
            let to = self.map.map(&format!("{path}/"))?;
            Some(to.strip_suffix('/').filter(|to| !to.is_empty()).map(str::to_owned).unwrap_or(to))
        };
        let without = |path: &str| {
            let to = self.map.map(path.strip_suffix('/')?)?;
            Some(if to.ends_with('/') { to } else { format!("{to}/") })
        };
        self.map.map(path).or_else(|| without(path)).or_else(|| with_slash(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_behind_the_path_goes_along() {
        let rewrite = Rewrite::new("/todos/{id}", "/v2/items/{id}").unwrap();
        assert_eq!(rewrite.path("/todos/7").as_deref(), Some("/v2/items/7"));
        assert_eq!(rewrite.path("/todos/7/").as_deref(), Some("/v2/items/7/"));
        let rewrite = Rewrite::new("/todos/{id}/", "/v2/items/{id}/").unwrap();
        assert_eq!(rewrite.path("/todos/7").as_deref(), Some("/v2/items/7"));
        assert_eq!(rewrite.path("/other"), None);
        for (path, to, asked) in [("/shop", "/", "/shop/"), ("/billing/", "/", "/billing")] {
            assert_eq!(Rewrite::new(path, to).unwrap().path(asked).as_deref(), Some("/"), "{path}");
        }
    }

    #[test]
    fn the_prefix_is_what_the_upstream_does_not_see() {
        let prefix = |path, to| Rewrite::new(path, to).unwrap().prefix().map(str::to_owned);
        let billing = Some("/billing".to_owned());
        assert_eq!(prefix("/billing/{*rest}", "/{*rest}"), billing);
        assert_eq!(prefix("/billing/invoices/{id}", "/invoices/{id}"), billing);
        assert_eq!(prefix("/todos/{id}", "/v2/todos/{id}"), None);
        assert_eq!(prefix("/{tenant}/{*rest}", "/{*rest}"), None);
    }

    #[test]
    fn a_parameter_that_the_path_lacks_is_refused() {
        let err = Rewrite::new("/todos/{id}", "/v2/{name}").unwrap_err();
        assert!(err.contains("{name}"), "{err}");
        assert!(Rewrite::new("/todos/{id}", "/v2/{*id}").is_err());
    }
}
