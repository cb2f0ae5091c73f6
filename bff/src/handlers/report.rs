//! `/bff/report`: browsers tell what went wrong in them. Each report is a line in the log and a count, and is never shown to
//! anybody else.

mod content;

use actix_web::{HttpResponse, web};

use self::content::{BYTES_MAX, Wire, mishaps};
use super::{
    arrival::{Arrival, content},
    reception::Refusal,
};
use crate::{failure::Failure, guard::Guard, telemetry::browser};

/// Takes what a browser reports.
///
/// # Errors
/// [`Refusal`] for what says that it comes from another site, for what comes too often, and for what is no report.
pub async fn report(
    arrival: Arrival,
    payload: web::Payload,
    guard: web::Data<Guard>,
) -> Result<HttpResponse, Refusal> {
    taken(&arrival, payload, &guard).await.map_err(|failure| match failure {
        // What is too much for the log is not told to the log either. The verdicts are counted.
        Failure::RateLimited(_) => Refusal::untold(failure, arrival.source()),
        other => Refusal::new(other, arrival.source()),
    })?;
    Ok(HttpResponse::NoContent().finish())
}

async fn taken(arrival: &Arrival, payload: web::Payload, guard: &Guard) -> Result<(), Failure> {
    // One is paid for before anything is looked at: to be refused for another reason is a line in the log as well.
    charge(arrival, guard, 1).await?;
    guard.judge_report(&arrival.headers)?;
    let wire = Wire::of(&arrival.headers).ok_or(Failure::Invalid("The content must be a report."))?;
    let mishaps = mishaps(wire, &content(payload, BYTES_MAX).await?)
        .map_err(|_| Failure::Invalid("The content is not what is expected here."))?;
    let more = mishaps.len().saturating_sub(1);
    if more > 0 {
        charge(arrival, guard, u32::try_from(more).unwrap_or(u32::MAX)).await?;
    }
    for mishap in &mishaps {
        browser::reported(mishap, arrival.source());
    }
    Ok(())
}

async fn charge(arrival: &Arrival, guard: &Guard, count: u32) -> Result<(), Failure> {
    match guard.admit_reports(arrival.client.address, count, arrival.now).await? {
        Some(wait) => Err(Failure::RateLimited(wait)),
        None => Ok(()),
    }
}
