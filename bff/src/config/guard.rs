//! Settings of the guard: proxies, cross-origin access and rate limits.

use ipnet::IpNet;

use super::{limits::limit_or_off, listen::origin, reader::Reader, setting};
use crate::guard::{GuardOptions, csrf::CorsOrigins};

pub(super) fn guard(reader: &mut Reader<'_>) -> GuardOptions {
    GuardOptions {
        rate: reader.required(&setting::RATE_LIMIT, None, limit_or_off),
        login_limit: reader.required(&setting::LOGIN_LIMIT, None, limit_or_off),
        trusted_proxies: reader.optional(&setting::TRUSTED_PROXIES, networks).unwrap_or_default(),
        cors: reader
            .optional(&setting::CORS_ORIGINS, cors_origins)
            .unwrap_or(CorsOrigins::Listed(Vec::new())),
    }
}

/// Parses CIDRs by comma, or `none`. Production requires an explicit statement that no proxy stands in front.
fn networks(given: &str) -> Result<Vec<IpNet>, String> {
    if given.trim() == "none" {
        return Ok(Vec::new());
    }
    let networks = given.split(',').map(str::trim).filter(|network| !network.is_empty()).map(|network| {
        let one = || network.parse::<std::net::IpAddr>().map(IpNet::from);
        // A network of all addresses is refused: with every client trusted, any client could claim any address.
        let network =
            network.parse::<IpNet>().or_else(|_| one()).ok().filter(|network| network.prefix_len() > 0);
        network.map(|network| network.trunc())
    });
    networks.collect::<Option<_>>().ok_or_else(|| {
        "is not a list of networks; expected CIDRs by comma, such as 10.0.0.0/8, 192.168.1.7, or none".into()
    })
}

fn cors_origins(given: &str) -> Result<CorsOrigins, String> {
    if given.trim() == "*" {
        return Ok(CorsOrigins::Any);
    }
    let origins = given.split(',').map(str::trim).filter(|one| !one.is_empty());
    let origins = origins.map(|one| origin(one).map(|url| url.origin().ascii_serialization()));
    Ok(CorsOrigins::Listed(origins.collect::<Result<_, _>>()?))
}
