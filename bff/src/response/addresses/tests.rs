use super::*;

fn addresses(base: &str) -> Addresses {
    Addresses::new(BaseUrl::parse(base).unwrap(), Url::parse("https://app.example").unwrap())
}

fn here(path: &str) -> Place {
    Place::Here(path.to_owned())
}

#[test]
fn security_19_an_address_of_the_upstream_is_below_the_mount() {
    for (base, asked, address, expected) in [
        // In the upstream's own.
        ("http://api:8080", "/todos/", "http://api:8080/todos?limit=2#x", "/api/server/todos?limit=2#x"),
        ("http://api:8080", "/a", "//api:8080/c", "/api/server/c"),
        ("https://api/v1", "/todos/", "https://api/v1/todos", "/api/server/todos"),
        ("https://api/v1", "/todos/", "https://api:443/v1", "/api/server"),
        // In the scheme of the public host, or without the TLS in front of it.
        ("http://api:8080", "/todos", "https://api:8080/todos/", "/api/server/todos/"),
        ("http://api/v1", "/todos", "https://api/v1/todos/", "/api/server/todos/"),
        ("https://api/v1", "/todos", "http://api/v1/todos/", "/api/server/todos/"),
        ("https://api:8443", "/todos", "http://api:8443/todos/", "/api/server/todos/"),
        // As a path.
        ("http://api:8080", "/todos/", "/todos", "/api/server/todos"),
        ("http://api:8080", "/a/b", "c", "/api/server/a/c"),
        ("http://api:8080", "/a/b", "../c", "/api/server/c"),
        ("http://api:8080", "/a", "?page=2", "/api/server/a?page=2"),
        // In those of the public host.
        ("http://api:8080", "/items", "https://app.example/items/7", "/api/server/items/7"),
        ("http://api:8080", "/items", "//app.example/items/7", "/api/server/items/7"),
        ("https://api/v1", "/items", "https://app.example/v1/items/7", "/api/server/items/7"),
        // With the prefix that it was told of.
        ("http://api:8080", "/items", "https://app.example/api/server/items/7", "/api/server/items/7"),
        ("http://api:8080", "/items", "/api/server/items/7", "/api/server/items/7"),
        ("https://api/v1", "/items", "/api/server/v1/items/7", "/api/server/items/7"),
        ("https://api/v1", "/items", "https://app.example/api/server/items/7", "/api/server/items/7"),
        ("http://api:8080", "/items", "/api/servers", "/api/server/api/servers"),
        // Behind another one of our kind.
        ("http://inner/api/server", "/items", "/api/server/items/7", "/api/server/items/7"),
        // With bytes that are not ASCII, and with a space.
        ("http://api:8080", "/x", "/café?q=é", "/api/server/caf%C3%A9?q=%C3%A9"),
        ("http://api:8080", "/x", "/a b", "/api/server/a%20b"),
    ] {
        assert_eq!(
            addresses(base).place(address.as_bytes(), asked),
            here(expected),
            "{base} {asked} {address}"
        );
    }
    assert_eq!(addresses("http://api").place(b"/\xff", "/x"), here("/api/server/%FF"));
}

#[test]
fn security_19_an_address_elsewhere_is_told_from_a_hidden_one() {
    for (base, address, expected) in [
        ("http://api:8080", "https://evil.example/", Some("https://evil.example/")),
        ("http://api:8080", "//evil.example/x", Some("http://evil.example/x")),
        ("http://api:8080", "https://api:8080/", None),
        ("http://api:8080", "http://api:9090/", Some("http://api:9090/")),
        ("http://api", "http://api:8080/x", Some("http://api:8080/x")),
        // A redirect to the same resource asks for the other scheme.
        ("http://api", "https://api/", Some("https://api/")),
        ("https://api:8443", "http://api:8443/", None),
        ("https://api/v1", "http://api/admin", Some("http://api/admin")),
        ("http://api:8080", "javascript:alert(1)", None),
        ("https://api/v1", "https://api/v2/todos", None),
        ("https://api/v1", "/admin", None),
        ("https://api/v1", "/bff/logout", None),
        ("https://api/v1", "https://api/v1x", None),
        ("http://api:8080", "https://app.example//evil.example/x", None),
        ("http://api:8080", "//app.example//evil.example", None),
        ("http://api:8080", "https://app.example/\\evil.example", None),
        ("http://api:8080", "http://[", None),
    ] {
        let expected = expected.map_or(Place::Hidden, |address| Place::Elsewhere(address.to_owned()));
        assert_eq!(addresses(base).place(address.as_bytes(), "/"), expected, "{address}");
    }
}

#[test]
fn the_addresses_of_a_link_are_mapped_one_by_one() {
    let mapped = |value: &str| {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        addresses("http://api:8080").link(&value, "/items").map(|value| value.to_str().unwrap().to_owned())
    };
    for (value, expected) in [
        ("<http://api:8080/items?page=2>; rel=\"next\"", Some("</api/server/items?page=2>; rel=\"next\"")),
        (
            "</items?page=2>; rel=next, <?page=9>; rel=last",
            Some("</api/server/items?page=2>; rel=next, </api/server/items?page=9>; rel=last"),
        ),
        ("<https://docs.example/x>; rel=help", Some("<https://docs.example/x>; rel=help")),
        ("</a>; title=\"<b>, \\\"<c>\"", Some("</api/server/a>; title=\"<b>, \\\"<c>\"")),
        ("</é>; rel=next", Some("</api/server/%C3%A9>; rel=next")),
        (
            "</a>; rel=next; anchor=\"http://api:8080/b\"",
            Some("</api/server/a>; rel=next; anchor=\"https://app.example/api/server/b\""),
        ),
        ("</a>; rel=next; title=\"at http://api:8080/b\"", None),
        ("</a>; rel=next, <javascript:alert(1)>; rel=x", None),
        ("<unclosed; rel=next", None),
    ] {
        assert_eq!(mapped(value).as_deref(), expected, "{value}");
    }
}

#[test]
fn the_addresses_in_parameters_are_mapped_and_no_other_names_the_upstream() {
    let mapped = |value: &str| {
        let mapped = addresses("http://api:8080/v1").in_parameters(&value.parse().unwrap());
        mapped.map(|value| value.to_str().unwrap().to_owned())
    };
    for (value, expected) in [
        (
            "Bearer resource_metadata=\"http://api:8080/v1/meta\", error=\"invalid_token\"",
            Some("Bearer resource_metadata=\"https://app.example/api/server/meta\", error=\"invalid_token\""),
        ),
        ("Bearer realm=\"https://login.example/\"", Some("Bearer realm=\"https://login.example/\"")),
        ("Basic realm=\"/a\"", Some("Basic realm=\"/a\"")),
        ("Bearer realm=\"http://api:8080/v2\"", None),
        ("Basic realm=\"api:8080\"", None),
        ("Bearer realm=http://api:8080/v1/a", None),
        ("Basic realm=\"\\\"\", x=\"http://api:8080/v1/a\"", None),
    ] {
        assert_eq!(mapped(value).as_deref(), expected, "{value}");
    }
}

#[test]
fn a_refresh_leads_to_the_upstream_or_nowhere() {
    let mapped = |value: &str| {
        addresses("http://api:8080")
            .refresh(&value.parse().unwrap(), "/a")
            .map(|value| value.to_str().unwrap().to_owned())
    };
    for (value, expected) in [
        ("5", Some("5")),
        ("5; url=/next", Some("5; url=/api/server/next")),
        ("0;URL='http://api:8080/next?a=1'", Some("0; url=/api/server/next?a=1")),
        ("3, /next", Some("3; url=/api/server/next")),
        ("0; url=https://evil.example/", None),
        ("0 url=https://evil.example/", None),
        ("0 https://evil.example/; url=/next", None),
        ("0; url=javascript:alert(1)", None),
    ] {
        assert_eq!(mapped(value).as_deref(), expected, "{value}");
    }
}
