use super::*;

use http_message::{
    fields::leave_out_named,
    request_fields::{FieldNames, is_listed},
};

fn forwarded_as() -> ForwardedAs {
    ForwardedAs::new(&Url::parse("https://app.example:8443").unwrap(), "/api")
}

fn sent(browser: &[(&'static str, &'static str)]) -> HeaderBlock {
    let mut browser = browser
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .fold(HeaderBlock::new(), |mut headers, (name, value)| {
            headers.append(name, value);
            headers
        });
    let caller = Caller { address: Some([192, 0, 2, 7].into()) };
    leave_out_named(&mut browser);
    let added = FieldNames::parse(["x-*"]).unwrap();
    let goes = |name: &HeaderName| is_listed(name) || added.contains(name);
    for_upstream(&browser, goes, &caller, &forwarded_as(), "r1", TraceContext::begin())
}

#[test]
fn security_20_cookies_stay_between_browser_and_bff() {
    let headers = sent(&[("cookie", "session=1; theme=dark"), ("cookie", "more=2"), ("accept", "*/*")]);
    assert!(!headers.contains_key("cookie"));
    assert_eq!(headers.get("accept").unwrap(), "*/*");
}

#[test]
fn security_21_a_client_cannot_say_who_it_is() {
    let headers = sent(&[
        ("x-forwarded-for", "10.0.0.1"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-prefix", "/admin"),
        ("forwarded", "for=10.0.0.1"),
        ("x-real-ip", "10.0.0.1"),
        ("x-user-id", "1"),
        ("x-user", "admin"),
        ("x-forwarded", "for=1"),
        ("x.forwarded.for", "1"),
        ("x-original-host", "evil.example"),
        ("x-remote-addr", "10.0.0.1"),
        ("x-auth-request-user", "admin"),
        ("x-user-roles", "admin"),
        ("x_user_id", "1"),
        ("x-http-method-override", "DELETE"),
        ("x-original-url", "/admin"),
    ]);
    assert_eq!(headers.get("x-forwarded-for").unwrap(), "192.0.2.7");
    assert_eq!(headers.get("x-forwarded-host").unwrap(), "app.example:8443");
    assert_eq!(headers.get("x-forwarded-proto").unwrap(), "https");
    assert_eq!(headers.get("x-forwarded-prefix").unwrap(), "/api");
    let mut names: Vec<_> = headers.names().map(HeaderName::as_str).collect();
    names.sort_unstable();
    let own = [
        "via",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-prefix",
        "x-forwarded-proto",
        "x-request-id",
    ];
    assert_eq!(names, own);
}

#[test]
fn security_23_hop_by_hop_fields_and_those_in_connection_do_not_go_on() {
    let headers = sent(&[
        ("connection", "keep-alive, X-Secret-Hop"),
        ("connection", "Upgrade"),
        ("keep-alive", "timeout=5"),
        ("te", "trailers"),
        ("trailer", "x-sum"),
        ("upgrade", "websocket"),
        ("proxy-authorization", "Basic eA=="),
        ("transfer-encoding", "chunked"),
        ("content-length", "5"),
        ("expect", "100-continue"),
        ("x-secret-hop", "1"),
        ("x-kept", "2"),
    ]);
    assert_eq!(headers.get("x-kept").unwrap(), "2");
    for gone in [
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "upgrade",
        "proxy-authorization",
        "transfer-encoding",
        "content-length",
        "expect",
        "x-secret-hop",
    ] {
        assert!(!headers.contains_key(gone), "{gone}");
    }
}

#[test]
fn conditions_ranges_encodings_and_repeated_fields_go_on_unchanged() {
    let headers = sent(&[
        ("if-none-match", "W/\"x\""),
        ("range", "bytes=0-9"),
        ("accept-encoding", "br, gzip"),
        ("authorization", "Bearer own"),
        ("x-many", "1"),
        ("x-many", "2"),
    ]);
    assert_eq!(headers.get("if-none-match").unwrap(), "W/\"x\"");
    assert_eq!(headers.get("range").unwrap(), "bytes=0-9");
    assert_eq!(headers.get("accept-encoding").unwrap(), "br, gzip");
    assert_eq!(headers.get("authorization").unwrap(), "Bearer own");
    assert_eq!(headers.get_all("x-many").count(), 2);
}

#[test]
fn a_request_is_a_loop_where_this_process_stands_in_its_via() {
    let (here, elsewhere) = (forwarded_as(), forwarded_as());
    let mut through = HeaderBlock::new();
    assert!(!here.is_loop(&through));
    through.append(header::VIA, HeaderValue::from_static("1.1 bff, 1.0 fred"));
    through.append(header::VIA, elsewhere.via.clone());
    assert!(!here.is_loop(&through), "another process is none");
    let list = format!("1.0 fred , {},1.1 p", here.via.to_str().unwrap());
    through.append(header::VIA, list.parse().unwrap());
    assert!(here.is_loop(&through));
}

#[test]
fn the_servers_before_stay_in_via() {
    let headers = sent(&[("via", "1.1 edge")]);
    let via: Vec<_> = headers.get_all(header::VIA).map(|via| via.to_str().unwrap()).collect();
    assert_eq!(via.len(), 2);
    assert!(via[0] == "1.1 edge" && via[1].starts_with("1.1 bff-") && via[1].len() == 16, "{via:?}");
}
