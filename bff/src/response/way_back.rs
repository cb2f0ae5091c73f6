//! The way from an upstream's path back to the browser's, where routes rewrite paths or lead to several upstreams.

use http_message::path::map::PathMap;

/// The routes that lead to one upstream, seen from there. Cheap to clone.
#[derive(Debug, Clone)]
pub struct WayBack {
    /// From a route's rewritten path to its own.
    back: PathMap,
    /// The routes' own paths.
    here: PathMap,
}

impl WayBack {
    /// The way back through routes, each with its own path and the one that it is rewritten to.
    pub fn new<'a>(routes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let routes: Vec<_> = routes.into_iter().map(|(path, to)| (path.to_owned(), to.to_owned())).collect();
        let here = PathMap::new(routes.iter().map(|(path, _)| (path.clone(), path.clone())));
        Self { back: PathMap::new(routes.into_iter().map(|(path, to)| (to, path))), here }
    }

    /// The browser's path for one of the upstream; `None` where no route leads there.
    #[must_use]
    pub fn path(&self, upstream: &str) -> Option<String> {
        self.back.map(upstream)
    }

    /// Whether a route to the upstream has this path.
    #[must_use]
    pub fn is_here(&self, path: &str) -> bool {
        self.here.matches(path)
    }
}
