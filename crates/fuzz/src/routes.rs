//! Route tables, and what a table says of the spellings of a path.

use std::{env, fs, path::PathBuf, process, sync::LazyLock};

use http::Method;

use bff::{
    Config,
    config::Source,
    route_table::{Route, RouteTable},
};
use http_message::CanonicalPath;

/// The server reads tables from files alone.
static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| env::temp_dir().join(format!("bff-fuzz-routes-{}.toml", process::id())));

/// A table, then a zero byte and a path. A table is read the same with a comment at its end. No route takes a method that it
/// does not name, and no other spelling of a path passes a route's terms by.
pub fn run(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let table = parts.next().unwrap_or_default();
    let path = String::from_utf8_lossy(parts.next().unwrap_or_default());
    let outcome = read(table);
    let again = read(&[table, b"\n# the end"].concat());
    // A comment may end a text that never ended by itself; a table that works stays one.
    let Ok(table) = outcome else { return };
    let again = again.map(|again| format!("{again:?}"));
    assert_eq!(again.as_deref(), Ok(format!("{table:?}").as_str()), "a comment changed the table");

    let Ok(canonical) = CanonicalPath::parse(&path) else { return };
    for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE] {
        let Ok(route) = table.find(&method, &canonical) else { continue };
        assert!(route.methods.contains(&method), "{method} is none of {:?}", route.path);
        assert!(
            !canonical.has_encoded_slash() || route.encoded_slash,
            "{:?} takes no encoded slash",
            route.path
        );
        let others = [
            format!("{path}/"),
            format!("{path};x"),
            format!("{path}.json"),
            format!("{path}%20"),
            path.to_ascii_uppercase(),
            path.to_ascii_lowercase(),
        ];
        for other in others.iter().filter_map(|other| CanonicalPath::parse(other).ok()) {
            let Ok(found) = table.find(&method, &other) else { continue };
            let (other, own) = (other.as_str(), &route.path);
            assert!(has_terms_of(found, route), "{other:?} passes by the terms of {own:?} for {path:?}");
        }
    }
}

fn read(table: &[u8]) -> Result<RouteTable, String> {
    fs::write(&*FILE, table).map_err(|err| err.to_string())?;
    let file = FILE.to_string_lossy();
    let config = Config::from_source(&Source::of([("BFF_ROUTES", &*file)]));
    let _ = fs::remove_file(&*FILE);
    config.map(|config| config.routes).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| line.contains("BFF_ROUTES")), "{lines:?}");
        lines.concat()
    })
}

/// What keeps something from somebody.
fn has_terms_of(one: &Route, other: &Route) -> bool {
    one.session == other.session
        && one.select == other.select
        && one.list == other.list
        && one.limit == other.limit
}
