//! `/test` and `/http/{code}`: answers that are about nothing.

use actix_web::http::StatusCode;
use serde::Serialize;

use super::call::Call;
use crate::error::ApiError;
use crate::reply::{JSON, PROBLEM_JSON, Reply};

pub(super) fn test(call: &Call<'_>) -> Result<Reply, ApiError> {
    #[derive(Serialize)]
    struct Test<'a> {
        status: &'static str,
        method: &'a str,
    }
    Reply::json(&Test { status: "ok", method: call.head.method.as_str() })
}

pub(super) fn status(code: String) -> Result<Reply, ApiError> {
    let Ok(number) = code.parse::<u16>() else {
        return Err(ApiError::InvalidStatus(code));
    };
    // Interim statuses are not answers, and one without a name is not registered.
    let known = StatusCode::from_u16(number)
        .ok()
        .filter(|status| number >= 200 && status.canonical_reason().is_some());
    let Some(status) = known else {
        return Err(ApiError::UnsupportedStatus(code));
    };
    let name = status.canonical_reason().unwrap_or_default();
    if number < 400 { plain(status, name) } else { problem(status, name) }
}

fn plain(status: StatusCode, name: &str) -> Result<Reply, ApiError> {
    #[derive(Serialize)]
    struct Plain<'a> {
        status: u16,
        message: &'a str,
    }
    Reply::json_as(status, JSON, &Plain { status: status.as_u16(), message: name })
}

fn problem(status: StatusCode, name: &str) -> Result<Reply, ApiError> {
    #[derive(Serialize)]
    struct Problem<'a> {
        status: u16,
        title: &'a str,
        r#type: &'static str,
        detail: &'a str,
        message: &'a str,
    }
    let problem =
        Problem { status: status.as_u16(), title: name, r#type: "about:blank", detail: name, message: name };
    Reply::json_as(status, PROBLEM_JSON, &problem)
}
