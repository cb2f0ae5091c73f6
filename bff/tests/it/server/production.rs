//! SECURITY.md lines 37 and 49: an unsafe configuration does not start in production.

use std::fs;

use crate::harness::{keys::KEY_A, program::bff};

/// A configuration that may run, changed by `changes` (an empty value takes a setting away), and what it says.
fn start(changes: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let routes = folder.path().join("routes.toml");
    fs::write(&routes, "[[route]]\npath = \"/todos\"\n").unwrap();
    let mut command = bff(&folder);
    command
        .env("BFF_PROFILE", "production")
        .env("BFF_PUBLIC_URL", "https://app.example")
        .env("BFF_ROUTES", &routes)
        .env("BFF_SESSION_KEY", KEY_A)
        .env("BFF_TRUSTED_PROXIES", "10.0.0.0/8")
        .env("API_URL", "https://api.example")
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
        (
            &[("BFF_SPA_DIR", ""), ("BFF_SPA_DEV", "http://127.0.0.1:5173")],
            "BFF_SPA_DEV: \"http://127.0.0.1:5173\" is unsafe",
        ),
        (&[("BFF_CSP", "script-src 'unsafe-inline'")], "BFF_CSP: \"script-src 'unsafe-inline'\" is unsafe"),
        (&[("BFF_CSP", "default-src 'unsafe-inline'")], "BFF_CSP: \"default-src 'unsafe-inline'\" is unsafe"),
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

#[test]
fn security_49_clear_text_goes_to_loopback_and_to_listed_hosts_alone() {
    let oidc = [("BFF_OIDC_CLIENT_ID", "a"), ("BFF_OIDC_CLIENT_SECRET", "b")];
    for (variable, value, host) in [
        ("API_URL", "http://api.example", "api.example"),
        ("REDIS_URL", "redis://:hunter2@redis.example:6379", "redis.example"),
        ("REDIS_URL", "redis://:hunter2@10.1.2.3:7000", "10.1.2.3"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel.example:4318", "otel.example"),
        ("BFF_OIDC_ISSUER", "http://login.example", "login.example"),
    ] {
        let mut changes = vec![(variable, value)];
        if variable == "BFF_OIDC_ISSUER" {
            changes.extend(oidc);
        }
        let (code, said) = start(&changes);
        assert_eq!(code, Some(2), "{variable}={value}: {said}");
        assert!(said.starts_with(&format!("bff: {variable}: ")) && said.lines().count() == 1, "{said}");
        assert!(said.contains("BFF_CLEARTEXT") && said.contains(host) && !said.contains("hunter2"), "{said}");
        for meant in ["*.example,10.0.0.0/8", host] {
            let mut changes = changes.clone();
            changes.push(("BFF_CLEARTEXT", meant));
            let (_, said) = start(&changes);
            assert!(said.starts_with("bff: BFF_SPA_DIR"), "{variable} with {meant}: {said}");
        }
    }
    for loopback in ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"] {
        let (_, said) = start(&[("API_URL", loopback)]);
        assert!(said.starts_with("bff: BFF_SPA_DIR"), "{loopback}: {said}");
    }
    for (given, says) in
        [("*", "every host"), ("0.0.0.0/0", "every address"), ("http://a", "names"), (",", "names no host")]
    {
        let (code, said) = start(&[("BFF_CLEARTEXT", given)]);
        assert!(code == Some(2) && said.contains("BFF_CLEARTEXT") && said.contains(says), "{given}: {said}");
    }
}

#[test]
fn security_49_clear_text_to_an_upstream_of_the_table_is_refused_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("table.toml");
    let text = "[[route]]\npath = '/a'\nupstream = 'b'\n[upstream.b]\nurl = ['http://b.example', 'http://c.example']";
    fs::write(&table, text).unwrap();
    let table = table.to_str().unwrap();
    let (code, said) = start(&[("BFF_ROUTES", table)]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.starts_with("bff: BFF_ROUTES: ") && said.contains("b.example and c.example"), "{said}");
    let (_, said) = start(&[("BFF_ROUTES", table), ("BFF_CLEARTEXT", "*.example")]);
    assert!(said.starts_with("bff: BFF_SPA_DIR"), "{said}");
}

#[test]
fn security_49_networks_that_are_everybody_are_no_proxies() {
    for networks in ["0.0.0.0/1,128.0.0.0/1", "2000::/3", "64.0.0.0/2", "10.0.0.0/8,::/1"] {
        let (code, said) = start(&[("BFF_TRUSTED_PROXIES", networks)]);
        assert!(code == Some(2) && said.starts_with("bff: BFF_TRUSTED_PROXIES: "), "{networks}: {said}");
        assert!(said.contains("is unsafe") && said.lines().count() == 1, "{networks}: {said}");
    }
    for networks in ["10.0.0.0/8,172.16.0.0/12,192.168.0.0/16", "fc00::/7,fe80::/10", "2001:db8::/32"] {
        let (_, said) = start(&[("BFF_TRUSTED_PROXIES", networks)]);
        assert!(said.starts_with("bff: BFF_SPA_DIR"), "{networks}: {said}");
    }
}

#[test]
fn security_49_a_key_that_can_be_guessed_is_refused_and_not_repeated() {
    for key in [
        "0123456789abcdef".repeat(4),
        "deadbeef".repeat(8),
        (0..32).map(|byte| format!("{byte:02x}")).collect(),
        (0..32).map(|byte| format!("{:02x}", 255 - byte)).collect(),
        "correct-horse-battery-staple-2026"
            .bytes()
            .take(32)
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>(),
        format!("{KEY_A},{}", "00ff".repeat(16)),
    ] {
        let (code, said) = start(&[("BFF_SESSION_KEY", &key)]);
        assert_eq!(code, Some(2), "{key}: {said}");
        assert!(said.starts_with("bff: BFF_SESSION_KEY: ") && said.contains("openssl rand"), "{said}");
        assert!(!said.contains(&key[..16]), "{said}");
    }
}

#[test]
fn security_49_metrics_on_all_addresses_are_refused() {
    for address in ["0.0.0.0:9464", "[::]:9464"] {
        let (code, said) = start(&[("BFF_METRICS_LISTEN", address)]);
        assert!(code == Some(2) && said.starts_with("bff: BFF_METRICS_LISTEN: "), "{address}: {said}");
    }
    let (_, said) = start(&[("BFF_METRICS_LISTEN", "127.0.0.1:0")]);
    assert!(said.starts_with("bff: BFF_SPA_DIR"), "{said}");
}

/// What a start with this route table says.
fn start_with_routes(table: &str, changes: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.toml");
    fs::write(&file, table).unwrap();
    start(&[&[("BFF_ROUTES", file.to_str().unwrap())], changes].concat()).1
}

#[test]
fn security_49_a_table_that_is_one_catch_all_says_so() {
    let open = "[[route]]\npath = \"/{*all}\"\n";
    let said = start_with_routes(open, &[]);
    assert!(said.starts_with("bff: BFF_ROUTES: ") && said.contains("methods"), "{said}");
    let slash = format!("{open}[[route]]\npath = \"/\"\n");
    assert!(start_with_routes(&slash, &[]).starts_with("bff: BFF_ROUTES: "));
    for meant in [
        format!("{open}methods = [\"GET\", \"POST\", \"PUT\", \"PATCH\", \"DELETE\", \"OPTIONS\"]\n"),
        format!("{open}[[route]]\npath = \"/todos\"\n"),
        "[[route]]\npath = \"/v1/{*all}\"\n".to_owned(),
    ] {
        let said = start_with_routes(&meant, &[]);
        assert!(said.starts_with("bff: BFF_SPA_DIR"), "{meant}: {said}");
    }
}

#[test]
fn security_49_an_open_upstream_is_not_shown_to_the_network_by_mistake() {
    let off = ["BFF_PROFILE", "BFF_PUBLIC_URL", "BFF_ROUTES", "BFF_SESSION_KEY", "BFF_TRUSTED_PROXIES"];
    let desk: Vec<(&str, &str)> = off.map(|name| (name, "")).to_vec();
    let with = |changes: &[(&'static str, &'static str)]| start(&[&desk, changes].concat()).1;
    let all = ("BFF_LISTEN", "0.0.0.0:0");
    let said = with(&[all]);
    assert!(said.starts_with("bff: BFF_ROUTES: ") && said.contains("BFF_PROFILE=development"), "{said}");
    for meant in [&[all, ("BFF_PROFILE", "development")][..], &[]] {
        let said = with(meant);
        assert!(said.starts_with("bff: BFF_SPA_DIR"), "{meant:?}: {said}");
    }
    assert!(
        start_with_routes("[[route]]\npath = \"/{*a}\"\n", &[&desk[..2], &[all]].concat())
            .starts_with("bff: BFF_ROUTES: ")
    );
    // The demo has nothing to lose: containers of developers listen on all addresses.
    let said = with(&[all, ("API_URL", "")]);
    assert!(said.contains("BFF_SPA_DIR") && said.contains("the demo"), "{said}");
}
