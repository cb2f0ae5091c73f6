//! What is fine on a desk and unsafe in the world: the one list by which production refuses to start, and that `bff check`
//! prints.

use ipnet::IpNet;

use super::{
    error::ConfigError, exposed::exposed, parts::Config, policy, reader::Reader, setting, setting::Setting,
};
use crate::{guard::csrf::CorsOrigins, session::cookie::is_loopback};
use upstream::UpstreamKind;

/// The widest networks that proxies of one owner stand in, in bits of their prefix: 10.0.0.0/8, and a provider's /16 of IPv6.
const WIDEST: (u8, u8) = (8, 16);

/// Networks that are nobody's on the internet, and may be as wide as they are (RFC 4193, RFC 4291 §2.5.6).
const LOCAL: [&str; 2] = ["fc00::/7", "fe80::/10"];

/// What is wrong with a `.env` that everybody can write.
pub(super) fn open_file() -> ConfigError {
    ConfigError::of_file(
        ".env",
        "can be written by everybody, and decides every setting; take that away (chmod o-w .env)",
    )
}

/// Settings of `config` that production refuses to start with, a line for each.
pub(super) fn refused(config: &Config, reader: &Reader<'_>) -> Vec<ConfigError> {
    let mut problems = Vec::new();
    if reader.has_open_file() {
        problems.push(open_file());
    }
    let mut list = List { reader, problems };
    public_url(config, &mut list);
    proxies(config, &mut list);
    upstream(config, &mut list);
    sign_in(config, &mut list);
    if config.listen.metrics.is_some_and(|address| address.ip().is_unspecified()) {
        list.refuse(
            &setting::METRICS_LISTEN,
            "everybody who reaches this machine reads the metrics; name the one address that Prometheus asks",
        );
    }
    if config.spa.dev.is_some() {
        list.refuse(
            &setting::SPA_DEV,
            "a dev server shows its sources and is made for one developer; name the built app by BFF_SPA_DIR",
        );
    }
    if policy::runs_inline_scripts(&config.spa.policy) {
        list.refuse(&setting::CSP, policy::INLINE);
    }
    for exposed in exposed(config) {
        let (hosts, better) = (exposed.hosts.join(" and "), exposed.better);
        list.refuse(
            exposed.setting,
            &format!("clear text to {hosts} can be read on the way; use {better}, or list the host in BFF_CLEARTEXT"),
        );
    }
    list.problems
}

/// Settings of `config` that production warns of: they were chosen, and cost safety.
pub(super) fn doubtful(config: &Config, reader: &Reader<'_>) -> Vec<ConfigError> {
    let mut doubts = Vec::new();
    if config.guard.rate.is_none() {
        let given = reader.text(&setting::RATE_LIMIT).unwrap_or_default();
        let problem = "lets one client ask as much as it likes; set a limit such as 100/10s";
        doubts.push(ConfigError::new(&setting::RATE_LIMIT, &given, problem));
    }
    doubts
}

/// The list, and where the given values are read.
struct List<'a> {
    reader: &'a Reader<'a>,
    problems: Vec<ConfigError>,
}

impl List<'_> {
    fn refuse(&mut self, setting: &Setting, problem: &str) {
        let given = self.reader.text(setting).unwrap_or_default();
        let problem = format!("is unsafe with BFF_PROFILE=production: {problem}");
        self.problems.push(ConfigError::new(setting, &given, problem));
    }
}

fn public_url(config: &Config, list: &mut List<'_>) {
    match &config.listen.public_url {
        None => {
            list.refuse(&setting::PUBLIC_URL, "say what the browser sees, such as https://app.example.com");
        }
        Some(url) if url.scheme() == "http" && !is_loopback(url) => {
            list.refuse(&setting::PUBLIC_URL, "sessions over plain http can be read on the way; use https");
        }
        Some(url) if url.scheme() == "http" && !config.listen.address.ip().is_loopback() => {
            list.refuse(
                &setting::PUBLIC_URL,
                "cookies without https are for loopback, and BFF_LISTEN is not",
            );
        }
        Some(_) => {}
    }
}

fn proxies(config: &Config, list: &mut List<'_>) {
    let ends_tls = config.listen.certificate.is_some();
    if config.listen.is_https() && !ends_tls && list.reader.text(&setting::TRUSTED_PROXIES).is_none() {
        list.refuse(
            &setting::TRUSTED_PROXIES,
            "behind a TLS proxy all people share its address and its limits; name its network, such as 10.0.0.0/8, or say none",
        );
    }
    if let Some(wide) = everybody(&config.guard.trusted_proxies.networks) {
        list.refuse(
            &setting::TRUSTED_PROXIES,
            &format!(
                "{wide} holds strangers, who could claim any address; name the networks of your proxies"
            ),
        );
    }
}

/// A network, or several beside each other, that no owner of proxies has.
fn everybody(networks: &[IpNet]) -> Option<IpNet> {
    let is_local = |network: &IpNet| {
        LOCAL.iter().any(|local| local.parse::<IpNet>().is_ok_and(|local| local.contains(network)))
    };
    let is_wide = |network: &IpNet| match network {
        IpNet::V4(network) => network.prefix_len() < WIDEST.0,
        IpNet::V6(network) => network.prefix_len() < WIDEST.1,
    };
    IpNet::aggregate(&networks.to_vec()).into_iter().find(|network| is_wide(network) && !is_local(network))
}

fn upstream(config: &Config, list: &mut List<'_>) {
    if matches!(config.upstream.kind, UpstreamKind::Demo(_)) {
        list.refuse(&setting::API_URL, "everybody knows the demo's passwords; name your own upstream");
    }
    if config.routes.is_built_in() {
        list.refuse(&setting::ROUTES, "every path and method of the upstream is open; name a route table");
    } else if config.routes.is_open() {
        list.refuse(
            &setting::ROUTES,
            "its one route takes every path and method of the upstream; name the paths, or its methods if that is meant",
        );
    }
    if config.guard.cors == CorsOrigins::Any {
        list.refuse(&setting::CORS_ORIGINS, "every site may read the API; name the origins");
    }
}

fn sign_in(config: &Config, list: &mut List<'_>) {
    // An invalid key has been reported already, without repeating it.
    if list.reader.text(&setting::SESSION_KEY).is_none() {
        list.refuse(
            &setting::SESSION_KEY,
            "sessions end with the process; set 64 hex digits (openssl rand -hex 32)",
        );
    } else if config.session.keys.are_guessable() {
        list.refuse(
            &setting::SESSION_KEY,
            "it follows a pattern that can be guessed; draw 64 hex digits (openssl rand -hex 32)",
        );
    }
    if config.guard.login_limit.is_none() {
        list.refuse(&setting::LOGIN_LIMIT, "passwords can be guessed without end; set a limit such as 10/1m");
    }
    if config.sign_in.oidc.as_ref().is_some_and(|oidc| oidc.client_secret.is_none()) {
        list.refuse(
            &setting::OIDC_CLIENT_SECRET,
            "anybody could act as this server; register it as a confidential client",
        );
    }
}
