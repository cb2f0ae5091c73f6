use super::*;

fn reply(status: u16, body: &str) -> ApiError {
    Reply { status, retry_after: None, body: &Json::parse(body) }.into()
}

fn problem(code: ProblemCode, status: u16) -> ApiError {
    reply(status, &serde_json::to_string(&Problem::new(code, status, "", "r-1")).unwrap())
}

#[test]
fn an_error_of_the_bff_keeps_its_code_and_request_id() {
    let err = problem(ProblemCode::UpstreamTimeout, 504);
    assert!(matches!(&err, ApiError::Problem(problem) if problem.code == ProblemCode::UpstreamTimeout));
    assert_eq!(err.reference(), Some("r-1"));
}

#[test]
fn an_error_of_the_upstream_keeps_its_message() {
    let err = reply(404, r#"{"message":"Todo with id '9' not found"}"#);
    assert_eq!(err, ApiError::Refused { status: 404, message: "Todo with id '9' not found".into() });
    assert!(err.is_not_found());
}

#[test]
fn a_body_that_is_not_json_does_not_hide_the_status() {
    assert_eq!(reply(500, "<html>"), ApiError::Server(500));
    assert_eq!(reply(404, "<html>"), ApiError::Refused { status: 404, message: String::new() });
}

#[test]
fn a_rate_limit_knows_how_long_to_wait() {
    let nothing = Json::parse("");
    let limited = |retry_after| ApiError::from(Reply { status: 429, retry_after, body: &nothing });
    assert_eq!(limited(Some("7")).wait(), Some(Duration::from_secs(7)));
    assert_eq!(limited(Some("Wed, 21 Oct 2026 07:28:00 GMT")).wait(), None);
    assert_eq!(limited(None), ApiError::RateLimited { wait: None });
}

#[test]
fn only_what_may_change_is_retried() {
    let seconds = |wait| ApiError::RateLimited { wait: Some(Duration::from_secs(wait)) };
    for (err, retry) in [
        (ApiError::Offline, Retry::Backoff),
        (ApiError::Network, Retry::Backoff),
        (ApiError::Timeout, Retry::Backoff),
        (ApiError::Server(500), Retry::Backoff),
        (ApiError::RateLimited { wait: None }, Retry::Backoff),
        (seconds(3), Retry::After(Duration::from_secs(3))),
        (seconds(3600), Retry::Never),
        (problem(ProblemCode::UpstreamUnreachable, 502), Retry::Backoff),
        (problem(ProblemCode::InvalidRequest, 400), Retry::Never),
        (reply(408, ""), Retry::Backoff),
        (reply(404, ""), Retry::Never),
        (ApiError::Cancelled, Retry::Never),
        (ApiError::Decode, Retry::Never),
    ] {
        assert_eq!(err.retry(), retry, "{err:?}");
    }
}

#[test]
fn only_what_neither_network_nor_person_nor_limit_explains_is_unexpected() {
    for (err, name) in [
        (ApiError::Timeout, Some("timeout")),
        (ApiError::Decode, Some("not_understood")),
        (reply(503, ""), Some("server_error")),
        (problem(ProblemCode::UpstreamTimeout, 504), Some("upstream_timeout")),
        (problem(ProblemCode::Internal, 500), Some("internal")),
        (ApiError::Offline, None),
        (ApiError::Network, None),
        (ApiError::Cancelled, None),
        (reply(429, ""), None),
        (reply(404, ""), None),
        (reply(422, ""), None),
        (problem(ProblemCode::ApiNotFound, 404), None),
        (problem(ProblemCode::Unauthenticated, 401), None),
        (problem(ProblemCode::InvalidRequest, 400), None),
    ] {
        assert_eq!(err.unexpected(), name, "{err:?}");
    }
}

#[test]
fn every_problem_of_the_contract_has_words() {
    for code in ProblemCode::ALL {
        let words = problem(code, 500).explain();
        assert!(!words.title.is_empty() && words.advice.ends_with('.'), "{code:?}");
    }
}
