use super::*;

#[test]
fn a_template_that_matches_nothing_is_refused_with_one_that_would_do() {
    for (given, says, better) in [
        ("todos", "must start with /", "/todos"),
        ("https://api.example/v1/todos", "must start with /", "/v1/todos"),
        ("/a?x=1", "a query or a fragment is no part of it", "/a"),
        ("/a#b", "a query or a fragment", "/a"),
        ("/a b", "contains a space", "/a%20b"),
        ("/a ", "contains a space", "/a"),
        ("/a\tb", "contains a space", "/ab"),
        ("/café", "must be percent-encoded", "/caf%C3%A9"),
        ("/caf\u{e9}/{id}", "must be percent-encoded", "/caf%C3%A9/{id}"),
        ("/a/../b", "dot segment", "/b"),
        ("/./a/{id}", "dot segment", "/a/{id}"),
        ("/a/%2e%2e/b", "dot segment", "/b"),
        ("//a", "empty segment", "/a"),
        ("/a//{id}/", "empty segment", "/a/{id}/"),
        ("/a\\b", "backslash", "/a/b"),
        ("/%74odos", "needs no encoding", "/todos"),
        ("/100%", "incomplete percent escape", "/100%25"),
        ("/a<b", "must be percent-encoded", "/a%3Cb"),
        ("/users/<int:id>", "style of another router", "/users/{id}"),
        ("/files/<path:rest>", "style of another router", "/files/{*rest}"),
        ("/users/:id?", "style of another router", "/users/{id}"),
        ("/users/(\\d+)", "regular expression", "/users/{name}"),
    ] {
        let problem = check(given, false).unwrap_err();
        assert!(problem.contains(says), "{given}: {problem}");
        assert!(problem.ends_with(&format!("; write {better:?}")), "{given}: {problem}");
        assert_eq!(check(better, false), Ok(None), "{better}");
    }
    assert!(check("/a%2Fb/{id}", false).unwrap_err().contains("needs encoded-slash = true"));
    assert_eq!(check("/a%2Fb/{id}", true), Ok(None));
}

#[test]
fn a_template_that_is_hardly_meant_is_warned_of_with_one_that_may_be() {
    for (given, says, better) in [
        ("/users/:id", "\":id\" is the style of another router", "/users/{id}"),
        ("/users/:id/posts/:post_id", "\":id\"", "/users/{id}/posts/{post_id}"),
        ("/files/:path*", "style of another router", "/files/{*path}"),
        ("/files/:path(.*)", "style of another router", "/files/{*path}"),
        ("/files/:name.json", "style of another router", "/files/{name}.json"),
        ("/users/[id]", "style of another router", "/users/{id}"),
        ("/files/[...slug]", "style of another router", "/files/{*slug}"),
        ("/files/*", "looks like a pattern", "/files/{*rest}"),
        ("/files/**", "looks like a pattern", "/files/{*rest}"),
        ("/files/*/meta", "looks like a pattern", "/files/{name}/meta"),
        ("/files/*.json", "looks like a pattern", "/files/{name}.json"),
        ("/files/*path", "style of another router", "/files/{*path}"),
        ("/users/[0-9]+", "regular expression", "/users/{name}"),
        ("/files/(.*)", "regular expression", "/files/{*rest}"),
        ("/files/.*", "regular expression", "/files/{*rest}"),
        ("/users$", "regular expression", "/users"),
        ("/users/{id:int}", "takes any text", "/users/{id}"),
        ("/users/{id:[0-9]+}", "takes any text", "/users/{id}"),
        ("/users/{id?}", "takes any text", "/users/{id}"),
        ("/files/{path...}", "takes any text", "/files/{*path}"),
        ("/files/{rest:path}", "takes any text", "/files/{*rest}"),
        ("/a/{{id}}", "percent-encoded", "/a/%7Bid%7D"),
        ("/a\"b", "percent-encoded", "/a%22b"),
        ("/caf%c3%a9", "upper case", "/caf%C3%A9"),
    ] {
        let warning = check(given, false).unwrap().unwrap_or_else(|| panic!("{given}: no warning"));
        assert!(warning.contains(says), "{given}: {warning}");
        assert!(warning.ends_with(&format!("; write {better:?}")), "{given}: {warning}");
        assert_eq!(check(better, false), Ok(None), "{better}");
    }
}

#[test]
fn a_template_of_a_real_api_passes_without_a_word() {
    for path in [
        "/",
        "/{*rest}",
        "/todos/",
        "/todos/{id}",
        "/todos/{todo-id}/items/{item_id}",
        "/users/{user.id}",
        "/v1/things:batchGet",
        "/v1/{name}:cancel",
        "/odata/Products(1)",
        "/odata/Products({id})",
        "/odata/$metadata",
        "/odata/Products/$count",
        "/@scope/{name}",
        "/a+b",
        "/a,b;c=d",
        "/.well-known/openid-configuration",
        "/files/{name}.json",
        "/caf%C3%A9",
        "/a%20b",
        "/~ada/it's!",
        "/matrix/[1]",
        "/a:b/{id}",
        "/:1",
    ] {
        assert_eq!(check(path, false), Ok(None), "{path}");
    }
}
