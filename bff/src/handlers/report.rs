//! `/bff/report`: browsers report errors of their pages. Each report is a line in the log and a count, and is shown
//! to no other client.

mod content;

use actix_web::{HttpResponse, web};

use self::content::{BYTES_MAX, ReportForm, mishaps};
use super::{api_error::ApiError, request_content::content, unchecked_request::UncheckedRequest};
use crate::{failure::Failure, guard::Guard};
use telemetry::browser;

/// Takes a browser's reports.
///
/// # Errors
/// [`ApiError`] for a report from another site, for reports over the limit, and for content that is no report.
pub async fn report(
    unchecked: UncheckedRequest,
    payload: web::Payload,
    guard: web::Data<Guard>,
) -> Result<HttpResponse, ApiError> {
    taken(&unchecked, payload, &guard).await.map_err(|failure| match failure {
        // Reports over the limit leave no lines of their own in the log. The limiter's verdicts are counted.
        Failure::RateLimited(_) => ApiError::unlogged(failure),
        other => other.into(),
    })?;
    Ok(HttpResponse::NoContent().finish())
}

async fn taken(unchecked: &UncheckedRequest, payload: web::Payload, guard: &Guard) -> Result<(), Failure> {
    // One report is charged before the content is read: a refusal for another reason is a line in the log as well.
    charge(unchecked, guard, 1).await?;
    guard.check_report_csrf(&unchecked.headers)?;
    let form = ReportForm::of(&unchecked.headers).ok_or(Failure::Invalid("The content must be a report."))?;
    let mishaps = mishaps(form, &content(payload, BYTES_MAX).await?)
        .map_err(|_| Failure::Invalid("The content is not what is expected here."))?;
    let more = mishaps.len().saturating_sub(1);
    if more > 0 {
        charge(unchecked, guard, u32::try_from(more).unwrap_or(u32::MAX)).await?;
    }
    for mishap in &mishaps {
        browser::reported(mishap, unchecked.source());
    }
    Ok(())
}

async fn charge(unchecked: &UncheckedRequest, guard: &Guard, count: u32) -> Result<(), Failure> {
    match guard.admit_reports(unchecked.device.address, count, unchecked.now).await? {
        Some(wait) => Err(Failure::RateLimited(wait)),
        None => Ok(()),
    }
}
