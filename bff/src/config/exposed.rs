//! Which settings send clear text where it may be read on the way.

use super::{parts::Config, setting, setting::Setting};
use upstream::{BaseUrl, UpstreamKind};

/// A setting that sends clear text to hosts that are not allowed.
pub(super) struct Exposed {
    pub(super) setting: &'static Setting,
    pub(super) hosts: Vec<String>,
    /// The scheme to use in place of the one given.
    pub(super) better: &'static str,
}

/// Every setting of `config` that sends clear text where it may be read.
pub(super) fn exposed(config: &Config) -> Vec<Exposed> {
    let plain = |base: &BaseUrl| if base.tls { Vec::new() } else { vec![base.host.clone()] };
    let api = match &config.upstream.kind {
        UpstreamKind::Api(base) => plain(base),
        UpstreamKind::Demo(_) => Vec::new(),
    };
    let named = config.named_upstreams.iter().flat_map(|one| std::iter::once(&one.first).chain(&one.others));
    let named = named.flat_map(plain);
    let redis = config.redis.as_ref().map(|redis| redis.clear_text_hosts()).unwrap_or_default();
    let otlp = config.otlp.as_ref().map(|otlp| plain(&otlp.endpoint)).unwrap_or_default();
    let issuer = config.sign_in.oidc.as_ref().map(|oidc| &oidc.issuer);
    let issuer = issuer.filter(|url| url.scheme() == "http").and_then(|url| url.host_str());
    let issuer = issuer.map(|host| host.trim_matches(['[', ']']).to_owned());
    let all = [
        (&setting::API_URL, api, "https://"),
        (&setting::ROUTES, named.collect(), "https://"),
        (&setting::REDIS_URL, redis, "rediss://"),
        (&setting::OTLP_ENDPOINT, otlp, "https://"),
        (&setting::OIDC_ISSUER, issuer.into_iter().collect(), "https://"),
    ];
    let exposed = all.into_iter().map(|(setting, hosts, better)| {
        let hosts = hosts.into_iter().filter(|host| !config.clear_text.allows(host)).collect();
        Exposed { setting, hosts, better }
    });
    exposed.filter(|exposed| !exposed.hosts.is_empty()).collect()
}
