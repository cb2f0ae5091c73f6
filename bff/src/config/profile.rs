//! The profile of a server: `production` refuses to start with settings that are fine on a desk and unsafe in the
//! world.

use super::{error::ConfigError, parts::Config, reader::Reader, setting};
use crate::{guard::csrf::CorsOrigins, session::cookie::is_loopback};
use upstream::UpstreamKind;

/// The environment that the server is meant to run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// A developer's desk.
    Development,
    /// The open internet.
    Production,
}

impl Profile {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        reader.required(&setting::PROFILE, Self::Development, |given| match given {
            "development" => Ok(Self::Development),
            "production" => Ok(Self::Production),
            _ => Err("is neither development nor production".into()),
        })
    }
}

/// What is wrong with a `.env` that everybody can write.
pub(super) fn open_file() -> ConfigError {
    ConfigError::of_file(
        ".env",
        "can be written by everybody, and decides every setting; take that away (chmod o-w .env)",
    )
}

/// Lists the settings of `config` that are unsafe in production, a line for each.
pub(super) fn unsafe_in_production(config: &Config, reader: &Reader<'_>) -> Vec<ConfigError> {
    let given = |setting| reader.text(setting).unwrap_or_default();
    let mut problems = if reader.has_open_file() { vec![open_file()] } else { Vec::new() };
    let mut refuse = |setting, problem: &str| {
        problems.push(ConfigError::new(
            setting,
            &given(setting),
            format!("is unsafe with BFF_PROFILE=production: {problem}"),
        ));
    };
    match &config.listen.public_url {
        None => refuse(&setting::PUBLIC_URL, "say what the browser sees, such as https://app.example.com"),
        Some(url) if url.scheme() == "http" && !is_loopback(url) => {
            refuse(&setting::PUBLIC_URL, "sessions over plain http can be read on the way; use https");
        }
        Some(url) if url.scheme() == "http" && !config.listen.address.ip().is_loopback() => {
            refuse(&setting::PUBLIC_URL, "cookies without https are for loopback, and BFF_LISTEN is not");
        }
        Some(_) => {}
    }
    let is_https = config.listen.public_url.as_ref().is_some_and(|url| url.scheme() == "https");
    if is_https && reader.text(&setting::TRUSTED_PROXIES).is_none() {
        refuse(
            &setting::TRUSTED_PROXIES,
            "behind a TLS proxy all people share its address and its limits; name its network, such as 10.0.0.0/8, or say none",
        );
    }
    if matches!(config.upstream.kind, UpstreamKind::Demo(_)) {
        refuse(&setting::API_URL, "everybody knows the demo's passwords; name your own upstream");
    }
    if config.routes.is_built_in() {
        refuse(&setting::ROUTES, "every path and method of the upstream is open; name a route table");
    }
    if config.guard.cors == CorsOrigins::Any {
        refuse(&setting::CORS_ORIGINS, "every site may read the API; name the origins");
    }
    // An invalid key has been reported already, without repeating it.
    if reader.text(&setting::SESSION_KEY).is_none() {
        refuse(
            &setting::SESSION_KEY,
            "sessions end with the process; set 64 hex digits (openssl rand -hex 32)",
        );
    }
    if config.guard.login_limit.is_none() {
        refuse(&setting::LOGIN_LIMIT, "passwords can be guessed without end; set a limit such as 10/1m");
    }
    // A limit that is `off` was turned off on purpose, since every limit has a default.
    if let Some(oidc) = &config.sign_in.oidc {
        if oidc.issuer.scheme() == "http" && !is_loopback(&oidc.issuer) {
            refuse(&setting::OIDC_ISSUER, "tokens over plain http can be read on the way; use https");
        }
        if oidc.client_secret.is_none() {
            refuse(
                &setting::OIDC_CLIENT_SECRET,
                "anybody could act as this server; register it as a confidential client",
            );
        }
    }
    problems
}
