//! `Content-Security-Policy`: decides whether the upstream's takes the place of ours on an answer.
//!
//! Our policy, with its `sandbox`, keeps an answer from running as a page of our origin. The upstream's takes its
//! place only where both of these hold:
//!
//! - the operator names the field (`BFF_RESPONSE_HEADERS`);
//! - nothing could run anyway: the one media type that the upstream says is on a list, and reaches the browser
//!   unchanged.

use http::{HeaderValue, StatusCode, header};

use super::header_block::HeaderBlock;

/// Media types of which a browser makes no document that runs script. No whole family such as `video/*` is listed. Any
/// type that ends in `+xml` is XML to a browser (MIME Sniffing §4.6), and XML can hold script.
const INERT: [&str; 21] = [
    "application/json",
    "application/pdf",
    "audio/aac",
    "audio/flac",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/webm",
    "image/avif",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/csv",
    "text/plain",
    "video/mp4",
    "video/mpeg",
    "video/ogg",
    "video/quicktime",
    "video/webm",
];

/// Takes the policy out of `headers`, which go to the browser, unless it may stand there. `upstream` has the
/// `Content-Type` that the upstream said: HTML stays suspicious even where it is shown as text.
pub fn enforce(headers: &mut HeaderBlock, status: StatusCode, upstream: &HeaderBlock) {
    // Most answers have none, and nothing more is read of them.
    if headers.contains_key(header::CONTENT_SECURITY_POLICY) && !stands(headers, status, upstream) {
        headers.remove(header::CONTENT_SECURITY_POLICY);
    }
}

fn stands(headers: &HeaderBlock, status: StatusCode, upstream: &HeaderBlock) -> bool {
    // Neither status is an answer by itself. A browser adds its fields to an answer that it keeps (RFC 9111 §3.2,
    // §3.4). It takes over the policy but not the type.
    let of_another = matches!(status, StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED);
    let said = only(upstream);
    let inert = said.is_some_and(is_inert) && said == only(headers);
    // A policy that says nothing is none.
    let says = headers.get_all(header::CONTENT_SECURITY_POLICY);
    let says = says.flat_map(HeaderValue::as_bytes).any(u8::is_ascii_alphabetic);
    !of_another && inert && says
}

/// The `Content-Type` where there is exactly one; of several a browser would choose.
fn only(headers: &HeaderBlock) -> Option<&HeaderValue> {
    let mut values = headers.get_all(header::CONTENT_TYPE);
    values.next().filter(|_| values.next().is_none())
}

fn is_inert(content_type: &HeaderValue) -> bool {
    // A browser takes the last type of a list (Fetch, "extract a MIME type").
    let one = content_type.to_str().ok().filter(|text| !text.contains(','));
    let Some(essence) = one.and_then(|text| text.split(';').next()) else { return false };
    let essence = essence.trim_matches([' ', '\t']).to_ascii_lowercase();
    INERT.contains(&essence.as_str()) || is_json(&essence)
}

/// Whether a type is JSON by its suffix (RFC 6839 §3.1). Its name may hold only the characters that RFC 6838 §4.2
/// allows.
fn is_json(essence: &str) -> bool {
    let name = essence.strip_prefix("application/").and_then(|name| name.strip_suffix("+json"));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(allowed))
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    const POLICY: (&str, &str) = ("content-security-policy", "default-src 'self'");

    fn headers(fields: &[(&'static str, &str)]) -> HeaderBlock {
        let mut map = HeaderBlock::new();
        for (name, value) in fields {
            map.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        map
    }

    fn stays(said: &[(&'static str, &str)], sent: &[(&'static str, &str)], status: u16) -> bool {
        let mut sent = headers(sent);
        enforce(&mut sent, StatusCode::from_u16(status).unwrap(), &headers(said));
        sent.contains_key("content-security-policy")
    }

    #[test]
    fn security_25_an_upstreams_policy_stands_only_where_no_script_could_run() {
        for (content_type, expected) in [
            ("application/pdf", true),
            ("Application/PDF; version=1.7", true),
            ("application/json", true),
            ("application/problem+json", true),
            ("application/vnd.api+json;charset=utf-8", true),
            ("text/plain ; charset=utf-8", true),
            ("text/csv", true),
            ("image/png", true),
            ("image/jpeg", true),
            ("image/gif", true),
            ("image/webp", true),
            ("image/avif", true),
            ("audio/mpeg", true),
            ("video/mp4", true),
            // Types that become a page.
            ("text/html", false),
            ("application/xhtml+xml", false),
            ("application/xml", false),
            ("text/xml", false),
            ("image/svg+xml", false),
            ("application/atom+xml", false),
            ("video/mp4+xml", false),
            ("audio/x+xml", false),
            ("application/json+xml", false),
            ("text/xsl", false),
            ("application/mathml+xml", false),
            ("multipart/x-mixed-replace; boundary=a", false),
            ("multipart/byteranges; boundary=a", false),
            ("message/rfc822", false),
            ("multipart/related", false),
            // Scripts and styles.
            ("text/javascript", false),
            ("application/wasm", false),
            ("text/css", false),
            // Types that a browser guesses, or reads in its own way.
            ("", false),
            (" ", false),
            ("*/*", false),
            ("unknown/unknown", false),
            ("application/unknown", false),
            ("application/octet-stream", false),
            ("pdf", false),
            ("application/", false),
            ("application/+json", false),
            ("application/ld +json", false),
            ("application/xhtml+xml\t+json", false),
            ("application/a/b+json", false),
            ("image/x+json", false),
            ("image/*", false),
            ("text/plain, text/html", false),
            ("text/html, text/plain", false),
            ("text/plain,", false),
            ("application/pdf; a=\"b,text/html\"", false),
            ("image/svg+xml;, image/png", false),
            (";text/plain", false),
        ] {
            let fields = [("content-type", content_type), POLICY];
            assert_eq!(stays(&fields, &fields, 200), expected, "{content_type:?}");
        }
    }

    #[test]
    fn security_25_a_missing_doubled_or_changed_type_leaves_our_policy() {
        let pdf = ("content-type", "application/pdf");
        assert!(stays(&[pdf], &[pdf, POLICY], 200));
        assert!(!stays(&[], &[POLICY], 200));
        assert!(!stays(&[pdf], &[POLICY], 200), "it was taken out");
        assert!(!stays(&[pdf, pdf], &[pdf, pdf, POLICY], 200));
        assert!(!stays(&[pdf, ("content-type", "text/html")], &[pdf, POLICY], 200));
        let (html, text) = (("content-type", "text/html"), ("content-type", "text/plain; charset=utf-8"));
        assert!(!stays(&[html], &[text, POLICY], 200), "what was HTML is text now");
        assert!(!stays(&[pdf], &[text, POLICY], 200));
    }

    #[test]
    fn security_25_a_policy_stands_only_on_an_answer_by_itself() {
        let pdf = ("content-type", "application/pdf");
        for (status, expected) in [(200, true), (203, true), (404, true), (206, false), (304, false)] {
            assert_eq!(stays(&[pdf], &[pdf, POLICY], status), expected, "{status}");
        }
    }

    #[test]
    fn security_25_a_policy_that_says_nothing_does_not_take_the_place_of_ours() {
        let pdf = ("content-type", "application/pdf");
        for (policy, expected) in [("", false), (" ; ,", false), ("sandbox", true)] {
            assert_eq!(
                stays(&[pdf], &[pdf, ("content-security-policy", policy)], 200),
                expected,
                "{policy:?}"
            );
        }
    }
}
