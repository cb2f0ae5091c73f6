use std::time::Duration;

use http::Method;
use shared::endpoint::ENDPOINTS;

use super::*;

use http_message::CanonicalPath;

use crate::{
    config::{Config, Source},
    route_table::RouteError,
    session::ClaimName,
    sign_in::credentials::UpstreamLogin,
};

fn beside(base_path: &str, text: &str) -> Result<(RouteTable, Vec<String>), Vec<String>> {
    read(base_path, Heuristic::Off, text)
}

fn read(base_path: &str, heuristic: Heuristic, text: &str) -> Result<(RouteTable, Vec<String>), Vec<String>> {
    let [login, refresh, me] = ["/auth/login", "/auth/refresh", "/auth/me"].map(str::to_owned);
    let config = Config::from_source(&Source::default()).unwrap();
    let claims = [ClaimName::parse("roles").unwrap()];
    let beside = Beside {
        base_path,
        heuristic,
        login: &UpstreamLogin { login, refresh, me, logout: None },
        upstream: &config.upstream,
        has_oidc: false,
        variable: &|_| None,
        claims: Some(&claims[..]),
    };
    let told = |lines: Vec<TableLine>| lines.iter().map(ToString::to_string).collect();
    super::parse(text, &beside).map(|table| (table.routes, told(table.warnings))).map_err(told)
}

/// A table that works without a warning.
fn parse(text: &str) -> Result<RouteTable, Vec<String>> {
    let (table, warnings) = beside("", text)?;
    assert_eq!(warnings, [""; 0], "{text}");
    Ok(table)
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
        let (table, _) = read("", setting, &format!("[[route]]\npath = '/a'\n{cache}")).unwrap();
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
        ("[[route]]\npath = '/a'\nmax-body = 'much'", "max-body is not a size; expected bytes"),
        ("[[route]]\npath = '/a'\nmax-body = '0'", "max-body is not a size"),
        (
            "[[route]]\npath = '/a'\nrequire = { claim = 'groups', any = ['x'] }",
            "route \"/a\": require: the claim \"groups\" is not one of BFF_OIDC_CLAIMS",
        ),
        ("[[route]]\npath = '/a'\nrequire = { claim = 'roles', any = [] }", "require: any lists the values"),
        (
            "[[route]]\npath = '/a'\nrequire = { claim = 'roles', any = [''] }",
            "require: any lists the values",
        ),
        ("[[route]]\npath = '/a'\nrequire = { claim = 'roles' }", "missing field `any`"),
        ("[[route]]\npath = '/a'\nrequire = { claim = 'roles', all = ['x'] }", "unknown field `all`"),
        (
            "[[route]]\npath = '/a'\nsession = 'none'\nrequire = { claim = 'roles', any = ['x'] }",
            "session = \"none\" has none",
        ),
        ("[[route]]\npath = '/a'\nacr = []", "acr names no class"),
        ("[[route]]\npath = '/a'\nacr = ['a b']", "acr names \"a b\", which is no class"),
        ("[[route]]\npath = '/a'\nacr = 'a\"b'", "which is no class"),
        ("[[route]]\npath = '/a'\nmax-age = 600", "invalid type: integer"),
        ("[[route]]\npath = '/a'\nmax-age = '0s'", "max-age is not a duration"),
        ("[[route]]\npath = '/a'\nmax-age = '1500ms'", "max-age must be whole seconds"),
        ("[[route]]\npath = '/a'\nsession = 'none'\nacr = 'mfa'", "session = \"none\" has none"),
        ("[[route]]\npath = '/a'\nselect = []", "select names no field"),
        (
            "[[route]]\npath = '/a'\nresponse-headers = ['Set-Cookie']",
            "response-headers names Set-Cookie, which never leaves",
        ),
        (
            "[[route]]\npath = '/a'\nrequest-headers = ['Cookie']",
            "request-headers names Cookie, which never goes",
        ),
        ("[[route]]\npath = '/a'\nrequest-headers = ['*']", "request-headers names \"*\"; a pattern is the"),
        ("[[route]]\npath = '/a'\nresponse-headers = ['x-*']", "a pattern matches nothing"),
        ("[[route]]\npath = '/a'\nlist = 'results'", "list is the way to the list that select is for"),
        ("[[route]]\npath = '/a'\nselect = ['id']\nlist = 'a..b'", "list is the way to the list"),
        ("[[route]]\npath = '/a'\ncache = { ttl = '0s' }", "cache: ttl is not a duration"),
        ("[[route]]\npath = '/a'\ncache = { age = '1s' }", "unknown field `age`"),
        ("[[route]]\npath = '/a'\ncache = { heuristic = '10%' }", "expected a boolean"),
        ("[[route]]\npath = '/a'\nmethods = ['POST']\nwebsocket = true", "websocket needs the method GET"),
        ("[[route]]\npath = '/a'\nwebsocket = 'yes'", "expected a boolean"),
        ("[[route]]\npath = '/a'\nwebsockets = true", "unknown field `websockets`"),
        ("[[route]]\npath = '/a'\n[[route]]\npath = '/a'", "belongs to an earlier route"),
        (
            "[[route]]\npath = '/{a}'\n[[route]]\npath = '/{b}'",
            "line 4: route \"/{b}\": it matches the same paths as \"/{a}\"",
        ),
        ("[[route]]\npath = '/{}'", "a parameter is a name in braces"),
        ("[[route]]\npath = '/{a}-{b}'", "a segment has one parameter at most"),
        ("[[route]]\npath = '/{*rest}/x'", "route \"/{*rest}/x\""),
        ("not toml", "expected"),
    ] {
        let err = parse(text).unwrap_err().join("\n");
        assert!(err.contains(says), "{text:?} says {err:?}, not {says:?}");
    }
}

#[test]
fn a_slash_behind_a_path_makes_no_difference_where_the_route_says_so() {
    let table = "[[route]]\npath = \"/todos\"\nmethods = [\"GET\"]\ntrailing-slash = \"either\"\n\
         [[route]]\npath = \"/users/{id}/\"\ntrailing-slash = \"either\"\n[[route]]\npath = \"/strict\"\n";
    let table = parse(table).unwrap();
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
    assert!(parse(twice).unwrap_err()[0].contains("belongs to an earlier route"));
}

#[test]
fn every_wrong_route_is_told_in_one_line_with_its_number() {
    let table = "# a comment\n[[route]]\npath = '/a?b'\n\n[[route]]\nmethods = ['get']\npath = '/c d'\n";
    let told = beside("", table).unwrap_err();
    let expected = [
        "line 3: route \"/a?b\": no request has this path: a query or a fragment is no part of it; write \"/a\"",
        "line 7: route \"/c d\": no request has this path: it contains a space; write \"/c%20d\"",
        "line 7: route \"/c d\": methods: \"get\" is not GET: names of methods are case-sensitive",
    ];
    assert_eq!(told, expected);
    for (text, line) in
        [("[[route]]\npath = '/a'\nsessions = 'none'", "line 3: unknown field"), ("\n[[route]", "line 2: ")]
    {
        let told = beside("", text).unwrap_err();
        assert!(told.len() == 1 && told[0].starts_with(line) && !told[0].contains('\n'), "{told:?}");
    }
}

#[test]
fn a_route_that_is_hardly_meant_is_warned_of() {
    for (fields, says) in [
        ("path = '/users/:id'", "\":id\" is the style of another router"),
        ("path = '/api/server/todos'", "paths begin behind the browser's /api/server; write \"/todos\""),
        ("path = '/api/server'", "write \"/\""),
        ("path = '/v1/todos'", "the upstream is asked for /v1/v1/todos; write \"/todos\""),
        ("path = '/batch'", "is the server's own"),
        ("path = '/auth/login'", "never reachable from the browser"),
        ("path = '/AUTH/Refresh/'", "never reachable from the browser"),
        ("path = '/a'\nselect = ['$.items[*].id']", "picks a field of exactly this name; write \"items.id\""),
        ("path = '/a'\nselect = ['']", "picks a field of exactly this name"),
        (
            "path = '/a'\nmethods = ['POST']\ncache = { ttl = '1s' }",
            "cache has no effect without the method GET",
        ),
        ("path = '/a'\ncache = { errors = true }", "cache: errors has no effect without ttl"),
        ("path = '/a'\nmethods = ['POST']\ntags = ['a']", "tags have no effect"),
        ("path = '/a'\nmethods = ['GET']\ninvalidates = ['known']", "invalidates has no effect"),
        ("path = '/a'\ninvalidates = ['knwon']", "no route has the tag \"knwon\"; did you mean \"known\"?"),
    ] {
        let table = format!("[[route]]\npath = '/known'\ntags = ['known']\n[[route]]\n{fields}");
        let (_, warnings) = beside("/v1", &table).unwrap();
        assert!(warnings.len() == 1 && warnings[0].starts_with("line 5: route "), "{fields}: {warnings:?}");
        assert!(warnings[0].contains(says), "{fields}: {warnings:?}");
    }
    let (_, warnings) = beside("", "[[route]]\npath = '/a'\ninvalidates = ['tods']").unwrap();
    assert!(warnings[0].contains("give it to the routes it is about"), "{warnings:?}");
}

#[test]
fn security_41_another_spelling_on_other_terms_is_warned_of() {
    let with = |second: &str| {
        let table = format!("[[route]]\npath = '/users/{{id}}'\nselect = ['id']\n[[route]]\n{second}");
        beside("", &table).unwrap().1
    };
    for other in ["path = '/Users/{name}'", "path = '/users/{id}.json'", "path = '/users/{id}/'"] {
        let warnings = with(other);
        assert!(warnings.iter().any(|line| line.starts_with("line 5: route ")), "{other}: {warnings:?}");
        assert!(warnings[0].contains("another spelling of a route with other terms"), "{warnings:?}");
        assert_eq!(with(&format!("{other}\nselect = ['id']")), [""; 0], "{other}");
    }
    assert_eq!(with("path = '/{*rest}'"), [""; 0]);
}

#[test]
fn a_table_that_is_meant_is_not_warned_of() {
    for fields in [
        "path = '/v1'\nmethods = ['GET']\ntags = ['a']",
        "path = '/api/servers'",
        "path = '/v10/todos'",
        "path = '/batch/{id}'",
        "path = '/auth/me'",
        "path = '/auth/{*rest}'",
        "path = '/a'\nselect = ['@id', 'first_name', 'x-y', 'user.name']",
        "path = '/a'\nselect = ['id']\nlist = 'data.items'",
        "path = '/a'\nmethods = ['HEAD', 'GET']\ncache = { ttl = '1s' }",
    ] {
        assert!(parse(&format!("[[route]]\n{fields}")).is_ok(), "{fields}");
    }
}

#[test]
fn the_lines_of_a_table_name_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.toml");
    let read = |table: &str| {
        std::fs::write(&file, table).unwrap();
        Config::from_source(&Source::of([("BFF_ROUTES", file.to_str().unwrap())]))
    };
    let begin = format!("BFF_ROUTES: {:?} ", file.to_str().unwrap());
    let errors = read("[[route]]\npath = '/a b'\n[[route]]\npath = 'c'").unwrap_err();
    let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert!(errors[0].starts_with(&format!("{begin}is not a route table: line 2: route ")), "{errors:?}");
    assert!(errors[1].starts_with(&format!("{begin}is not a route table: line 4: route ")), "{errors:?}");
    let warnings = read("[[route]]\npath = '/a/:b'").unwrap().warnings;
    assert!(
        warnings[0].to_string().starts_with(&format!("{begin}is hardly meant: line 2: route ")),
        "{warnings:?}"
    );
}
