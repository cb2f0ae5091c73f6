//! Pages of the BFF and not of the app: the hop back from an OpenID provider, and the error page of a failed sign-in
//! there.

use std::fmt;

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER, SET_COOKIE},
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderValue;
use sha2::{Digest as _, Sha256};
use shared::session::RETURN_URL;
use url::form_urlencoded;

use telemetry::security::{self, EventSource};

use crate::failure::Failure;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

/// The sign-in, seen from the addresses of these pages: `/bff/login` and `/bff/callback`, below whatever base path.
const SIGN_IN: &str = "login";

/// Leads a browser on to `return_url` from a page of ours.
///
/// The provider's redirect comes from another site, and browsers send no `Strict` cookie on the request after it.
/// They send the cookie when a page of ours leads there. The page works without script, so that its policy can forbid
/// all script.
#[must_use]
pub fn hop(return_url: &str) -> HttpResponse {
    let to = escaped(return_url);
    let refresh = format!("\n<meta http-equiv=\"refresh\" content=\"0;url={to}\">");
    page(StatusCode::OK, "Signed in", &refresh, &format!("<p><a href=\"{to}\">Go on</a></p>")).finish()
}

/// The error page of a failed sign-in at the provider: people who navigate read no JSON.
#[derive(Debug)]
pub struct SignInProblem {
    failure: Failure,
    request_id: String,
    return_url: String,
    cookie: Option<HeaderValue>,
}

impl SignInProblem {
    /// Logs the failure, and offers another attempt that leads to `return_url`.
    #[must_use]
    pub fn new(failure: impl Into<Failure>, return_url: &str, source: EventSource<'_>) -> Self {
        let failure = failure.into();
        failure.log_refusal(source);
        security::sign_in_failed("", &failure.to_string(), source);
        let (request_id, return_url) = (source.request_id.to_owned(), return_url.to_owned());
        Self { failure, request_id, return_url, cookie: None }
    }

    /// Removes the sign-in's cookie from the browser.
    #[must_use]
    pub fn and_remove(mut self, cookie: Option<HeaderValue>) -> Self {
        self.cookie = cookie;
        self
    }
}

impl fmt::Display for SignInProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.failure, f)
    }
}

impl ResponseError for SignInProblem {
    fn status_code(&self) -> StatusCode {
        self.failure.status().0
    }

    fn error_response(&self) -> HttpResponse {
        let mut again = form_urlencoded::Serializer::new(String::new());
        again.append_pair(RETURN_URL, &self.return_url);
        let content = format!(
            "<p>{}</p>\n<p><a href=\"{SIGN_IN}?{}\">Try again</a></p>\n<p><small>Request {}</small></p>",
            escaped(&self.failure.detail()),
            escaped(&again.finish()),
            escaped(&self.request_id),
        );
        let mut response = page(self.status_code(), "Signing in did not work", "", &content);
        if let Some(wait) = self.failure.retry_after() {
            response.0.insert_header((RETRY_AFTER, wait));
        }
        if let Some(field) = &self.cookie {
            response.0.insert_header((SET_COOKIE, field.clone()));
        }
        response.finish()
    }
}

/// The error page of an address of the app, which people navigate to.
#[must_use]
pub fn of_failure(failure: &Failure, request_id: &str) -> HttpResponse {
    let content = format!(
        "<p>{}</p>\n<p><small>Request {}</small></p>",
        escaped(&failure.detail()),
        escaped(request_id)
    );
    page(failure.status().0, "There is no app at the moment", "", &content).finish()
}

struct Page(HttpResponseBuilder, String);

impl Page {
    fn finish(mut self) -> HttpResponse {
        self.0.body(self.1)
    }
}

fn page(status: StatusCode, title: &str, head: &str, content: &str) -> Page {
    let html = PAGE
        .replace("{title}", title)
        .replace("{style}", STYLE)
        .replace("{head}", head)
        .replace("{content}", content);
    let csp = format!(
        "default-src 'none'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        STANDARD.encode(Sha256::digest(STYLE))
    );
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, csp));
    Page(response, html)
}

/// Escapes `text` for the content of an element, or a quoted attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
