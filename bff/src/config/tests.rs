use std::{ffi::OsString, fs, path::Path};

use super::*;

use ::upstream::{BaseUrl, UpstreamKind};

use crate::session::SessionPlace;

fn read(args: &[&str], env: &[(&str, &str)], dotenv: &Path) -> Result<Request, String> {
    let args = std::iter::once("bff").chain(args.iter().copied()).map(OsString::from);
    let env = env.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Source::read(args, env, dotenv)
}

fn serve(args: &[&str], env: &[(&str, &str)], dotenv: &Path) -> Source {
    match read(args, env, dotenv) {
        Ok(Request::Serve(source)) => source,
        other => panic!("{other:?}"),
    }
}

fn errors(given: &[(&str, &str)]) -> Vec<String> {
    let errors = Config::from_source(&Source::of(given.iter().copied())).unwrap_err();
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn the_defaults_are_a_whole_configuration() {
    let config = Config::from_source(&Source::default()).unwrap();
    assert_eq!(config.listen.address.to_string(), "127.0.0.1:3000");
    assert_eq!(config.request.body, 10 * 1024 * 1024);
    assert_eq!(config.batch.items, shared::batch::DEFAULT_MAX_ITEMS, "what clients count on");
    assert_eq!(config.upstream.deadlines.total.as_secs(), 10);
    assert!(matches!(config.upstream.kind, UpstreamKind::Demo(Some(_))));
    assert!(config.upstream.deadlines.connect < config.upstream.deadlines.head);
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let dotenv = folder.path().join(".env");
    fs::write(&dotenv, "# a comment\nBFF_LISTEN=127.0.0.1:1\nBFF_WORKERS=1\nBFF_LOG=warn\n").unwrap();
    let env = [("BFF_LISTEN", "127.0.0.1:2"), ("BFF_WORKERS", "2"), ("BFF_LOG", "")];
    let source = serve(&["--listen", "127.0.0.1:3"], &env, &dotenv);
    let config = Config::from_source(&source).unwrap();
    assert_eq!(config.listen.address.port(), 3);
    assert_eq!(config.listen.workers, Some(2));
    assert_eq!(config.log.filter, "warn", "an empty variable counts as not given");
}

#[test]
fn space_around_a_value_and_a_byte_order_mark_are_none_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let dotenv = folder.path().join(".env");
    fs::write(&dotenv, "\u{feff}BFF_LISTEN=127.0.0.1:1\r\nBFF_LOG=warn\r\n").unwrap();
    let key = format!("{}\n", "0123456789abcdef".repeat(4));
    let env = [("BFF_SESSION_KEY", key.as_str()), ("BFF_RATE_LIMIT", "off\r"), ("BFF_LOG", " ")];
    let config = Config::from_source(&serve(&[], &env, &dotenv)).unwrap();
    assert_eq!((config.listen.address.port(), config.log.filter.as_str()), (1, "warn"));
}

#[test]
fn quotes_that_came_along_are_told() {
    let errors = errors(&[("API_URL", "\"http://api\""), ("BFF_LISTEN", "'127.0.0.1:1'"), ("BFF_LOG", "\"")]);
    let told = errors.iter().filter(|err| err.ends_with("; the quotes are part of the value"));
    assert_eq!(told.count(), 2, "{errors:?}");
}

#[test]
fn a_variable_with_a_typo_in_its_name_stops_the_start_and_is_put_right() {
    let folder = tempfile::tempdir().unwrap();
    let dotenv = folder.path().join(".env");
    for (name, meant) in [
        ("BFF_ROUTE", "did you mean BFF_ROUTES? "),
        ("BFF_LSITEN", "did you mean BFF_LISTEN? "),
        ("BFF_SESSION_KEYS", "did you mean BFF_SESSION_KEY? "),
        ("BFF_SESSION_KEY_FIEL", "did you mean BFF_SESSION_KEY_FILE? "),
        ("BFF_RATELIMIT", "did you mean BFF_RATE_LIMIT? "),
        ("BFF_NOTHING_LIKE_IT", ""),
        ("BFF_X", ""),
    ] {
        let said = read(&[], &[(name, "x")], &dotenv).unwrap_err();
        assert_eq!(said, format!("{name}: is no setting; {meant}see bff --help for those there are"));
    }
    fs::write(&dotenv, "BFF_WORKER=1\nOTHER=2\n").unwrap();
    let said = read(&[], &[("HOME", "/")], &dotenv).unwrap_err();
    assert!(said.starts_with("BFF_WORKER: is no setting; did you mean BFF_WORKERS? "), "{said}");
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_stops_the_start() {
    use std::os::unix::ffi::OsStringExt as _;
    let env = [("API_URL".into(), OsString::from_vec(b"http://\xff".to_vec()))];
    let err = Source::read(["bff".into()], env, Path::new("/does/not/exist")).unwrap_err();
    assert_eq!(err, "API_URL: is not UTF-8");
}

#[test]
fn a_colon_and_a_port_mean_loopback() {
    let config = Config::from_source(&Source::of([("BFF_LISTEN", ":0")])).unwrap();
    assert_eq!(config.listen.address.to_string(), "127.0.0.1:0");
}

#[test]
fn every_error_is_told_at_once_with_name_value_and_what_is_allowed() {
    let told = errors(&[
        ("API_URL", "ftp://host"),
        ("BFF_LISTEN", "nowhere"),
        ("BFF_PUBLIC_URL", "https://app.example/?x"),
        ("BFF_WORKERS", "0"),
        ("BFF_UPSTREAM_TIMEOUT", "10"),
        ("BFF_MAX_BODY", "ten"),
        ("BFF_LOG_FORMAT", "xml"),
        ("BFF_FOREIGN_REDIRECTS", "maybe"),
        ("BFF_RESPONSE_HEADERS", "x-a, set-cookie"),
        ("BFF_CACHE_HEURISTIC", "maybe"),
        ("BFF_ROUTES", "/does/not/exist.toml"),
    ]);
    let starts = [
        "BFF_LISTEN: \"nowhere\" is not an address; expected HOST:PORT",
        "BFF_PUBLIC_URL: \"https://app.example/?x\" is not a public address",
        "BFF_WORKERS: \"0\" is not a whole number from 1 to 1024",
        "API_URL: \"ftp://host\" has an unsupported scheme; expected http:// or https://",
        "BFF_UPSTREAM_TIMEOUT: \"10\" is not a duration",
        "BFF_FOREIGN_REDIRECTS: \"maybe\" is neither refuse nor pass",
        "BFF_RESPONSE_HEADERS: \"x-a, set-cookie\" names set-cookie, which never leaves the server",
        "BFF_CACHE_HEURISTIC: \"maybe\" is neither on nor off",
        "BFF_ROUTES: \"/does/not/exist.toml\" cannot be read",
        "BFF_LOG_FORMAT: \"xml\" is neither pretty nor json",
        "BFF_MAX_BODY: \"ten\" is not a size",
    ];
    assert_eq!(told.len(), starts.len(), "{told:#?}");
    for (line, start) in told.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
        assert!(!line.contains('\n'), "one line each");
    }
}

#[test]
fn a_value_that_can_match_or_reach_nothing_is_refused() {
    for (variable, given, says) in [
        ("API_URL", "http:///v1", "has no host behind //"),
        ("API_URL", "http:api.example", "has no host behind //"),
        ("API_URL", "http://127.0.0.1:0", "has port 0, which no server listens on; expected a URL"),
        ("API_URL", "https://*.example.com", "has no usable host"),
        ("API_URL", "https://api.example/v1?key=1", "contains a query or a fragment"),
        ("API_URL", "https://api.example/v1#x", "contains a query or a fragment"),
        ("BFF_PUBLIC_URL", "https:///", "is not a public address"),
        ("BFF_PUBLIC_URL", "https://app.example/a//b", "has an empty segment"),
        ("BFF_PUBLIC_URL", "https://app.example/%61", "has a path of other characters"),
        ("BFF_PUBLIC_URL", "https://app.example/api/x", "begins with /api, which the server needs"),
        ("BFF_PUBLIC_URL", "https:///app.example", "has no host behind //"),
        ("BFF_PUBLIC_URL", "http://localhost:0", "has port 0"),
        ("BFF_CORS_ORIGINS", "https://*.example.com", "has a pattern for a host"),
        ("BFF_CORS_ORIGINS", "https://a.example, https://b.example:0", "has port 0"),
        ("BFF_CORS_ORIGINS", ",", "names no origin"),
        ("BFF_OIDC_ISSUER", "https:///realms/app", "has no host behind //"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:0", "has port 0"),
        ("BFF_RESPONSE_HEADERS", "X-*", "a pattern matches nothing; name each header"),
        ("BFF_RESPONSE_HEADERS", "keep-alive", "never leaves the server"),
        ("BFF_RESPONSE_HEADERS", " , ", "names no header"),
        ("BFF_REQUEST_HEADERS", " , ", "names no header"),
        ("BFF_REQUEST_HEADERS", "x-a, Cookie", "names Cookie, which never goes upstream"),
        ("BFF_REQUEST_HEADERS", "*", "a pattern is the beginning of a name"),
        ("BFF_TRUSTED_PROXIES", ",", "names no network"),
        ("BFF_TRUSTED_PROXIES", "0.0.0.0", "which is nobody's address"),
        ("BFF_TRUSTED_PROXIES", "::", "which is nobody's address"),
        ("BFF_TRUSTED_PROXIES", "::ffff:10.0.0.0/104", "matches nothing; write 10.0.0.0/8"),
        ("BFF_TRUSTED_PROXIES", "10.0.0.0/33", "is not a list of networks"),
        ("BFF_LOG", "warning", "did you mean warn?"),
        ("BFF_SPA_DEV", "127.0.0.1:5173", "is not a URL"),
        ("BFF_SPA_DEV", "http://127.0.0.1:5173/app", "has a path"),
        ("BFF_SPA_DEV", "http://localhost:3000", "is the address of this server itself"),
        ("BFF_CSP", "font-source https://a.example", "did you mean \"font-src\"?"),
        ("BFF_CSP_REPORT_ONLY", "img-src self", "write 'self'"),
        ("BFF_PERMISSIONS_POLICY", "camera 'self'", "which has no equals sign"),
        ("BFF_SPA_IMMUTABLE", " , ", "names no file"),
        ("BFF_SPA_IMMUTABLE", "static/*,/", "is no pattern of file names"),
    ] {
        let told = errors(&[(variable, given), ("BFF_OIDC_CLIENT_ID", "x")]);
        let told: Vec<_> = told.iter().filter(|line| !line.starts_with("BFF_OIDC_CLIENT_ID")).collect();
        assert!(told.len() == 1 && !told[0].contains('\n'), "{variable}={given}: {told:?}");
        assert!(told[0].starts_with(&format!("{variable}: ")) && told[0].contains(says), "{told:?}");
    }
}

/// The word of a developer who means it.
const DESK: (&str, &str) = ("BFF_PROFILE", "development");

fn warnings(given: &[(&str, &str)]) -> Vec<String> {
    let config = Config::from_source(&Source::of(given.iter().copied())).unwrap();
    config.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_value_that_is_hardly_meant_is_warned_of() {
    let key = "0a1b".repeat(16);
    for (given, says) in [
        (&[("API_URL", "http://api.example:443")][..], "to the port of https; write https://"),
        (&[("API_URL", "https://api.example:80")], "to the port of plain http"),
        (&[("API_URL", "http://0.0.0.0:8080")], "stands for every address; name one"),
        (&[("API_URL", "http://[::]:8080")], "stands for every address"),
        (&[("API_URL", "http://127.0.0.1:3000/api/server")], "is the address of this server itself"),
        (&[("BFF_LISTEN", "0.0.0.0:80"), ("API_URL", "http://localhost"), DESK], "of this server itself"),
        (
            &[("API_URL", "https://a.example/v1"), ("BFF_ME_PATH", "/v1/me")],
            "asked for /v1/v1/me; write \"/me\"",
        ),
        (&[("BFF_LOGIN_PATH", "/api/server/login")], "paths begin behind the browser's /api/server"),
        (&[("BFF_REQUEST_HEADERS", "origin, x-*")], "name the fields, or a longer beginning"),
        (&[("BFF_UPSTREAM_CA", "ca.pem")], "has no effect without an https API_URL"),
        (&[("BFF_CSP", "script-src 'unsafe-inline'")], "is refused in production"),
        (&[("BFF_CSP", "default-src 'unsafe-inline'")], "is refused in production"),
        (&[("BFF_CSP", "script-src 'self' HTTPS:")], "lets scripts in by https:"),
        (&[("BFF_CSP", "script-src-elem *")], "lets scripts in by *"),
        (&[("BFF_OIDC_NAME", "Example")], "has no effect without BFF_OIDC_ISSUER"),
    ] {
        let told = warnings(given);
        assert!(told.len() == 1 && told[0].contains(says), "{given:?}: {told:?}");
    }
    for given in [
        &[][..],
        &[("API_URL", "http://127.0.0.1:3001"), ("BFF_RESPONSE_HEADERS", "x-total, clear-site-data,")],
        &[("BFF_REQUEST_HEADERS", "Origin, x-my-app-*, X-Tenant,")],
        &[("API_URL", "https://api.example/v1"), ("BFF_UPSTREAM_CA", "ca.pem")],
        &[("API_URL", "http://bff:3000/api/server"), ("BFF_LISTEN", "0.0.0.0:3000"), DESK],
        &[("BFF_TRUSTED_PROXIES", "10.0.0.1/8, ::1,fd00::/8"), ("BFF_CORS_ORIGINS", "https://a.example/")],
        &[("REDIS_URL", "redis://host"), ("BFF_SESSION_KEY", &key)],
        &[(
            "BFF_CSP",
            "style-src 'unsafe-inline'; img-src https: data:; worker-src blob:; default-src https:",
        )],
        &[
            ("BFF_CSP_REPORT_ONLY", "script-src 'unsafe-inline' *"),
            ("BFF_PERMISSIONS_POLICY", "camera=(self)"),
        ],
    ] {
        assert_eq!(warnings(given), [""; 0], "{given:?}");
    }
}

#[test]
fn an_app_comes_from_a_folder_or_from_a_dev_server() {
    let told = errors(&[("BFF_SPA_DIR", "dist"), ("BFF_SPA_DEV", "http://127.0.0.1:5173")]);
    assert!(told.len() == 1 && told[0].contains("is given beside BFF_SPA_DIR"), "{told:?}");
}

#[test]
fn a_policy_that_only_reports_never_leaves_the_server() {
    let told = errors(&[("BFF_RESPONSE_HEADERS", "content-security-policy-report-only")]);
    assert!(told[0].contains("never leaves the server"), "{told:?}");
}

#[test]
fn security_42_a_setting_that_names_a_claim_is_refused() {
    for name in [
        "cookie",
        "Authorization",
        "X-Forwarded-For",
        "x-forwarded-*",
        "x-user-*",
        "te",
        "traceparent",
        "host",
    ] {
        let told = errors(&[("BFF_REQUEST_HEADERS", name)]);
        assert!(told.len() == 1 && told[0].starts_with("BFF_REQUEST_HEADERS: "), "{told:?}");
        assert!(told[0].contains("never") && !told[0].contains('\n'), "{told:?}");
    }
}

#[test]
fn a_delay_before_the_drain_lies_within_its_time() {
    let listen = |given: &[(&str, &str)]| {
        let config = Config::from_source(&Source::of(given.iter().copied())).unwrap();
        (config.listen.drain_delay.as_millis(), config.listen.drain_timeout.as_millis())
    };
    assert_eq!(listen(&[]), (0, 25_000));
    assert_eq!(listen(&[("BFF_DRAIN_DELAY", "4s 400ms"), ("BFF_DRAIN_TIMEOUT", "5s")]), (4_400, 5_000));
    for (delay, timeout, says) in [
        ("24s", "25s", "\"24s\" leaves no time to drain; expected less than 24s, by BFF_DRAIN_TIMEOUT"),
        ("1m", "25s", "\"1m\" leaves no time to drain"),
        ("5", "25s", "\"5\" is not a duration"),
    ] {
        let told = errors(&[("BFF_DRAIN_DELAY", delay), ("BFF_DRAIN_TIMEOUT", timeout)]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with(&format!("BFF_DRAIN_DELAY: {says}")), "{told:?}");
    }
    let told = errors(&[("BFF_DRAIN_DELAY", "5s"), ("BFF_DRAIN_TIMEOUT", "soon")]);
    assert!(told.len() == 1 && told[0].starts_with("BFF_DRAIN_TIMEOUT: "), "{told:?}");
}

#[test]
fn a_password_in_the_upstream_address_is_refused_and_not_repeated() {
    let told = errors(&[("API_URL", "https://user:hunter2@api.example")]);
    assert!(told[0].contains("credentials") && !told[0].contains("hunter2"), "{}", told[0]);
}

#[test]
fn redis_is_named_without_its_password_and_needs_a_key() {
    let key = "0a1b".repeat(16);
    let told = errors(&[("REDIS_URL", "redis://user:hunter2@host/x"), ("BFF_SESSION_KEY", &key)]);
    assert!(
        told.len() == 1 && told[0].starts_with("REDIS_URL: ") && !told[0].contains("hunter2"),
        "{told:?}"
    );
    let told = errors(&[("REDIS_URL", "redis://host")]);
    assert!(
        told.len() == 1 && told[0].starts_with("BFF_SESSION_KEY: \"\" is missing; REDIS_URL"),
        "{told:?}"
    );
    let told = errors(&[("BFF_SESSION_STORE", "redis")]);
    assert_eq!(told, ["BFF_SESSION_STORE: \"redis\" needs REDIS_URL"]);
}

#[test]
fn sessions_are_kept_in_redis_where_there_is_one_unless_told_otherwise() {
    let key = "0a1b".repeat(16);
    let place = |store: &'static str, redis| {
        let given = [("BFF_SESSION_KEY", key.as_str()), ("REDIS_URL", redis), ("BFF_SESSION_STORE", store)];
        let given = given.into_iter().filter(|(_, value)| !value.is_empty());
        Config::from_source(&Source::of(given)).unwrap().session.place
    };
    assert_eq!(place("", ""), SessionPlace::Memory);
    assert_eq!(place("", "redis://host"), SessionPlace::Redis);
    assert_eq!(place("memory", "redis://host"), SessionPlace::Memory);
    assert_eq!(place("cookie", ""), SessionPlace::Cookie);
    assert_eq!(place("cookie", "redis://host"), SessionPlace::Cookie);
}

#[test]
fn sessions_in_cookies_need_a_key_that_outlives_the_process() {
    let told = errors(&[("BFF_SESSION_STORE", "cookie")]);
    assert!(
        told.len() == 1 && told[0].starts_with("BFF_SESSION_KEY: \"\" is missing; BFF_SESSION_STORE=cookie"),
        "{told:?}"
    );
    assert_eq!(errors(&[("BFF_SESSION_STORE", "cookie"), ("REDIS_URL", "redis://host")]).len(), 1);
    let told = errors(&[("BFF_SESSION_STORE", "cookies")]);
    assert_eq!(told, ["BFF_SESSION_STORE: \"cookies\" is none of memory, redis and cookie"]);
}

#[test]
fn a_base_url_keeps_its_path_and_fills_in_its_port() {
    let base = BaseUrl::parse("https://api.example/v1/").unwrap();
    assert_eq!(
        (base.port, base.path.as_str(), base.to_string().as_str()),
        (443, "/v1", "https://api.example/v1")
    );
    let base = BaseUrl::parse("http://[::1]:8080").unwrap();
    assert_eq!((base.host.as_str(), base.port, base.authority.as_str()), ("::1", 8080, "[::1]:8080"));
    for wrong in ["", "api.example", "//api", "http://", "http://h?x=1", "http://h#f", "unix:/x"] {
        assert!(BaseUrl::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_unknown_flag_is_refused_and_help_lists_every_setting() {
    let nowhere = Path::new("/does/not/exist");
    assert!(read(&["--nonsense"], &[], nowhere).unwrap_err().contains("--nonsense"));
    let Ok(Request::Print(help)) = read(&["--help"], &[], nowhere) else { panic!("no help") };
    for setting in SETTINGS {
        let (flag, variable) = (format!("--{} <", setting.flag()), format!("[env: {}]", setting.variable));
        if setting.is_secret() {
            assert!(help.contains(&setting.file_variable()) && !help.contains(&flag), "{}", setting.variable);
        } else {
            assert!(help.contains(&flag) && help.contains(&variable), "{}", setting.variable);
        }
    }
}

#[test]
fn the_example_file_names_every_setting_with_its_default_and_no_other() {
    let example = include_str!("../../../.env.example");
    let settings = example.lines().filter(|line| line.starts_with("# ") && !line.starts_with("# --"));
    let lines: Vec<&str> = settings.filter(|line| line.contains('=')).collect();
    for setting in SETTINGS {
        let line = format!("# {}={}", setting.variable, setting.default.unwrap_or_default());
        assert!(lines.contains(&line.as_str()), "missing: {line}");
    }
    assert_eq!(lines.len(), SETTINGS.len(), "{lines:#?}");
}
