//! Limits the reports of browsers on errors in their pages.
//!
//! A refused report from another site uses up the limit of its client address as well. Errors that this keeps from
//! being reported are reported by other clients.
//!
//! A report changes nothing and has no session: none is asked for, found or kept alive. Its only cost is a line in
//! the log, taken or not, and the number of such lines is limited here. `BFF_RATE_LIMIT=off` does not lift this
//! limit: it says that the upstream can take more, and not that the log can.

use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};

use http::Method;

use super::Guard;
use crate::{
    guard::csrf::CrossSite,
    rate_limit::{Limit, LimitPolicy, networks_of, take_each},
    redis::StoreError,
};
use http_message::HeaderBlock;
use telemetry::metrics;

/// Reports taken from one client address.
const LIMIT: Limit = Limit { count: 20, window: Duration::from_secs(60) };

impl Guard {
    /// Refuses a report that says it comes from another site. A report that does not say its origin is taken, since
    /// browsers send policy reports by themselves and some name no origin. The request carries nothing of ours that a
    /// page could misuse.
    ///
    /// # Errors
    /// [`CrossSite`] for a report from another site, even from one that may read the API.
    pub fn check_report_csrf(&self, headers: &HeaderBlock) -> Result<(), CrossSite> {
        match self.csrf.check(&Method::POST, headers, false)? {
            None => Ok(()),
            Some(_) => Err(CrossSite::SaidByOrigin),
        }
    }

    /// Counts `count` reports from `address`, or none of them. Returns the wait where there were too many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn admit_reports(
        &self,
        address: Option<IpAddr>,
        count: u32,
        now: SystemTime,
    ) -> Result<Option<Duration>, StoreError> {
        let subjects = networks_of(address);
        let (_, verdict) =
            take_each(&*self.counts, &LimitPolicy::Report, subjects, LIMIT, count, now).await?;
        metrics::limiter_verdict("report", verdict.allowed);
        Ok((!verdict.allowed).then_some(verdict.reset))
    }
}
