use crate::{
    config::{Config, Source},
    sign_in::token_policy::TokenPolicy,
};

/// The errors of a table with one route and this text, or the configuration and its warnings.
fn read(text: &str) -> Result<(Config, Vec<String>), Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.toml");
    std::fs::write(&file, format!("[[route]]\npath = '/a/{{*rest}}'\n{text}")).unwrap();
    let file = file.to_str().unwrap();
    let source = Source::of([("BFF_ROUTES", file), ("KEY", "hunter2"), ("BAD", "a\nb"), ("EMPTY", " ")]);
    let told = |lines: &[crate::config::ConfigError]| {
        let begin = format!("BFF_ROUTES: {file:?} ");
        lines.iter().map(|line| line.to_string().replace(&begin, "")).collect::<Vec<_>>()
    };
    let config = Config::from_source(&source).map_err(|errors| told(&errors))?;
    let warnings = told(&config.warnings);
    Ok((config, warnings))
}

#[test]
fn a_wrong_upstream_stops_the_start_with_its_line_and_its_name() {
    for (fields, says) in [
        ("", "url is missing"),
        ("url = 'billing.internal'", "url: \"billing.internal\" is not a URL"),
        ("url = []", "url: the list is empty"),
        ("url = ['http://a/v1', 'http://b/v2']", "differ in scheme or path"),
        ("url = ['http://a', 'https://b']", "differ in scheme or path"),
        ("url = 'http://a'\nca = 'x.pem'", "no effect without https"),
        ("url = 'https://a'\ncert = 'x.pem'", "cert and key belong together"),
        ("url = 'https://a'\nhttp2 = true", "http2 is not supported"),
        ("url = 'https://a'\nconnections = 0", "connections: 0 is not a whole number from 1"),
        ("url = 'https://a'\ntimeout = 'soon'", "timeout is not a duration"),
        ("url = 'https://a'\nconnect-timeout = '0s'", "connect-timeout is not a duration"),
        ("url = 'https://a'\ntoken = 'exchange'", "set BFF_OIDC_ISSUER"),
        ("url = 'https://a'\ntoken = 'client-credentials'", "set BFF_OIDC_ISSUER"),
        ("url = 'https://a'\naudience = 'x'", "audience and scope have no effect"),
        ("url = 'https://a'\nheaders = { 'X-Key' = { env = 'NONE' } }", "X-Key: NONE is not set"),
        ("url = 'https://a'\nheaders = { 'X-Key' = { env = 'EMPTY' } }", "X-Key: EMPTY is not set"),
        ("url = 'https://a'\nheaders = { 'X-Key' = { env = 'BAD' } }", "BAD holds bytes that cannot stand"),
        ("url = 'https://a'\nheaders = { 'X-Key' = { file = '/no/file' } }", "\"/no/file\" cannot be read"),
        ("url = 'https://a'\nheaders = { 'X-Key' = { env = 'KEY', file = '/x' } }", "X-Key is either"),
        ("url = 'https://a'\nheaders = { 'X Key' = { env = 'KEY' } }", "\"X Key\" is no header"),
        ("url = 'https://a'\nheaders = { Host = { env = 'KEY' } }", "Host is made by the server itself"),
        ("url = 'https://a'\nheaders = { Via = { env = 'KEY' } }", "Via is made by the server itself"),
        ("url = 'https://a'\nheaders = { TE = { env = 'KEY' } }", "TE is made by the server itself"),
    ] {
        let errors = read(&format!("upstream = 'x'\n[upstream.x]\n{fields}")).unwrap_err();
        assert_eq!(errors.len(), 1, "{fields}: {errors:?}");
        assert!(errors[0].starts_with("is not a route table: line 4: upstream \"x\": "), "{errors:?}");
        assert!(errors[0].contains(says) && !errors[0].contains("hunter2"), "{fields}: {errors:?}");
    }
    let errors = read("[upstream.default]\nurl = 'http://a'").unwrap_err();
    assert!(errors[0].contains("its address is API_URL"), "{errors:?}");
    let errors = read("[upstream.'a b']\nurl = 'http://a'").unwrap_err();
    assert!(errors[0].contains("a name has letters, digits, - and _"), "{errors:?}");
    // A key in the table itself would be committed with it; the message does not repeat it.
    let errors = read("[upstream.x]\nurl = 'http://a'\nheaders = { 'X-Key' = 'hunter2' }").unwrap_err();
    assert!(errors[0].contains("X-Key is either") && !errors[0].contains("hunter2"), "{errors:?}");
}

#[test]
fn a_wrong_upstream_or_rewrite_of_a_route_is_told_with_what_would_do() {
    for (fields, says) in [
        ("upstream = 'biling'\n[upstream.billing]\nurl = 'http://a'", "did you mean \"billing\"?"),
        ("upstream = 'billing'", "upstream: there is no [upstream.billing]"),
        ("rewrite = 'x'", "rewrite: the path must start with /"),
        ("rewrite = '/x/{id}'", "rewrite has the parameter {id}, which the path has not"),
        ("rewrite = '/x/../y'", "rewrite: no request has this path"),
    ] {
        let errors = read(fields).unwrap_err();
        assert!(errors[0].contains("route \"/a/{*rest}\": ") && errors[0].contains(says), "{errors:?}");
    }
}

#[test]
fn an_upstream_that_no_route_leads_to_is_warned_of() {
    let (_, warnings) =
        read("upstream = 'b'\n[upstream.b]\nurl = 'http://b'\n[upstream.c]\nurl = 'http://c'").unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("line 6: upstream \"c\": no route leads to it"), "{warnings:?}");
}

#[test]
fn a_token_leaves_for_another_service_only_where_the_table_says_so() {
    let (config, _) = read("upstream = 'b'\n[upstream.b]\nurl = 'http://b'").unwrap();
    assert_eq!(config.proof.token, TokenPolicy::Session);
    assert_eq!(config.named_upstreams[0].proof.token, TokenPolicy::None);
    let (config, _) = read("upstream = 'b'\n[upstream.b]\nurl = 'http://b'\ntoken = 'session'").unwrap();
    assert_eq!(config.named_upstreams[0].proof.token, TokenPolicy::Session);
}

#[test]
fn security_52_a_key_of_an_upstream_is_not_printed() {
    let (config, _) =
        read("upstream = 'b'\nsession = 'none'\n[upstream.b]\nurl = 'http://b'\nheaders = { 'X-Key' = { env = 'KEY' } }")
            .unwrap();
    assert_eq!(config.named_upstreams[0].proof.fields[0].1, "hunter2");
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn security_61_a_route_to_an_upstream_with_a_key_says_whom_it_is_for() {
    let with = |session: &str, proof: &str| {
        read(&format!("upstream = 'b'\n{session}[upstream.b]\nurl = 'https://b'\n{proof}"))
    };
    let key = "headers = { 'X-Key' = { env = 'KEY' } }";
    for proof in [key, "cert = 'a.pem'\nkey = 'a.key'"] {
        let errors = with("", proof).unwrap_err();
        assert!(errors[0].contains("say session = \"required\""), "{errors:?}");
        for session in ["required", "optional", "none"] {
            assert!(with(&format!("session = '{session}'\n"), proof).is_ok(), "{session}");
        }
    }
    assert!(with("", "token = 'session'").is_ok() && with("", "").is_ok());
    let errors = read(&format!("[upstream.default]\n{key}")).unwrap_err();
    assert!(errors[0].contains("say session = \"required\""), "{errors:?}");
}
