//! Fields of a browser's request that go upstream.

use std::{net::IpAddr, sync::LazyLock};

use http::HeaderName;
use url::Url;

use http_message::{
    Caller, TraceContext,
    fields::{connection_options, is_withheld, leave_out_named},
    request_fields::{FieldNames, is_listed},
    trace_context::TRACEPARENT,
};
use upstream::headers::{ForwardedAs, for_upstream};

use crate::header_lines::header_block;

/// Names that are nobody's but ours, whatever any list in the server says.
const NEVER: [&str; 12] = [
    "connection",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-csrf",
];

/// Names that the server writes itself, once in each request.
const OURS: [&str; 5] =
    ["x-forwarded-for", "x-forwarded-host", "x-forwarded-prefix", "x-forwarded-proto", "x-request-id"];

static FORWARDED_AS: LazyLock<Option<ForwardedAs>> = LazyLock::new(|| {
    let url = Url::parse("https://app.example").ok()?;
    Some(ForwardedAs::new(&url, "/api/server"))
});

/// The first line names what an operator adds, by commas; a browser's fields follow. No withheld name and none that
/// `Connection` lists gets upstream.
pub fn run(data: &[u8]) {
    let Some(forwarded_as) = FORWARDED_AS.as_ref() else { return };
    let (first, lines) = data.split_at(data.iter().position(|byte| *byte == b'\n').unwrap_or_default());
    let first = String::from_utf8_lossy(first);
    let added = FieldNames::parse(first.split(',').map(str::trim).filter(|name| !name.is_empty()));
    let added = added.unwrap_or_default();

    let browser = header_block(lines);
    let named: Vec<HeaderName> =
        connection_options(&browser).iter().filter_map(|name| name.parse().ok()).collect();
    let mut sifted = browser.clone();
    leave_out_named(&mut sifted);

    let caller = Caller { address: Some(IpAddr::from([192, 0, 2, 1])) };
    let goes = |name: &HeaderName| is_listed(name) || added.contains(name);
    let trace = TraceContext::of(browser.get_all(TRACEPARENT));
    let sent = for_upstream(&sifted, goes, &caller, forwarded_as, "id", trace);

    for (name, value) in &sent {
        let text = name.as_str();
        assert!(!NEVER.contains(&text), "{name} never goes upstream");
        if OURS.contains(&text) {
            assert_eq!(sent.get_all(name).count(), 1, "{name} is the server's alone");
            continue;
        }
        assert!(!is_withheld(name), "{name} is withheld");
        if *name != http::header::VIA {
            assert!(!named.contains(name), "{name} was for one connection only");
            assert!(browser.get_all(name).any(|given| given == value), "{name} is not what was sent");
        }
    }
    assert!(forwarded_as.is_loop(&sent), "a loop is seen, whatever the browser said");
}
