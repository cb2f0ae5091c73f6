//! Forms of reports: the two of browsers, and the two of the app's own.

use actix_web::web::Query;
use serde::Deserialize;
use serde_json::Value;
use shared::{BrowserReport, ReportKind};

use http_message::HeaderBlock;

use telemetry::browser::{CspViolation, Mishap};

use crate::handlers::request_content::is_of_type;

/// The largest body, in bytes: [`REPORTS_MAX`] reports that repeat a long policy each.
pub(super) const BYTES_MAX: usize = 16 * 1024;

/// Most reports that are taken from one body; the rest is ignored. Browsers gather their reports, and would send a
/// refused body again and again.
const REPORTS_MAX: usize = 10;

/// The `type` of the browser reports that are taken.
const CSP_VIOLATION: &str = "csp-violation";

/// The form of a report.
#[derive(Debug, Clone, Copy)]
pub(super) enum ReportForm {
    /// The form of `report-uri` (CSP Level 3 §5.3).
    Csp,
    /// The form of the Reporting API (§3.4 there): a list.
    Reports,
    /// [`BrowserReport`] as JSON.
    Json,
    /// [`BrowserReport`] as the content of a form, which is how the app sends it.
    Form,
}

impl ReportForm {
    const ALL: [(Self, &str); 4] = [
        (Self::Csp, "application/csp-report"),
        (Self::Reports, "application/reports+json"),
        (Self::Json, "application/json"),
        (Self::Form, "application/x-www-form-urlencoded"),
    ];

    /// The form that the header block declares.
    pub(super) fn of(headers: &HeaderBlock) -> Option<Self> {
        let (form, _) = Self::ALL.into_iter().find(|(_, media_type)| is_of_type(headers, media_type))?;
        Some(form)
    }
}

/// The body does not have its declared form. The error gives no cause, which would repeat the body.
#[derive(Debug)]
pub(super) struct NoReport;

impl From<serde_json::Error> for NoReport {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}

/// The errors that a body reports.
///
/// # Errors
/// [`NoReport`].
pub(super) fn mishaps(form: ReportForm, body: &[u8]) -> Result<Vec<Mishap>, NoReport> {
    Ok(match form {
        ReportForm::Csp => vec![serde_json::from_slice::<CspReport>(body)?.report.into()],
        ReportForm::Reports => serde_json::from_slice::<Vec<Report>>(body)?
            .into_iter()
            .filter(|report| report.kind == CSP_VIOLATION)
            .filter_map(|report| Violation::deserialize(report.body).ok())
            .take(REPORTS_MAX)
            .map(Mishap::from)
            .collect(),
        ReportForm::Json => vec![of_app(serde_json::from_slice(body)?)],
        ReportForm::Form => vec![of_app(urlencoded(body)?)],
    })
}

/// A form's content has the same grammar as a query.
fn urlencoded(body: &[u8]) -> Result<BrowserReport, NoReport> {
    let text = std::str::from_utf8(body).map_err(|_| NoReport)?;
    Query::<BrowserReport>::from_query(text).map(Query::into_inner).map_err(|_| NoReport)
}

/// The one member of a body of `report-uri`.
#[derive(Deserialize)]
struct CspReport {
    #[serde(rename = "csp-report")]
    report: Violation,
}

/// One report of many.
#[derive(Deserialize)]
struct Report {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    body: Value,
}

/// A violation, under the field names of both forms. Its sample of the script is left out, since it may hold
/// anything.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Violation {
    #[serde(rename = "documentURL", alias = "document-uri")]
    page: String,
    #[serde(alias = "effective-directive")]
    effective_directive: String,
    /// The directive of browsers that do not send the effective one: its name comes first in the text.
    #[serde(rename = "violated-directive")]
    violated_directive: String,
    #[serde(rename = "blockedURL", alias = "blocked-uri")]
    blocked: Option<String>,
    #[serde(alias = "source-file")]
    source_file: Option<String>,
    /// `enforce`, or `report` of a policy that blocks nothing.
    disposition: String,
    /// Not every browser sends a number.
    #[serde(alias = "line-number")]
    line_number: Value,
}

impl From<Violation> for Mishap {
    fn from(violation: Violation) -> Self {
        let named = violation.violated_directive.split(' ').next().unwrap_or_default().to_owned();
        let effective = violation.effective_directive;
        Self::CspViolation(CspViolation {
            page: violation.page,
            directive: if effective.is_empty() { named } else { effective },
            blocked: violation.blocked.unwrap_or_default(),
            source: violation.source_file.unwrap_or_default(),
            line: violation.line_number.as_u64(),
            report_only: violation.disposition == "report",
        })
    }
}

/// Turns a report of the app into the log's form.
fn of_app(report: BrowserReport) -> Mishap {
    let BrowserReport { kind, message, page, request_id } = report;
    match kind {
        ReportKind::Panic => Mishap::Panic { page, message },
        ReportKind::Query => Mishap::Query { page, message, failed: request_id },
    }
}

#[cfg(test)]
mod tests;
