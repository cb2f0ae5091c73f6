//! Settings of sessions and sign-in: place, lifetimes and provider.

use std::{path::PathBuf, sync::Arc};

use url::Url;

use super::{
    address::{repeated_prefix, unusable},
    error::ConfigError,
    login,
    reader::Reader,
    setting,
};
use crate::{
    keys::{Secret, SessionKeys},
    session::{RECHECK_EVERY, SessionOptions, SessionPlace},
    sign_in::{SignInOptions, credentials::UpstreamLogin, oidc::OidcOptions},
};
use http_message::CanonicalPath;

pub(super) fn session(reader: &mut Reader<'_>) -> SessionOptions {
    let idle = reader.life(&setting::SESSION_IDLE);
    let max = reader.life(&setting::SESSION_MAX);
    if idle > max && !max.is_zero() {
        let given = reader.text(&setting::SESSION_IDLE).unwrap_or_default();
        reader.note(ConfigError::new(&setting::SESSION_IDLE, &given, "is longer than BFF_SESSION_MAX"));
    }
    SessionOptions {
        idle,
        max,
        keys: Arc::new(keys(reader)),
        place: place(reader),
        recheck: RECHECK_EVERY,
        capacity: reader.number(&setting::SESSIONS, 1..=10_000_000).unwrap_or_default(),
    }
}

/// Reads the options of signing in; `base_path` is the path of `API_URL`, empty or `/v1`.
pub(super) fn sign_in(reader: &mut Reader<'_>, base_path: &str) -> SignInOptions {
    for setting in [&setting::LOGIN_PATH, &setting::REFRESH_PATH, &setting::ME_PATH, &setting::LOGOUT_PATH] {
        let given = reader.text(setting).unwrap_or_default();
        if let Some(problem) = repeated_prefix(&given, base_path) {
            reader.warn(setting, &given, format!("is hardly meant: {problem}"));
        }
    }
    SignInOptions {
        upstream_login: UpstreamLogin {
            login: reader.required(&setting::LOGIN_PATH, String::new(), path),
            refresh: reader.required(&setting::REFRESH_PATH, String::new(), path),
            me: reader.required(&setting::ME_PATH, String::new(), path),
            logout: reader.optional(&setting::LOGOUT_PATH, path),
        },
        login_form: login::form(reader),
        oidc: oidc(reader),
    }
}

fn place(reader: &mut Reader<'_>) -> SessionPlace {
    let has_redis = reader.text(&setting::REDIS_URL).is_some();
    let by_itself = if has_redis { SessionPlace::Redis } else { SessionPlace::Memory };
    let place = reader.optional(&setting::SESSION_STORE, |given| match given {
        "memory" => Ok(SessionPlace::Memory),
        "cookie" => Ok(SessionPlace::Cookie),
        "redis" if has_redis => Ok(SessionPlace::Redis),
        "redis" => Err("needs REDIS_URL".into()),
        _ => Err("is none of memory, redis and cookie".into()),
    });
    // With Redis, the missing key has been reported already.
    if place == Some(SessionPlace::Cookie) && !has_redis && reader.text(&setting::SESSION_KEY).is_none() {
        let problem = "is missing; BFF_SESSION_STORE=cookie needs it (openssl rand -hex 32)";
        reader.note(ConfigError::new(&setting::SESSION_KEY, "", problem));
    }
    place.unwrap_or(by_itself)
}

/// Reads the session keys. [`Reader::optional`] does not serve: an error must not repeat a key.
fn keys(reader: &mut Reader<'_>) -> SessionKeys {
    let Some(given) = reader.text(&setting::SESSION_KEY) else { return SessionKeys::random() };
    SessionKeys::parse(&given).unwrap_or_else(|problem| {
        reader.note(ConfigError::new(&setting::SESSION_KEY, "…", problem));
        SessionKeys::random()
    })
}

fn oidc(reader: &mut Reader<'_>) -> Option<OidcOptions> {
    let client_id = reader.text(&setting::OIDC_CLIENT_ID);
    if reader.text(&setting::OIDC_ISSUER).is_none() {
        let secret = reader.text(&setting::OIDC_CLIENT_SECRET);
        for (setting, given) in [
            (&setting::OIDC_CLIENT_ID, client_id.is_some()),
            (&setting::OIDC_CLIENT_SECRET, secret.is_some()),
        ] {
            if given {
                reader.note(ConfigError::new(setting, "…", "is given, and BFF_OIDC_ISSUER is not"));
            }
        }
        for setting in [&setting::OIDC_SCOPES, &setting::OIDC_NAME, &setting::OIDC_CA] {
            if reader.is_given(setting) {
                let given = reader.text(setting).unwrap_or_default();
                reader.warn(setting, &given, "has no effect without BFF_OIDC_ISSUER");
            }
        }
        return None;
    }
    let issuer = reader.optional(&setting::OIDC_ISSUER, issuer);
    if client_id.is_none() {
        reader.note(ConfigError::new(&setting::OIDC_CLIENT_ID, "", "is missing; BFF_OIDC_ISSUER needs it"));
    }
    let scopes = reader.required(&setting::OIDC_SCOPES, Vec::new(), scopes);
    let (issuer, client_id) = (issuer?, client_id?);
    Some(OidcOptions {
        name: reader
            .text(&setting::OIDC_NAME)
            .or_else(|| issuer.host_str().map(str::to_owned))
            .unwrap_or_default(),
        issuer,
        client_id,
        client_secret: reader.text(&setting::OIDC_CLIENT_SECRET).map(Secret::new),
        scopes,
        ca_file: reader.text(&setting::OIDC_CA).map(PathBuf::from),
    })
}

fn issuer(given: &str) -> Result<Url, String> {
    let url = Url::parse(given).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    const EXPECTED: &str = "expected a URL such as https://login.example.com";
    let url = url.ok_or_else(|| format!("is not an issuer; {EXPECTED}"))?;
    match unusable(given) {
        Some(problem) => Err(format!("{problem}; {EXPECTED}")),
        None => Ok(url),
    }
}

fn scopes(given: &str) -> Result<Vec<String>, String> {
    let scopes: Vec<String> = given.split_whitespace().map(str::to_owned).collect();
    if scopes.iter().any(|scope| scope == "openid") {
        Ok(scopes)
    } else {
        Err("does not name openid; expected scopes by space, such as openid profile".into())
    }
}

fn path(given: &str) -> Result<String, String> {
    CanonicalPath::parse(given)
        .map(|path| path.as_str().to_owned())
        .map_err(|err| format!("is not a path below API_URL, such as /auth/login: {err}"))
}
