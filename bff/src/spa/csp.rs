//! The Content-Security-Policy of the app. It holds the hash of each inline script and style of the start page, what the
//! operator adds, and the address to which browsers report violations.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    HeaderName, HeaderValue,
    header::{CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY},
};
use sha2::{Digest as _, Sha256};
use shared::report::REPORT_PATH;

use super::{
    first_reads::is_read,
    html::{Tag, tags},
    nonce::Nonce,
    options::{PolicyOptions, SeenAs},
    policy::{NONCE, Policy},
};

/// `Reporting-Endpoints` (Reporting API §3.3): the address behind the name in the policy's `report-to`.
const REPORTING_ENDPOINTS: HeaderName = HeaderName::from_static("reporting-endpoints");

/// The policy's name for the endpoint of reports.
const ENDPOINT: &str = "bff";

/// Fields of an answer.
pub type Fields = Vec<(HeaderName, HeaderValue)>;

/// The policies of the app, as the fields of its answers.
#[derive(Debug, Clone)]
pub struct Csp {
    /// The fields of a page, with the word for a nonce in their text.
    texts: Vec<(HeaderName, String)>,
    /// The fields of a page without a nonce.
    of_page: Fields,
    /// The fields of a script.
    of_script: Fields,
    endpoints: Option<HeaderValue>,
}

/// Builds policies under which the page runs only its own content (CSP Level 3), and browsers report violations.
///
/// A browser that knows `report-to` ignores `report-uri`, and takes no endpoint but over https. A page that is not
/// `secure` names no endpoint: naming one would silence such a browser.
pub(super) fn for_page(html: &str, seen_as: &SeenAs, options: &PolicyOptions) -> Csp {
    Csp::new(&base(&hashes(html, "script"), &hashes(html, "style")), seen_as, options)
}

/// The policy without any setting.
fn base(scripts: &str, styles: &str) -> Policy {
    Policy::of([
        ("default-src", "'none'"),
        ("script-src", format!("'self' 'wasm-unsafe-eval'{scripts}").as_str()),
        ("style-src", format!("'self'{styles}").as_str()),
        ("connect-src", "'self'"),
        ("img-src", "'self' data:"),
        ("font-src", "'self'"),
        ("manifest-src", "'self'"),
        ("object-src", "'none'"),
        ("base-uri", "'none'"),
        ("form-action", "'self'"),
        ("frame-ancestors", "'none'"),
        ("require-trusted-types-for", "'script'"),
        ("trusted-types", "'none'"),
    ])
}

impl Csp {
    fn new(base: &Policy, seen_as: &SeenAs, options: &PolicyOptions) -> Self {
        let SeenAs { secure, base_path } = seen_as;
        let report = base_path.at(REPORT_PATH);
        let mut policies =
            vec![(CONTENT_SECURITY_POLICY, base.clone().extended(&options.enforced).to_string())];
        if let Some(changes) = &options.report_only {
            let policy = base.clone().extended(changes).to_string();
            policies.push((CONTENT_SECURITY_POLICY_REPORT_ONLY, policy));
        }
        let to = if *secure { format!("; report-to {ENDPOINT}") } else { String::new() };
        let reporting = |to: &str| -> Vec<(HeaderName, String)> {
            let policies = policies.iter();
            policies.map(|(name, text)| (name.clone(), format!("{text}; report-uri {report}{to}"))).collect()
        };
        let endpoints = format!("{ENDPOINT}=\"{report}\"");
        let endpoints = secure.then(|| HeaderValue::from_str(&endpoints).ok()).flatten();
        let texts = reporting(&to);
        Self {
            of_page: with(&texts, endpoints.as_ref(), ""),
            // It names no endpoint.
            of_script: with(&reporting(""), None, ""),
            texts,
            endpoints,
        }
    }

    /// The policies of pages that a development server makes: what they hold inline has a nonce. `secure` says that
    /// browsers see them over https.
    #[must_use]
    pub fn for_dev_server(seen_as: &SeenAs, options: &PolicyOptions) -> Self {
        let nonce = format!(" {NONCE}");
        Self::new(&base(&nonce, &nonce), seen_as, options)
    }

    /// The fields of a page, without a nonce.
    #[must_use]
    pub fn of_page(&self) -> &Fields {
        &self.of_page
    }

    /// The fields of a script: a worker goes by those of its own (HTML §10.2.4).
    #[must_use]
    pub fn of_script(&self) -> &Fields {
        &self.of_script
    }

    /// Whether each answer of a page has a nonce of its own.
    #[must_use]
    pub fn has_nonce(&self) -> bool {
        self.texts.iter().any(|(_, text)| text.contains(NONCE))
    }

    /// The fields of a page with this nonce.
    #[must_use]
    pub fn of_page_with(&self, nonce: &Nonce) -> Fields {
        with(&self.texts, self.endpoints.as_ref(), &format!(" 'nonce-{nonce}'"))
    }
}

/// The fields with `nonce` in the place of its word; it begins with a blank, as the word does.
fn with(texts: &[(HeaderName, String)], endpoints: Option<&HeaderValue>, nonce: &str) -> Fields {
    let word = format!(" {NONCE}");
    // Settings are checked: their text is that of a field.
    let field = |(name, text): &(HeaderName, String)| {
        Some((name.clone(), HeaderValue::from_str(&text.replace(&word, nonce)).ok()?))
    };
    let endpoints = endpoints.map(|endpoints| (REPORTING_ENDPOINTS, endpoints.clone()));
    texts.iter().filter_map(field).chain(endpoints).collect()
}

/// ` 'sha256-…'` for the content of each inline `name`.
fn hashes(html: &str, name: &str) -> String {
    let mut sources = String::new();
    let is_inline = |tag: &&Tag| tag.name == name && tag.attribute(html, "src").is_none();
    // A first read is data. It never runs, and what it will hold is not known.
    for tag in tags(html).iter().filter(is_inline).filter(|tag| !is_read(tag, html)) {
        // The parser turns CR LF into LF before anything is hashed.
        let text = html[tag.content.clone()].replace("\r\n", "\n");
        sources.push_str(" 'sha256-");
        STANDARD.encode_string(Sha256::digest(text), &mut sources);
        sources.push('\'');
    }
    sources
}

#[cfg(test)]
mod tests;
