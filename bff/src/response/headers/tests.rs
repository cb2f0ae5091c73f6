use super::*;

use crate::response::ResponseOptions;

fn rules(api_url: &str, extra_headers: &str, foreign_redirects: ForeignRedirects) -> ResponseRules {
    let names = extra_headers.split(',').map(str::trim).filter(|name| !name.is_empty());
    let extra_headers = names.map(|name| name.parse().unwrap()).collect();
    let options = ResponseOptions { foreign_redirects, extra_headers, select_max: 0, compress: true };
    let public_url = Url::parse("https://app.example").unwrap();
    ResponseRules::new(BaseUrl::parse(api_url).unwrap(), public_url, &options)
}

fn headers(fields: &[(&'static str, &str)]) -> HeaderBlock {
    let mut map = HeaderBlock::new();
    for (name, value) in fields {
        map.append(HeaderName::from_static(name), value.parse().unwrap());
    }
    map
}

#[test]
fn security_20_upstream_cookies_stay_behind() {
    let out = rules("http://api:8080", "", ForeignRedirects::Refuse).for_browser(
        StatusCode::FOUND,
        &headers(&[("set-cookie", "accessToken=x; HttpOnly"), ("etag", "W/\"1\"")]),
        Asked::of("/"),
    );
    let out = out.unwrap();
    assert!(!out.contains_key("set-cookie"));
    assert_eq!(out.get("etag").unwrap(), "W/\"1\"");
}

#[test]
fn only_listed_fields_leave_and_configuration_can_add_some() {
    let upstream = headers(&[
        ("server", "Express"),
        ("x-powered-by", "Express"),
        ("access-control-allow-origin", "https://evil.example"),
        ("access-control-allow-credentials", "true"),
        ("strict-transport-security", "max-age=1"),
        ("x-ratelimit-remaining", "99"),
        ("retry-after", "10"),
        ("cdn-cache-control", "max-age=60"),
        ("surrogate-control", "max-age=60"),
        ("x-version", "7"),
    ]);
    let out = rules("http://api:8080", "", ForeignRedirects::Refuse)
        .for_browser(StatusCode::OK, &upstream, Asked::of("/"))
        .unwrap();
    let mut names: Vec<_> = out.names().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["cdn-cache-control", "retry-after", "x-ratelimit-remaining"]);
    let more = rules("http://api:8080", "X-Version, x-other", ForeignRedirects::Refuse);
    assert_eq!(
        more.for_browser(StatusCode::OK, &upstream, Asked::of("/")).unwrap().get("x-version").unwrap(),
        "7"
    );
}

#[test]
fn security_23_fields_that_connection_names_do_not_leave() {
    let upstream = headers(&[("connection", "close, etag"), ("etag", "\"1\""), ("vary", "Accept")]);
    let out = rules("http://api:8080", "", ForeignRedirects::Refuse)
        .for_browser(StatusCode::OK, &upstream, Asked::of("/"))
        .unwrap();
    assert!(!out.contains_key("etag") && !out.contains_key("connection"));
    assert_eq!(out.get("vary").unwrap(), "Accept");
}

#[test]
fn security_28_no_field_names_the_upstream() {
    let upstream = headers(&[
        ("link", "<http://API:8080/todos?page=2>; rel=next"),
        ("sourcemap", "http://api:8080/app.js.map"),
        ("sunset", "see http://api:8080/x"),
        ("warning", "199 http://api/ \"x\""),
        ("www-authenticate", "Bearer resource_metadata=\"http://api:8080/meta\""),
        ("content-disposition", "attachment; filename=api.json"),
        ("vary", "Accept"),
    ]);
    let out = rules("http://api:8080", "", ForeignRedirects::Refuse)
        .for_browser(StatusCode::OK, &upstream, Asked::of("/"))
        .unwrap();
    assert_eq!(out.get("link").unwrap(), "</api/server/todos?page=2>; rel=next");
    assert_eq!(out.get("sourcemap").unwrap(), "/api/server/app.js.map");
    assert_eq!(
        out.get("www-authenticate").unwrap(),
        "Bearer resource_metadata=\"https://app.example/api/server/meta\""
    );
    assert!(!out.contains_key("sunset") && !out.contains_key("warning"));
    assert!(out.contains_key("vary") && out.contains_key("content-disposition"));
}

#[test]
fn a_source_map_is_found_from_the_resource_that_names_it() {
    let rules = rules("http://api:8080", "", ForeignRedirects::Refuse);
    for (given, expected) in [
        ("maps/app.js.map", "/api/server/assets/maps/app.js.map"),
        ("/app.js.map", "/api/server/app.js.map"),
        ("https://maps.example/app.js.map", "https://maps.example/app.js.map"),
    ] {
        let upstream = headers(&[("sourcemap", given)]);
        let out = rules.for_browser(StatusCode::OK, &upstream, Asked::of("/assets/app.js")).unwrap();
        assert_eq!(out.get("sourcemap").unwrap(), expected);
    }
}

#[test]
fn security_19_a_foreign_location_is_refused_or_passed_as_configured() {
    for (base, location) in [
        ("http://api:8080", "https://evil.example/"),
        ("http://api:8080", "//evil.example/"),
        ("http://api:8080", "https://api:8080/"),
        ("http://api:8080", "http://api:9090/"),
        ("http://api:8080", "javascript:alert(1)"),
        ("https://api/v1", "https://api/v2/todos"),
        ("https://api/v1", "/admin"),
        ("https://api/v1", "https://api/v1x"),
    ] {
        let refused = rules(base, "", ForeignRedirects::Refuse).for_browser(
            StatusCode::FOUND,
            &headers(&[("location", location)]),
            Asked::of("/"),
        );
        assert!(matches!(refused, Err(ResponseError::ForeignRedirect)), "{location}");
    }
    let passing = rules("http://api:8080", "", ForeignRedirects::Pass);
    let location = |rules: &ResponseRules, location: &str| {
        rules
            .for_browser(StatusCode::FOUND, &headers(&[("location", location)]), Asked::of("/"))
            .map(|out| out.get("location").unwrap().clone())
    };
    assert_eq!(location(&passing, "//login.example/x").unwrap(), "http://login.example/x");
    let below = rules("https://api/v1", "", ForeignRedirects::Pass);
    for own in ["/bff/logout", "javascript:alert(1)", "https://api/v2"] {
        assert!(location(&below, own).is_err(), "{own}");
    }
}

#[test]
fn security_19_an_address_in_the_browsers_own_terms_stays_a_path() {
    let rules = rules("http://api:8080", "", ForeignRedirects::Refuse);
    let out = rules.for_browser(
        StatusCode::FOUND,
        &headers(&[("location", "https://app.example/api/server/todos/5")]),
        Asked::of("/"),
    );
    assert_eq!(out.unwrap().get("location").unwrap(), "/api/server/todos/5");
}

#[test]
fn security_19_a_rewritten_location_never_names_another_server() {
    let rules = rules("http://api:8080", "", ForeignRedirects::Refuse);
    for trap in [
        "https://app.example//evil.example/x",
        "//app.example//evil.example",
        "https://app.example/\\evil.example",
    ] {
        let location = headers(&[("location", trap)]);
        assert!(rules.for_browser(StatusCode::FOUND, &location, Asked::of("/")).is_err(), "{trap}");
    }
}

#[test]
fn a_success_loses_a_foreign_location_and_nothing_else() {
    let upstream = headers(&[("location", "https://elsewhere.example/5"), ("etag", "\"1\"")]);
    let out = rules("http://api:8080", "", ForeignRedirects::Refuse)
        .for_browser(StatusCode::CREATED, &upstream, Asked::of("/"))
        .unwrap();
    assert!(!out.contains_key("location") && out.contains_key("etag"));
}

#[test]
fn security_27_html_is_not_served_as_html() {
    for html in ["text/html", "text/plain, text/html", "Text/HTML; charset=utf-8", "application/xhtml+xml"] {
        let out = rules("http://api:8080", "", ForeignRedirects::Refuse)
            .for_browser(StatusCode::FOUND, &headers(&[("content-type", html)]), Asked::of("/"))
            .unwrap();
        assert_eq!(out.get("content-type").unwrap(), "text/plain; charset=utf-8");
    }
    for exact in ["application/json; charset=utf-8", "text/csv", "image/png"] {
        let out = rules("http://api:8080", "", ForeignRedirects::Refuse)
            .for_browser(StatusCode::FOUND, &headers(&[("content-type", exact)]), Asked::of("/"))
            .unwrap();
        assert_eq!(out.get("content-type").unwrap(), exact);
    }
}

#[test]
fn clear_site_data_passes_only_by_name_and_report_only_policies_never() {
    let fields =
        [("clear-site-data", "\"cache\""), ("content-security-policy-report-only", "default-src 'none'")];
    let left = |extra: &str| {
        let rules = rules("http://api.internal", extra, ForeignRedirects::Refuse);
        rules.for_browser(StatusCode::OK, &headers(&fields), Asked::of("/a")).unwrap().len()
    };
    assert_eq!((left("x-a"), left("clear-site-data")), (0, 1));
}

#[test]
fn security_25_an_upstreams_policy_leaves_only_by_name_and_only_whole() {
    let policy = |extra: &str, fields: &[(&'static str, &str)]| -> Vec<String> {
        let rules = rules("http://api:8080", extra, ForeignRedirects::Refuse);
        let mut upstream = headers(fields);
        upstream.insert(HeaderName::from_static("content-type"), HeaderValue::from_static("application/pdf"));
        let out = rules.for_browser(StatusCode::OK, &upstream, Asked::of("/a")).unwrap();
        let lines = out.get_all("content-security-policy");
        lines.map(|line| line.to_str().unwrap().to_owned()).collect()
    };
    let csp = |value| ("content-security-policy", value);
    assert!(policy("x-a", &[csp("default-src 'self'")]).is_empty());
    let named = "content-security-policy";
    assert_eq!(policy(named, &[csp("default-src 'self'")]), ["default-src 'self'"]);
    let two = [csp("default-src 'self'"), csp("frame-ancestors 'self'")];
    assert_eq!(policy(named, &two), ["default-src 'self'", "frame-ancestors 'self'"]);
    let tells = [csp("default-src *"), csp("img-src http://api:8080")];
    assert!(policy(named, &tells).is_empty(), "half of it would allow more than all of it");
    assert!(policy(named, &[csp("default-src *"), ("connection", named)]).is_empty());
}

#[test]
fn an_event_stream_is_not_to_be_held_back_by_a_proxy_in_front() {
    for (kind, expected) in
        [("text/event-stream", true), ("Text/Event-Stream; charset=utf-8", true), ("text/plain", false)]
    {
        let out = rules("http://api:8080", "", ForeignRedirects::Refuse)
            .for_browser(StatusCode::OK, &headers(&[("content-type", kind)]), Asked::of("/"))
            .unwrap();
        assert_eq!(out.get("x-accel-buffering").is_some_and(|value| value == "no"), expected, "{kind}");
    }
}

#[test]
fn fields_of_the_registry_and_of_paging_leave() {
    let given = [
        "accept",
        "accept-encoding",
        "accept-patch",
        "allow",
        "content-digest",
        "dav",
        "deprecation",
        "dpop-nonce",
        "odata-entityid",
        "pagination-count",
        "preference-applied",
        "sunset",
        "tus-resumable",
        "upload-offset",
        "www-authenticate",
        "x-next-page",
        "x-per-page",
        "x-prev-page",
        "x-rate-limit-remaining",
        "x-total",
        "x-total-count",
        "x-total-pages",
        "x-wp-totalpages",
    ];
    let upstream = headers(&given.map(|name| (name, "1")));
    let out = rules("http://api:8080", "", ForeignRedirects::Refuse)
        .for_browser(StatusCode::OK, &upstream, Asked::of("/"))
        .unwrap();
    let left: Vec<_> = out.names().map(HeaderName::as_str).collect();
    assert_eq!(left, given);
}

#[test]
fn what_a_status_needs_outlives_its_content() {
    let upstream = headers(&[
        ("retry-after", "120"),
        ("accept-encoding", "gzip"),
        ("allow", "GET, PUT"),
        ("content-range", "bytes */100"),
        ("www-authenticate", "Bearer"),
        ("ratelimit", "\"d\";r=0;t=30"),
        ("cache-control", "max-age=5"),
        ("vary", "Accept"),
        ("etag", "\"1\""),
        ("content-type", "text/html"),
        ("content-encoding", "gzip"),
        ("content-disposition", "attachment"),
    ]);
    let kept = ResponseRules::of_replaced(&upstream);
    let names: Vec<_> = kept.names().map(HeaderName::as_str).collect();
    let expected = [
        "retry-after",
        "accept-encoding",
        "allow",
        "content-range",
        "www-authenticate",
        "ratelimit",
        "cache-control",
        "vary",
    ];
    assert_eq!(names, expected);
}
