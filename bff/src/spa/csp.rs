//! The Content-Security-Policy of the start page. It holds the hash of each inline script and style, and the address
//! to which browsers report violations.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use shared::report::REPORT_PATH;

use http_message::BasePath;

/// The policy's name for the endpoint of reports.
const ENDPOINT: &str = "bff";

/// The policy of a page.
#[derive(Debug, Clone)]
pub struct Csp {
    /// `Content-Security-Policy`.
    pub policy: String,
    /// `Reporting-Endpoints` (Reporting API §3.3): the address behind the name in the policy's `report-to`.
    pub endpoints: Option<String>,
}

/// Builds a policy under which the page runs only its own content (CSP Level 3), and browsers report violations.
///
/// A browser that knows `report-to` ignores `report-uri`, and takes no endpoint but over https. A page that is not
/// `secure` names no endpoint: naming one would silence such a browser.
pub(super) fn for_page(html: &str, secure: bool, base_path: &BasePath) -> Csp {
    let report = base_path.at(REPORT_PATH);
    let scripts = hashes(html, "script");
    let styles = hashes(html, "style");
    let mut policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'{styles}; \
         connect-src 'self'; img-src 'self' data:; font-src 'self'; manifest-src 'self'; \
         object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'; report-uri {report}"
    );
    let mut endpoints = None;
    if secure {
        policy.push_str("; report-to ");
        policy.push_str(ENDPOINT);
        endpoints = Some(format!("{ENDPOINT}=\"{report}\""));
    }
    Csp { policy, endpoints }
}

/// ` 'sha256-…'` for the content of each inline `tag`.
fn hashes(html: &str, tag: &str) -> String {
    let mut sources = String::new();
    let mut rest = html;
    while let Some(start) = find_tag(rest, tag) {
        let Some(open_end) = rest[start..].find('>').map(|at| start + at) else {
            break;
        };
        let attributes = &rest[start..open_end];
        let content = &rest[open_end + 1..];
        let Some(close) = content.to_ascii_lowercase().find(&format!("</{tag}")) else {
            break;
        };
        if !attributes.contains(" src=") {
            // The parser turns CR LF into LF before anything is hashed.
            let text = content[..close].replace("\r\n", "\n");
            sources.push_str(" 'sha256-");
            STANDARD.encode_string(Sha256::digest(text), &mut sources);
            sources.push('\'');
        }
        rest = &content[close..];
    }
    sources
}

/// The position of `<tag` as a tag of its own.
fn find_tag(html: &str, tag: &str) -> Option<usize> {
    let lower = html.to_ascii_lowercase();
    let open = format!("<{tag}");
    lower.match_indices(&open).map(|(at, _)| at).find(|at| {
        lower[at + open.len()..].starts_with(|next: char| next == '>' || next.is_ascii_whitespace())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_named_by_hash_and_others_by_origin() {
        let csp = for_page(
            "<head><script src=\"/a.js\"></script><script type=\"module\">alert(1)</script></head><scripted>",
            false,
            &BasePath::new("/"),
        )
        .policy;
        // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
        assert!(csp.contains(
            "script-src 'self' 'wasm-unsafe-eval' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=';"
        ));
        assert_eq!(csp.matches("sha256-").count(), 1);
        assert!(!csp.contains("unsafe-inline") && !csp.contains("'unsafe-eval'"));
    }

    #[test]
    fn a_page_without_inline_code_needs_no_hash() {
        assert!(!for_page("<p>hello</p><style", false, &BasePath::new("/")).policy.contains("sha256"));
    }

    #[test]
    fn an_endpoint_is_named_where_browsers_take_it() {
        let plain = for_page("", false, &BasePath::new("/"));
        assert!(plain.policy.ends_with("; report-uri /bff/report") && plain.endpoints.is_none());
        let secure = for_page("", true, &BasePath::new("/"));
        assert!(secure.policy.ends_with("; report-uri /bff/report; report-to bff"));
        assert_eq!(secure.endpoints.as_deref(), Some("bff=\"/bff/report\""));
    }
}
