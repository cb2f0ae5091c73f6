//! SECURITY.md line 37: an unsafe configuration does not start in production.

use crate::harness::{keys::KEY_A, program::bff};

/// A configuration that may run, changed by `changes` (an empty value takes a setting away), and what it says.
fn start(changes: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let routes = folder.path().join("routes.toml");
    std::fs::write(&routes, "[[route]]\npath = \"/todos\"\n").unwrap();
    let mut command = bff(&folder);
    command
        .env("BFF_PROFILE", "production")
        .env("BFF_PUBLIC_URL", "https://app.example")
        .env("BFF_ROUTES", &routes)
        .env("BFF_SESSION_KEY", KEY_A)
        .env("BFF_TRUSTED_PROXIES", "10.0.0.0/8")
        .env("API_URL", "http://api.example")
        // Past the configuration it stops here, so that a good one ends as well.
        .env("BFF_LISTEN", "127.0.0.1:0")
        .env("BFF_SPA_DIR", folder.path().join("no-such-app"));
    for (name, value) in changes {
        command.env(name, value);
    }
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn security_37_an_unsafe_configuration_is_refused_in_production_with_why() {
    for (changes, message) in [
        (&[("BFF_PUBLIC_URL", "http://app.example")][..], "BFF_PUBLIC_URL: \"http://app.example\" is unsafe"),
        (&[("BFF_PUBLIC_URL", "")], "BFF_PUBLIC_URL: \"\" is unsafe"),
        (
            &[("BFF_PUBLIC_URL", "http://127.0.0.1:3000"), ("BFF_LISTEN", "0.0.0.0:0")],
            "BFF_PUBLIC_URL: \"http://127.0.0.1:3000\" is unsafe",
        ),
        (&[("BFF_TRUSTED_PROXIES", "")], "BFF_TRUSTED_PROXIES: \"\" is unsafe"),
        (&[("API_URL", "")], "API_URL: \"\" is unsafe"),
        (&[("BFF_ROUTES", "")], "BFF_ROUTES: \"\" is unsafe"),
        (&[("BFF_CORS_ORIGINS", "*")], "BFF_CORS_ORIGINS: \"*\" is unsafe"),
        (&[("BFF_SESSION_KEY", "")], "BFF_SESSION_KEY: \"\" is unsafe"),
        (&[("BFF_LOGIN_LIMIT", "off")], "BFF_LOGIN_LIMIT: \"off\" is unsafe"),
        (
            &[
                ("BFF_OIDC_ISSUER", "http://login.example"),
                ("BFF_OIDC_CLIENT_ID", "a"),
                ("BFF_OIDC_CLIENT_SECRET", "b"),
            ],
            "BFF_OIDC_ISSUER: \"http://login.example\" is unsafe",
        ),
        (
            &[("BFF_OIDC_ISSUER", "https://login.example"), ("BFF_OIDC_CLIENT_ID", "a")],
            "BFF_OIDC_CLIENT_SECRET: \"\" is unsafe",
        ),
    ] {
        let (code, said) = start(changes);
        assert_eq!(code, Some(2), "{changes:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{changes:?}: {said}");
        assert!(said.starts_with(&format!("bff: {message} with BFF_PROFILE=production: ")), "{said}");
    }
    let (_, said) = start(&[]);
    assert!(said.starts_with("bff: BFF_SPA_DIR"), "a safe one goes on to read the app: {said}");
    let (_, said) = start(&[("BFF_TRUSTED_PROXIES", "none")]);
    assert!(said.starts_with("bff: BFF_SPA_DIR"), "so is one that says that there is no proxy: {said}");
    let loopback = [("BFF_PUBLIC_URL", "http://127.0.0.1:3000"), ("BFF_TRUSTED_PROXIES", "")];
    let (_, said) = start(&loopback);
    assert!(said.starts_with("bff: BFF_SPA_DIR"), "loopback is safe: {said}");
    let (_, said) = start(&[("BFF_SESSION_STORE", "cookie")]);
    assert!(said.starts_with("bff: BFF_SPA_DIR"), "so are sessions in cookies: {said}");
}

#[test]
fn security_37_a_key_that_is_none_is_refused_and_not_repeated() {
    let (code, said) = start(&[("BFF_SESSION_KEY", "hunter2hunter2")]);
    assert_eq!(code, Some(2));
    assert!(said.contains("BFF_SESSION_KEY") && !said.contains("hunter2"), "{said}");
}
