//! The one error body of the BFF: `application/problem+json` (RFC 9457) with a stable `code`.

use serde::{Deserialize, Serialize};

/// `Content-Type` of a [`Problem`].
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The error code, for programs. Clients match on it exhaustively; names never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// 404: no route, or the upstream knows no such address.
    ApiNotFound,
    /// 400: the path could mean two things to two servers.
    AmbiguousPath,
    /// 405: the route exists, not for this method.
    MethodNotAllowed,
    /// 413: the request body is over the cap.
    BodyTooLarge,
    /// 400 and other 4xx: the request cannot be understood or is over a limit.
    InvalidRequest,
    /// 400: no route lets a WebSocket be opened here.
    WebsocketNotAllowed,
    /// 408: the browser did not send the request's body in time.
    ClientTimeout,
    /// 421: the server does not answer to the name in `Host`.
    WrongHost,
    /// 403: the request comes from another site.
    CrossSite,
    /// 401: there is no session.
    Unauthenticated,
    /// 401: the route needs a fresher or a stronger sign-in; `acrValues` and `maxAge` say which (RFC 9470).
    StepUpRequired,
    /// 403: signed in, not allowed.
    Forbidden,
    /// 429: too many requests; `Retry-After` says when to come back.
    RateLimited,
    /// 502: no connection to the upstream.
    UpstreamUnreachable,
    /// 502: the upstream's answer is not valid HTTP, incomplete or not allowed out.
    UpstreamInvalid,
    /// 503: the upstream, or the session store, is full or away.
    UpstreamOverloaded,
    /// 503: a budget or a limit of the BFF is used up; `Retry-After` says when to come back.
    Busy,
    /// 504: the upstream did not answer in time.
    UpstreamTimeout,
    /// 508: the upstream leads back to this server.
    LoopDetected,
    /// 413: too many items in a batch.
    BatchTooLarge,
    /// 500: a fault.
    Internal,
}

impl ProblemCode {
    /// Every code, in the order of their declaration.
    pub const ALL: [Self; 21] = [
        Self::ApiNotFound,
        Self::AmbiguousPath,
        Self::MethodNotAllowed,
        Self::BodyTooLarge,
        Self::InvalidRequest,
        Self::WebsocketNotAllowed,
        Self::ClientTimeout,
        Self::WrongHost,
        Self::CrossSite,
        Self::Unauthenticated,
        Self::StepUpRequired,
        Self::Forbidden,
        Self::RateLimited,
        Self::UpstreamUnreachable,
        Self::UpstreamInvalid,
        Self::UpstreamOverloaded,
        Self::Busy,
        Self::UpstreamTimeout,
        Self::LoopDetected,
        Self::BatchTooLarge,
        Self::Internal,
    ];

    /// The code as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiNotFound => "api_not_found",
            Self::AmbiguousPath => "ambiguous_path",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::BodyTooLarge => "body_too_large",
            Self::InvalidRequest => "invalid_request",
            Self::WebsocketNotAllowed => "websocket_not_allowed",
            Self::ClientTimeout => "client_timeout",
            Self::WrongHost => "wrong_host",
            Self::CrossSite => "cross_site",
            Self::Unauthenticated => "unauthenticated",
            Self::StepUpRequired => "step_up_required",
            Self::Forbidden => "forbidden",
            Self::RateLimited => "rate_limited",
            Self::UpstreamUnreachable => "upstream_unreachable",
            Self::UpstreamInvalid => "upstream_invalid",
            Self::UpstreamOverloaded => "upstream_overloaded",
            Self::Busy => "busy",
            Self::UpstreamTimeout => "upstream_timeout",
            Self::LoopDetected => "loop_detected",
            Self::BatchTooLarge => "batch_too_large",
            Self::Internal => "internal",
        }
    }

    /// A short title for people; the same for every occurrence of the code (RFC 9457 §3.1.3).
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::ApiNotFound => "Not found",
            Self::AmbiguousPath => "Ambiguous path",
            Self::MethodNotAllowed => "Method not allowed",
            Self::BodyTooLarge => "Request body too large",
            Self::InvalidRequest => "Invalid request",
            Self::WebsocketNotAllowed => "No WebSocket here",
            Self::ClientTimeout => "Request timed out",
            Self::WrongHost => "Wrong host",
            Self::CrossSite => "Cross-site request refused",
            Self::Unauthenticated => "Sign-in required",
            Self::StepUpRequired => "Confirmation required",
            Self::Forbidden => "Not allowed",
            Self::RateLimited => "Too many requests",
            Self::UpstreamUnreachable => "Upstream unreachable",
            Self::UpstreamInvalid => "Invalid answer from upstream",
            Self::UpstreamOverloaded => "Upstream overloaded",
            Self::Busy => "Too much under way",
            Self::UpstreamTimeout => "Upstream timed out",
            Self::LoopDetected => "Loop detected",
            Self::BatchTooLarge => "Batch too large",
            Self::Internal => "Internal error",
        }
    }
}

/// An error as the browser sees it (RFC 9457 §3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// A URI for the kind of problem: `about:blank`, since `code` is the identifier.
    #[serde(rename = "type")]
    pub kind: String,
    /// [`ProblemCode::title`].
    pub title: String,
    /// The HTTP status, repeated.
    pub status: u16,
    /// One sentence about this occurrence, safe to show.
    pub detail: String,
    /// For programs.
    pub code: ProblemCode,
    /// Finds the server's log line.
    pub request_id: String,
    /// `"Too many requests"` on 429 and `"Internal Server Error"` on 500, for clients that look for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// `"Api Not Found"` on the BFF's 404, for clients that look for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Classes of authentication of which the route needs one, on `step_up_required`: for `acr_values` at the sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr_values: Option<Vec<String>>,
    /// The longest time since the authentication in seconds, on `step_up_required`: for `max_age` at the sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u64>,
}

impl Problem {
    /// A problem with the legacy members that belong to its status.
    #[must_use]
    pub fn new(code: ProblemCode, status: u16, detail: &str, request_id: &str) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: code.title().to_owned(),
            status,
            detail: detail.to_owned(),
            code,
            request_id: request_id.to_owned(),
            error: match status {
                429 => Some("Too many requests".to_owned()),
                500 => Some("Internal Server Error".to_owned()),
                _ => None,
            },
            data: (status == 404).then(|| "Api Not Found".to_owned()),
            acr_values: None,
            max_age: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_on_the_wire_as_its_name() {
        for code in ProblemCode::ALL {
            assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{}\"", code.as_str()));
        }
    }

    #[test]
    fn problem_has_rfc_9457_fields_and_the_legacy_members_of_its_status() {
        let json = serde_json::to_string(&Problem::new(ProblemCode::RateLimited, 429, "Slow down.", "r1"));
        assert_eq!(
            json.unwrap(),
            r#"{"type":"about:blank","title":"Too many requests","status":429,"detail":"Slow down.","code":"rate_limited","requestId":"r1","error":"Too many requests"}"#
        );
        let mut step_up = Problem::new(ProblemCode::StepUpRequired, 401, "", "r1");
        (step_up.acr_values, step_up.max_age) = (Some(vec!["urn:mfa".to_owned()]), Some(600));
        let json = serde_json::to_string(&step_up).unwrap();
        assert!(json.ends_with(r#""requestId":"r1","acrValues":["urn:mfa"],"maxAge":600}"#), "{json}");
        let not_found = Problem::new(ProblemCode::ApiNotFound, 404, "", "r1");
        assert_eq!(not_found.data.as_deref(), Some("Api Not Found"));
        let internal = Problem::new(ProblemCode::Internal, 500, "", "r1");
        assert_eq!(internal.error.as_deref(), Some("Internal Server Error"));
    }
}
