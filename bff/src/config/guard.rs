//! Settings of the guard: proxies, cross-origin access and rate limits.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{hosts::hosts, limits::limit_or_off, listen::origin, reader::Reader, setting};
use crate::{
    guard::{
        GuardOptions,
        client_address::{ForwardedField, TrustedProxies},
        csrf::CorsOrigins,
    },
    rate_limit::Limit,
};

pub(super) fn guard(reader: &mut Reader<'_>) -> GuardOptions {
    let rate: Option<Limit> = reader.required(&setting::RATE_LIMIT, None, limit_or_off);
    let tenfold = |limit: Limit| limit.times(10);
    GuardOptions {
        rate,
        address: reader.optional(&setting::ADDRESS_LIMIT, limit_or_off).unwrap_or_else(|| rate.map(tenfold)),
        caller_exchanges: reader.number(&setting::CALLER_EXCHANGES, 1..=1_000_000),
        login_limit: reader.required(&setting::LOGIN_LIMIT, None, limit_or_off),
        trusted_proxies: TrustedProxies {
            networks: reader.optional(&setting::TRUSTED_PROXIES, networks).unwrap_or_default(),
            field: reader.required(&setting::FORWARDED, ForwardedField::XForwardedFor, forwarded),
        },
        hosts: reader.optional(&setting::HOSTS, hosts).unwrap_or_default(),
        cors: reader
            .optional(&setting::CORS_ORIGINS, cors_origins)
            .unwrap_or(CorsOrigins::Listed(Vec::new())),
    }
}

fn forwarded(given: &str) -> Result<ForwardedField, String> {
    match given.to_ascii_lowercase().as_str() {
        "x-forwarded-for" => Ok(ForwardedField::XForwardedFor),
        "forwarded" => Ok(ForwardedField::Forwarded),
        _ => Err("is neither x-forwarded-for nor forwarded".into()),
    }
}

/// Parses CIDRs by comma, or `none`. Production requires an explicit statement that no proxy stands in front.
fn networks(given: &str) -> Result<Vec<IpNet>, String> {
    if given.trim() == "none" {
        return Ok(Vec::new());
    }
    let networks = given.split(',').map(str::trim).filter(|network| !network.is_empty());
    let networks = networks.map(network).collect::<Result<Vec<_>, _>>()?;
    // Nothing but commas would pass for the statement that no proxy stands in front.
    if networks.is_empty() { Err(format!("names no network; {NETWORKS}")) } else { Ok(networks) }
}

const NETWORKS: &str = "expected CIDRs by comma, such as 10.0.0.0/8, 192.168.1.7, or none";

fn network(given: &str) -> Result<IpNet, String> {
    let one = || given.parse::<IpAddr>().map(IpNet::from);
    // A network of all addresses is refused: with every client trusted, any client could claim any address.
    let network = given.parse::<IpNet>().or_else(|_| one()).ok().filter(|network| network.prefix_len() > 0);
    let network = network.ok_or_else(|| format!("is not a list of networks; {NETWORKS}"))?.trunc();
    if network.addr().is_unspecified() && network.prefix_len() == network.max_prefix_len() {
        return Err(format!("names {given}, which is nobody's address; {NETWORKS}"));
    }
    // Addresses are compared in their IPv4 form.
    if let IpNet::V6(wide) = network
        && let Some(address) = wide.addr().to_ipv4_mapped()
        && let Some(prefix) = wide.prefix_len().checked_sub(96)
    {
        return Err(format!("names {given}, which matches nothing; write {address}/{prefix}"));
    }
    Ok(network)
}

fn cors_origins(given: &str) -> Result<CorsOrigins, String> {
    if given.trim() == "*" {
        return Ok(CorsOrigins::Any);
    }
    let origins = given.split(',').map(str::trim).filter(|one| !one.is_empty());
    let origins = origins.map(|one| origin(one).map(|url| url.origin().ascii_serialization()));
    let origins: Vec<_> = origins.collect::<Result<_, _>>()?;
    if origins.is_empty() {
        return Err(
            "names no origin; expected origins by comma, such as https://app.example.com, or *".into()
        );
    }
    Ok(CorsOrigins::Listed(origins))
}
