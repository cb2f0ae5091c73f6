//! Storable answers (RFC 9111 §3), and the entries that they make.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};

use super::lookup::Lookup;
use http_cache::{
    entry::{Entry, control_fields, prune, update},
    freshness::{Audience, Freshness, control, is_error},
    is_storable_status,
    route::CachePolicy,
    vary::Selecting,
};
use http_message::{HeaderBlock, csp, forms::Forms};

/// An answer that may be stored, as far as its head says.
#[derive(Debug, Clone)]
pub(super) struct Storable {
    freshness: Freshness,
    selecting: Selecting,
}

/// Judges the head of an upstream's answer; `None` where the answer must not be kept. `sent` is the moment of its request.
pub(super) fn storable(
    lookup: &Lookup<'_>,
    status: StatusCode,
    upstream: &HeaderBlock,
    sent: SystemTime,
) -> Option<Storable> {
    if lookup.admitted.method != Method::GET || !is_framed(status, upstream) {
        return None;
    }
    let freshness = freshness_of(lookup, status, upstream, sent, SystemTime::now())?;
    let selecting = Selecting::of(upstream, &lookup.admitted.headers)?;
    Some(Storable { freshness, selecting })
}

/// The entry that an answer makes, its content left out. `headers` are those for the browser.
pub(super) fn new_entry(
    lookup: &Lookup<'_>,
    status: StatusCode,
    headers: &HeaderBlock,
    upstream: &HeaderBlock,
    storable: Storable,
) -> Entry {
    let Storable { freshness, selecting } = storable;
    let audience = lookup.key.partition.audience();
    let mut headers = headers.clone();
    if freshness.by_route
        && audience == Audience::Shared
        && let Some(field) = route_policy(lookup).and_then(CachePolicy::field)
    {
        headers.insert(header::CACHE_CONTROL, field);
    }
    prune(&mut headers, upstream, audience);
    // The `Content-Type` may be among the fields that were taken out.
    csp::enforce(&mut headers, status, upstream);
    if !headers.contains_key(header::DATE)
        && let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(SystemTime::now()))
    {
        // RFC 9110 §6.6.1: a cache that keeps an answer without a date writes down when it came.
        headers.insert(header::DATE, date);
    }
    Entry {
        status,
        headers,
        body: Bytes::new(),
        forms: Forms::default(),
        control: control_fields(upstream),
        freshness,
        selecting,
        reading: lookup.reading.clone(),
    }
}

/// A stored entry with the fields of a 304, and whether it may still be kept. `mapped` are those for the browser.
pub(super) fn freshened(
    lookup: &Lookup<'_>,
    stored: &Arc<Entry>,
    newer: &HeaderBlock,
    mapped: &HeaderBlock,
    sent: SystemTime,
) -> (Entry, bool) {
    let mut entry = Entry { reading: lookup.reading.clone(), ..(**stored).clone() };
    // `Age` and `Date` are of the message: the old one's say nothing of the new.
    entry.control.remove(header::AGE);
    entry.control.remove(header::DATE);
    update(&mut entry.control, &control_fields(newer));
    if newer.contains_key(header::CONTENT_SECURITY_POLICY) {
        // A new policy that may not leave is no reason to go by the one before.
        entry.headers.remove(header::CONTENT_SECURITY_POLICY);
    }
    update(&mut entry.headers, mapped);
    csp::enforce(&mut entry.headers, stored.status, &entry.control);
    let freshness = freshness_of(lookup, stored.status, &entry.control, sent, SystemTime::now());
    let kept = freshness.is_some();
    if let Some(freshness) = freshness {
        entry.freshness = freshness;
    }
    (entry, kept)
}

/// How long an answer may be used; `None` where it must not be kept, or keeping it is of no use.
fn freshness_of(
    lookup: &Lookup<'_>,
    status: StatusCode,
    upstream: &HeaderBlock,
    sent: SystemTime,
    now: SystemTime,
) -> Option<Freshness> {
    let audience = lookup.key.partition.audience();
    let directives = control(upstream, audience);
    let forbidden = directives.has("no-store") && !directives.has("must-understand");
    let private = audience == Audience::Shared && directives.has_unqualified("private");
    let of_route = &lookup.admitted.route.cache;
    // With a lifetime of the route's own it is the route that says what is the same for everybody.
    let unwanted = of_route.ttl.is_some() && is_error(status) && !of_route.errors;
    if forbidden || private || unwanted || !is_storable_status(status, &directives) {
        return None;
    }
    let freshness = Freshness::of(status, upstream, route_policy(lookup), audience, sent, now)?;
    let validator = upstream.contains_key(header::ETAG) || upstream.contains_key(header::LAST_MODIFIED);
    let useful = validator
        || freshness.is_fresh(now)
        || freshness.may_serve_while_revalidating(now)
        || freshness.may_serve_on_error(now)
        || freshness.may_serve_stale(Duration::MAX, now);
    let authorized = !lookup.cache_request.has_credentials() || freshness.for_authorized;
    (useful && authorized).then_some(freshness)
}

/// The route's cache policy. For a client with credentials of its own it adds nothing: the answer may be for it alone.
fn route_policy<'a>(lookup: &'a Lookup<'_>) -> Option<&'a CachePolicy> {
    Some(&lookup.admitted.route.cache).filter(|_| !lookup.cache_request.has_credentials())
}

/// Whether the end of an answer can be told. It cannot where the answer ends with its connection.
fn is_framed(status: StatusCode, upstream: &HeaderBlock) -> bool {
    status == StatusCode::NO_CONTENT
        || upstream.contains_key(header::CONTENT_LENGTH)
        || upstream.contains_key(header::TRANSFER_ENCODING)
}
