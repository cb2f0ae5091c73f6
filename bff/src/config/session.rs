//! Settings of sessions and sign-in: place and lifetimes, and the upstream's addresses.

use std::sync::Arc;

use super::{address::repeated_prefix, error::ConfigError, login, oidc, reader::Reader, setting};
use crate::{
    keys::SessionKeys,
    session::{RECHECK_EVERY, SessionOptions, SessionPlace},
    sign_in::{SignInOptions, credentials::UpstreamLogin},
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
        oidc: oidc::oidc(reader),
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

fn path(given: &str) -> Result<String, String> {
    CanonicalPath::parse(given)
        .map(|path| path.as_str().to_owned())
        .map_err(|err| format!("is not a path below API_URL, such as /auth/login: {err}"))
}
