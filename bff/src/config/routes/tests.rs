use std::time::Duration;

use http::Method;
use shared::endpoint::ENDPOINTS;

use super::*;

use http_message::CanonicalPath;

use crate::route_table::RouteError;

fn parse(text: &str) -> Result<RouteTable, RoutesError> {
    super::parse(text, Heuristic::Off)
}

fn path(raw: &str) -> CanonicalPath {
    CanonicalPath::parse(raw).unwrap()
}

const TABLE: &str = r#"
[[route]]
path = "/todos"
methods = ["GET"]

[[route]]
path = "/todos"
methods = ["POST"]
timeout = "30s"

[[route]]
path = "/todos/{id}"
methods = ["GET", "DELETE"]
timeout = "5s"
errors = "passthrough"

[[route]]
path = "/todos/random"

[[route]]
path = "/files/{*path}"
encoded-slash = true
"#;

#[test]
fn the_most_specific_route_wins() {
    let table = parse(TABLE).unwrap();
    for (method, raw, template) in [
        (Method::GET, "/todos", "/todos"),
        (Method::GET, "/todos/7", "/todos/{id}"),
        (Method::GET, "/todos/random", "/todos/random"),
        (Method::PATCH, "/todos/random", "/todos/random"),
        (Method::GET, "/files/a/b/c", "/files/{*path}"),
        (Method::GET, "/files/a%2Fb", "/files/{*path}"),
    ] {
        assert_eq!(table.find(&method, &path(raw)).unwrap().path, template, "{method} {raw}");
    }
}

#[test]
fn routes_of_one_path_are_told_apart_by_method() {
    let table = parse(TABLE).unwrap();
    assert_eq!(table.find(&Method::GET, &path("/todos")).unwrap().deadlines.timeout, None);
    let create = table.find(&Method::POST, &path("/todos")).unwrap();
    assert_eq!(create.deadlines.timeout, Some(Duration::from_secs(30)));
}

#[test]
fn what_no_route_matches_is_not_found_and_never_falls_through_to_another() {
    let table = parse(TABLE).unwrap();
    for raw in ["/", "/users", "/todos/", "/todos/7/", "/todos/7/8", "/Todos", "/files", "/files/"] {
        assert_eq!(table.find(&Method::GET, &path(raw)), Err(RouteError::NotFound), "{raw}");
    }
}

#[test]
fn a_method_that_the_route_does_not_name_is_refused_and_get_allows_head() {
    let table = parse(TABLE).unwrap();
    let Err(RouteError::MethodNotAllowed { allowed }) = table.find(&Method::PUT, &path("/todos/7")) else {
        panic!("PUT was allowed");
    };
    assert_eq!(allowed, [Method::GET, Method::DELETE, Method::HEAD]);
    assert!(table.find(&Method::HEAD, &path("/todos/7")).is_ok());
}

#[test]
fn an_unusual_method_is_allowed_where_a_route_names_it_to_the_letter() {
    let table = "[[route]]\npath = '/dav/{*rest}'\nmethods = ['GET', 'PROPFIND']\n[[route]]\npath = '/a'";
    let table = parse(table).unwrap();
    let propfind: Method = "PROPFIND".parse().unwrap();
    assert!(table.find(&propfind, &path("/dav/x")).is_ok());
    for (method, raw) in
        [("propfind", "/dav/x"), ("PROPFIN", "/dav/x"), ("REPORT", "/dav/x"), ("PROPFIND", "/a")]
    {
        let found = table.find(&method.parse().unwrap(), &path(raw));
        assert!(matches!(found, Err(RouteError::MethodNotAllowed { .. })), "{method} {raw}");
    }
    assert!(RouteTable::built_in(Heuristic::Off).find(&propfind, &path("/a")).is_err());
}

#[test]
fn an_encoded_slash_needs_a_route_that_allows_it() {
    let table = parse(TABLE).unwrap();
    assert_eq!(table.find(&Method::GET, &path("/todos/a%2Fb")), Err(RouteError::EncodedSlash));
    let built_in = RouteTable::built_in(Heuristic::Off);
    assert_eq!(built_in.find(&Method::GET, &path("/a%2Fb")), Err(RouteError::EncodedSlash));
}

#[test]
fn the_built_in_table_takes_every_path_by_the_usual_methods() {
    let table = RouteTable::built_in(Heuristic::Off);
    for method in METHODS {
        assert!(table.find(&method, &path("/any/thing")).is_ok(), "{method}");
    }
    assert!(matches!(table.find(&Method::TRACE, &path("/a")), Err(RouteError::MethodNotAllowed { .. })));
}

#[test]
fn the_built_in_table_and_the_example_take_every_endpoint_of_the_app() {
    let example = parse(include_str!("../../../../routes.example.toml")).unwrap();
    for table in [RouteTable::built_in(Heuristic::Off), example] {
        for endpoint in ENDPOINTS {
            let method = endpoint.method.as_str().parse().unwrap();
            let concrete = path(&endpoint.path.replace("{id}", "7"));
            assert!(table.find(&method, &concrete).is_ok(), "{}", endpoint.name);
        }
    }
}

#[test]
fn a_route_says_in_whose_name_it_goes_and_what_may_leave() {
    let table =
        parse("[[route]]\npath = '/a'\nsession = 'required'\nselect = ['id']\n[[route]]\npath = '/b'");
    let routes: Vec<_> = table.unwrap().routes().map(|route| (route.session, route.select.clone())).collect();
    let expected = [(SessionPolicy::Required, Some(vec!["id".to_owned()])), (SessionPolicy::Optional, None)];
    assert_eq!(routes, expected);
}

#[test]
fn a_routes_word_on_heuristics_goes_before_the_setting() {
    for (cache, setting, heuristic) in [
        ("", Heuristic::Off, Heuristic::Off),
        ("", Heuristic::Shared, Heuristic::Shared),
        ("cache = { ttl = '1s', private = true }", Heuristic::Shared, Heuristic::Shared),
        ("cache = { heuristic = true }", Heuristic::Off, Heuristic::Private),
        ("cache = { heuristic = true }", Heuristic::Shared, Heuristic::Private),
        ("cache = { heuristic = false }", Heuristic::Shared, Heuristic::Off),
    ] {
        let table = super::parse(&format!("[[route]]\npath = '/a'\n{cache}"), setting).unwrap();
        let found = table.routes().map(|route| route.cache.heuristic).collect::<Vec<_>>();
        assert_eq!(found, [heuristic], "{cache:?} {setting:?}");
    }
    let built_in = RouteTable::built_in(Heuristic::Shared);
    assert!(built_in.routes().all(|route| route.cache.heuristic == Heuristic::Shared));
}

#[test]
fn a_wrong_table_says_what_is_wrong() {
    for (text, says) in [
        ("", "no [[route]]"),
        ("[[route]]\n", "path"),
        ("[[route]]\npath = 'todos'", "must start with /"),
        ("[[route]]\npath = '/a'\nmethods = ['TRACE']", "methods: TRACE is never forwarded"),
        ("[[route]]\npath = '/a'\nmethods = ['get']", "methods: \"get\" is not GET"),
        ("[[route]]\npath = '/a'\nmethods = []", "names no method"),
        ("[[route]]\npath = '/a'\nmethods = ['GET', 'GET']", "named twice"),
        ("[[route]]\npath = '/a'\ntimeout = '0s'", "timeout is not a duration"),
        ("[[route]]\npath = '/a'\nerrors = 'hide'", "unknown variant `hide`"),
        ("[[route]]\npath = '/a'\nsession = 'maybe'", "unknown variant `maybe`"),
        ("[[route]]\npath = '/a'\nlimit = '20'", "limit is not a limit; expected COUNT/DURATION"),
        ("[[route]]\npath = '/a'\nselect = []", "select names no field"),
        ("[[route]]\npath = '/a'\ncache = { ttl = '0s' }", "cache: ttl is not a duration"),
        ("[[route]]\npath = '/a'\ncache = { age = '1s' }", "unknown field `age`"),
        ("[[route]]\npath = '/a'\ncache = { heuristic = '10%' }", "expected a boolean"),
        ("[[route]]\npath = '/a'\nwebsocket = true", "unknown field `websocket`"),
        ("[[route]]\npath = '/a'\n[[route]]\npath = '/a'", "belongs to an earlier route"),
        ("[[route]]\npath = '/{a}'\n[[route]]\npath = '/{b}'", "route \"/{b}\""),
        ("[[route]]\npath = '/{*rest}/x'", "route \"/{*rest}/x\""),
        ("not toml", "expected"),
    ] {
        let err = parse(text).unwrap_err().to_string();
        assert!(err.contains(says), "{text:?} says {err:?}, not {says:?}");
    }
}

#[test]
fn a_slash_behind_a_path_makes_no_difference_where_the_route_says_so() {
    let parsed = |text: &str| parse(text);
    let table = "[[route]]\npath = \"/todos\"\nmethods = [\"GET\"]\ntrailing-slash = \"either\"\n\
         [[route]]\npath = \"/users/{id}/\"\ntrailing-slash = \"either\"\n[[route]]\npath = \"/strict\"\n";
    let table = parsed(table).unwrap();
    let found = |at: &str| table.find(&Method::GET, &path(at)).map(|route| route.path.clone()).ok();
    for (at, expected) in [
        ("/todos", Some("/todos")),
        ("/todos/", Some("/todos")),
        ("/users/1", Some("/users/{id}/")),
        ("/users/1/", Some("/users/{id}/")),
        ("/strict", Some("/strict")),
        ("/strict/", None),
    ] {
        assert_eq!(found(at).as_deref(), expected, "{at}");
    }
    let twice = "[[route]]\npath = \"/a\"\ntrailing-slash = \"either\"\n[[route]]\npath = \"/a/\"\n";
    assert!(parsed(twice).unwrap_err().to_string().contains("belongs to an earlier route"));
}
