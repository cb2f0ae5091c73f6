use super::*;

const OWN: &str = "https://app.example";

fn rule(cors: CorsOrigins) -> CsrfRule {
    CsrfRule::new(&Url::parse(OWN).unwrap(), cors)
}

fn nobody_else() -> CsrfRule {
    rule(CorsOrigins::Listed(Vec::new()))
}

fn fields(fields: &[(&'static str, &str)]) -> HeaderBlock {
    let pairs = fields
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
    let mut headers = HeaderBlock::new();
    for (name, value) in pairs {
        headers.append(name, value);
    }
    headers
}

fn passes(method: &Method, given: &[(&'static str, &str)], with_session: bool) -> bool {
    nobody_else().check(method, &fields(given), with_session).is_ok()
}

#[test]
fn security_12_a_change_in_a_sessions_name_needs_a_proof() {
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        for proof in [
            &[("sec-fetch-site", "same-origin")][..],
            &[("origin", OWN)],
            &[("x-csrf", "1")],
            &[("sec-fetch-site", "none"), ("x-csrf", "1")],
            &[("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:8080")],
        ] {
            assert!(passes(&method, proof, true), "{method} {proof:?}");
        }
        for none in [
            &[][..],
            &[("sec-fetch-site", "none")],
            &[("x-csrf", "0")],
            &[("x-csrf", "")],
            &[("x-csrf", "1"), ("x-csrf", "1")],
            &[("origin", "null")],
            &[("origin", "https://app.example.evil.example")],
            &[("origin", "http://app.example")],
            &[("origin", "https://app.example:8443")],
            &[("origin", OWN), ("origin", OWN)],
            &[("referer", OWN)],
        ] {
            assert!(!passes(&method, none, true), "{method} {none:?}");
        }
    }
}

#[test]
fn security_12_cross_site_requests_are_refused_with_or_without_a_session() {
    for with_session in [true, false] {
        for said in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "Same-Origin")],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "cross-site"), ("x-csrf", "1")],
            &[("sec-fetch-site", "cross-site"), ("origin", OWN)],
            &[("origin", "https://evil.example"), ("x-csrf", "1")],
            &[("origin", "null")],
        ] {
            assert!(!passes(&Method::POST, said, with_session), "{said:?}");
        }
    }
}

#[test]
fn security_13_calls_that_need_no_preflight_change_nothing_from_elsewhere() {
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
    {
        for mark in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
            let given = [mark, ("content-type", content_type)];
            assert!(!passes(&Method::POST, &given, true), "{given:?}");
            assert!(!passes(&Method::POST, &given, false), "{given:?}");
        }
    }
    assert!(!passes(&Method::POST, &[("content-length", "0")], true));
}

#[test]
fn security_14_event_streams_and_downloads_are_no_exception_to_csrf() {
    for accept in ["text/event-stream", "*/*", "text/html"] {
        for mark in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
        ] {
            assert!(!passes(&Method::GET, &[mark, ("accept", accept)], true), "{accept} {mark:?}");
            assert!(!passes(&Method::GET, &[mark, ("accept", accept)], false), "{accept} {mark:?}");
        }
    }
    assert!(passes(&Method::GET, &[("sec-fetch-site", "none")], true), "an address that a person typed");
    assert!(passes(&Method::GET, &[], true), "a program");
}

#[test]
fn programs_without_a_session_need_no_proof() {
    assert!(passes(&Method::POST, &[], false));
    assert!(passes(&Method::DELETE, &[("sec-fetch-site", "none")], false));
}

#[test]
fn security_15_a_grant_names_a_listed_origin_and_never_credentials() {
    let partner = "https://partner.example";
    let listed = rule(CorsOrigins::Listed(vec![partner.to_owned()]));
    let judge = |rule: &CsrfRule, origin: &str, session| {
        rule.check(&Method::GET, &fields(&[("origin", origin), ("sec-fetch-site", "cross-site")]), session)
    };
    let mut answer = HeaderBlock::new();
    judge(&listed, partner, false).unwrap().unwrap().say(&mut answer);
    assert_eq!(answer.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).unwrap(), partner);
    assert_eq!(answer.get(header::VARY).unwrap(), "Origin");
    assert!(!answer.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
    for other in ["https://partner.example.evil", "https://evil.example", "null", "*", ""] {
        assert!(judge(&listed, other, false).is_err(), "{other}");
        assert!(judge(&nobody_else(), other, false).is_err(), "{other}");
    }
    assert!(judge(&listed, partner, true).is_err(), "and then not in a session's name");
    let any = rule(CorsOrigins::Any);
    assert_eq!(judge(&any, "https://evil.example", false), Ok(Some(Grant(HeaderValue::from_static("*")))));
    assert!(
        judge(&any, "https://evil.example", true).is_err(),
        "nobody else's page acts in a session's name"
    );
}

#[test]
fn only_a_preflight_is_answered_as_one() {
    let asks = fields(&[("access-control-request-method", "PUT")]);
    let answer = CsrfRule::preflight(&Method::OPTIONS, &asks, &[Method::GET, Method::PUT]).unwrap();
    assert_eq!(answer.get(header::ACCESS_CONTROL_ALLOW_METHODS).unwrap(), "GET, PUT");
    assert_eq!(CsrfRule::preflight(&Method::OPTIONS, &HeaderBlock::new(), &[]), None);
    assert_eq!(CsrfRule::preflight(&Method::GET, &asks, &[]), None);
}
