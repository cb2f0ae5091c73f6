//! `bff check`: what production would say, without a start.

use std::fs;

use crate::harness::{
    browser::Request,
    documentation::{Settings, production_command, start},
    keys::KEY_A,
    program::bff,
    token_upstream::login,
    upstream::Upstream,
};

/// What `bff` says to these arguments on standard output, and its exit code.
fn check(args: &[&str], settings: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let routes = folder.path().join("routes.toml");
    fs::write(&routes, "[[route]]\npath = \"/todos\"\n").unwrap();
    let mut command = bff(&folder);
    command
        .args(args)
        .env("BFF_PUBLIC_URL", "https://app.example")
        .env("BFF_ROUTES", &routes)
        .env("BFF_SESSION_KEY", KEY_A)
        .env("BFF_TRUSTED_PROXIES", "10.0.0.0/8")
        .env("API_URL", "https://api.example")
        .envs(settings.iter().copied());
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn security_49_check_tells_what_production_refuses_and_warns_of() {
    for args in [["check"], ["--check"]] {
        let (code, said) = check(&args, &[]);
        assert_eq!((code, said.as_str()), (Some(0), "production would start\n"), "{args:?}");
        let changes = [
            ("BFF_PUBLIC_URL", "http://app.example"),
            ("BFF_METRICS_LISTEN", "0.0.0.0:9464"),
            ("BFF_RATE_LIMIT", "off"),
            ("BFF_UPSTREAM_CA", "ca.pem"),
            ("API_URL", "http://127.0.0.1:1"),
        ];
        let (code, said) = check(&args, &changes);
        assert_eq!(code, Some(1), "{said}");
        let lines: Vec<&str> = said.lines().collect();
        let starts = [
            "refused: BFF_PUBLIC_URL: ",
            "refused: BFF_METRICS_LISTEN: ",
            "warning: BFF_UPSTREAM_CA: ",
            "warning: BFF_RATE_LIMIT: ",
            "production would not start",
        ];
        assert_eq!(lines.len(), starts.len(), "{said}");
        assert!(lines.iter().zip(starts).all(|(line, start)| line.starts_with(start)), "{said}");
    }
}

#[test]
fn security_49_check_finds_what_does_not_parse_and_starts_nothing() {
    let (code, said) = check(&["check"], &[("BFF_LISTEN", "nowhere"), ("BFF_RATE_LIMIT", "off")]);
    assert_eq!(code, Some(1));
    assert!(said.starts_with("refused: BFF_LISTEN: \"nowhere\" is not an address"), "{said}");
    let (code, said) = check(&["check"], &[("BFF_RATE_LIMIT", "off")]);
    assert!(code == Some(0) && said.starts_with("warning: BFF_RATE_LIMIT: "), "{said}");
    assert_eq!(check(&["check", "--nonsense"], &[]).0, Some(2));
    assert_eq!(check(&["deploy"], &[]).0, Some(2));
    let (code, said) = check(&["check", "--metrics-listen", "0.0.0.0:1"], &[]);
    assert!(code == Some(1) && said.contains("BFF_METRICS_LISTEN"), "{said}");
}

#[test]
fn security_49_the_production_commands_behind_a_proxy_tell_people_apart() {
    for page in ["README.md", "docs/production.md"] {
        tells_people_apart(&production_command(page, "BFF_TRUSTED_PROXIES", "127.0.0.1"));
    }
}

fn tells_people_apart(command: &Settings) {
    let upstream = Upstream::answering("HTTP/1.1 401 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    let program = start(command, &upstream.url(), &[]);
    let ask = |address: &str| {
        let request = Request::get("/api/server/todos").header("X-Forwarded-For", address);
        request.send(program.port);
        upstream.last()
    };
    assert!(ask("203.0.113.9").contains("x-forwarded-for: 203.0.113.9"), "{}", upstream.last());
    assert!(ask("198.51.100.1").contains("x-forwarded-for: 198.51.100.1"), "{}", upstream.last());
    // A whole company signs in behind the proxy: nobody uses up anybody else's limit.
    for person in 1..30 {
        let attempt =
            login(&format!("person{person}"), "x").header("X-Forwarded-For", &format!("198.51.100.{person}"));
        assert_eq!(attempt.send(program.port).status, 401, "person {person}");
    }
}

#[test]
fn check_opens_the_files_that_a_start_would() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing").display().to_string();
    let settings = [("BFF_SPA_DIR", missing.as_str()), ("BFF_TLS_CERT", &missing), ("BFF_TLS_KEY", &missing)];
    let (code, said) = check(&["check"], &settings);
    assert_eq!(code, Some(1), "{said}");
    let starts = ["refused: BFF_SPA_DIR: ", "refused: BFF_TLS_CERT: ", "production would not start"];
    for (line, start) in said.lines().zip(starts) {
        assert!(line.starts_with(start), "{said}");
    }
}
