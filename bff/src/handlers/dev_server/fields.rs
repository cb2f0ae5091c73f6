//! The fields that cross to a dev server and back: all but those of a connection, and what keeps people signed in.

use http::{HeaderValue, header};

use http_message::{
    HeaderBlock,
    fields::{is_hop_by_hop, leave_out_named},
};

/// How the names of this server's own cookies begin.
const OWN_COOKIES: [&str; 2] = ["bff", "__Host-Http-bff"];

/// The fields of a request for the dev server. Tokens and sessions stay here: it is made of packages of many authors.
pub(super) fn for_dev_server(mut headers: HeaderBlock) -> HeaderBlock {
    let cookies: Vec<HeaderValue> = headers.get_all(header::COOKIE).filter_map(without_own).collect();
    let mut headers = end_to_end(&mut headers);
    for name in [header::AUTHORIZATION, header::COOKIE, header::HOST, header::EXPECT] {
        headers.remove(name);
    }
    for cookie in cookies {
        headers.append(header::COOKIE, cookie);
    }
    // Pages are read here, and the way is short.
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers
}

/// The fields of an answer for the browser.
pub(super) fn for_browser(headers: &HeaderBlock) -> HeaderBlock {
    let mut headers = headers.clone();
    let set: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).cloned().collect();
    let mut headers = end_to_end(&mut headers);
    headers.remove(header::SET_COOKIE);
    headers.remove(header::CONTENT_SECURITY_POLICY);
    headers.remove(header::CONTENT_SECURITY_POLICY_REPORT_ONLY);
    for cookie in set.into_iter().filter(|cookie| !is_own(cookie.as_bytes())) {
        headers.append(header::SET_COOKIE, cookie);
    }
    headers
}

/// The fields that are not of one connection, framing left out.
fn end_to_end(headers: &mut HeaderBlock) -> HeaderBlock {
    leave_out_named(headers);
    let goes_on = |name: &http::HeaderName| !is_hop_by_hop(name.as_str()) && *name != header::CONTENT_LENGTH;
    let fields = headers.iter().filter(|(name, _)| goes_on(name));
    fields.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A `Cookie` without our own; `None` where nothing is left.
fn without_own(field: &HeaderValue) -> Option<HeaderValue> {
    let pairs = field.as_bytes().split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let others: Vec<&[u8]> = pairs.filter(|pair| !pair.is_empty() && !is_own(pair)).collect();
    if others.is_empty() { None } else { HeaderValue::from_bytes(&others.join(&b"; "[..])).ok() }
}

/// Whether a cookie is this server's own: its name is one of ours, or goes on with a dash.
fn is_own(cookie: &[u8]) -> bool {
    let name = cookie.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
    // A browser sends one without a name as nothing but its value, which may read like one of ours.
    if name.is_empty() {
        return true;
    }
    OWN_COOKIES.iter().any(|own| {
        name.strip_prefix(own.as_bytes())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"-") || rest.starts_with(b"!"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_of_ours_stay_and_those_of_others_go() {
        for (given, expected) in [
            (
                "bff=1; theme=dark; bff-login-x=2;__Host-Http-bff=3; __Host-Http-bff-app=4; bffx=5",
                Some("theme=dark; bffx=5"),
            ),
            ("bff=1", None),
            ("a=b; c", Some("a=b; c")),
        ] {
            let kept = without_own(&HeaderValue::from_static(given));
            assert_eq!(kept.as_ref().map(|kept| kept.to_str().unwrap()), expected, "{given}");
        }
    }
}
