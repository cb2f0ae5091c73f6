use serde_json::json;

use super::*;

fn violation(directive: &str, line: Option<u64>) -> Mishap {
    Mishap::CspViolation(CspViolation {
        page: "https://app.test/".to_owned(),
        directive: directive.to_owned(),
        blocked: "https://evil.test/x".to_owned(),
        source: "https://app.test/a.js".to_owned(),
        line,
        report_only: false,
    })
}

#[test]
fn a_report_uri_report_is_read_with_or_without_effective_directive() {
    let body = |name: &str, value: &str| {
        let report = json!({
            "document-uri": "https://app.test/", "referrer": "", "original-policy": "default-src 'none'",
            "blocked-uri": "https://evil.test/x", "source-file": "https://app.test/a.js", "line-number": 7,
            "script-sample": "secret", name: value,
        });
        json!({ "csp-report": report }).to_string()
    };
    for (name, value) in [("effective-directive", "img-src"), ("violated-directive", "img-src 'self' data:")]
    {
        let found = mishaps(ReportForm::Csp, body(name, value).as_bytes()).unwrap();
        assert_eq!(found, [violation("img-src", Some(7))], "{name}");
    }
}

#[test]
fn the_form_of_the_reporting_api_is_read_as_far_as_it_is_about_policies() {
    let report = json!({ "type": "csp-violation", "age": 5, "url": "https://app.test/", "user_agent": "x", "body": {
        "documentURL": "https://app.test/", "effectiveDirective": "img-src", "blockedURL": "https://evil.test/x",
        "sourceFile": "https://app.test/a.js", "lineNumber": null, "disposition": "enforce",
    }});
    let other = json!({ "type": "deprecation", "body": { "id": "x" } });
    let odd = json!({ "type": "csp-violation", "body": 7 });
    let body = json!([other, report, odd]).to_string();
    assert_eq!(mishaps(ReportForm::Reports, body.as_bytes()).unwrap(), [violation("img-src", None)]);
    let many = json!(vec![report; REPORTS_MAX + 1]).to_string();
    assert_eq!(mishaps(ReportForm::Reports, many.as_bytes()).unwrap().len(), REPORTS_MAX);
    assert_eq!(mishaps(ReportForm::Reports, b"[]").unwrap(), []);
}

#[test]
fn a_report_of_a_policy_that_only_reports_is_known_in_both_forms() {
    let uri = json!({ "csp-report": { "disposition": "report" } }).to_string();
    let api = json!([{ "type": "csp-violation", "body": { "disposition": "report" } }]).to_string();
    for (form, body) in [(ReportForm::Csp, uri), (ReportForm::Reports, api)] {
        let [Mishap::CspViolation(found)] = &mishaps(form, body.as_bytes()).unwrap()[..] else {
            panic!("one")
        };
        assert!(found.report_only, "{form:?}");
    }
}

#[test]
fn the_apps_own_is_read_as_json_and_as_a_form() {
    let panic = Mishap::Panic { page: "/p".to_owned(), message: "a b&c".to_owned() };
    let query = Mishap::Query { page: "/p".to_owned(), message: "m".to_owned(), failed: "r".to_owned() };
    for (wire, body, expected) in [
        (ReportForm::Json, r#"{"kind":"panic","message":"a b&c","page":"/p"}"#, &panic),
        (ReportForm::Form, "kind=panic&message=a+b%26c&page=%2Fp&requestId=", &panic),
        (ReportForm::Json, r#"{"kind":"query","message":"m","page":"/p","requestId":"r"}"#, &query),
        (ReportForm::Form, "kind=query&message=m&page=/p&requestId=r", &query),
    ] {
        assert_eq!(mishaps(wire, body.as_bytes()).unwrap(), std::slice::from_ref(expected), "{body}");
    }
}

#[test]
fn what_is_in_no_form_is_none() {
    for (wire, body) in [
        (ReportForm::Csp, "{}"),
        (ReportForm::Csp, r#"{"csp-report":7}"#),
        (ReportForm::Reports, "{}"),
        (ReportForm::Reports, "[7]"),
        (ReportForm::Json, r#"{"kind":"other","message":"","page":""}"#),
        (ReportForm::Json, r#"{"kind":"panic"}"#),
        (ReportForm::Json, ""),
        (ReportForm::Form, "kind=other&message=&page="),
        (ReportForm::Form, "kind=panic"),
        (ReportForm::Form, ""),
    ] {
        assert!(mishaps(wire, body.as_bytes()).is_err(), "{wire:?} {body}");
    }
}
