//! Who may report what went wrong in a browser, and how often.
//!
//! Whoever reports from elsewhere, and is refused, uses up the limit of that address as well; what it keeps from being told
//! is told by others.
//!
//! A report changes nothing and is in nobody's name: no session is asked for, found or kept alive. All that it costs is a
//! line in the log, taken or not, and how many of these strangers may write is what is limited here. `BFF_RATE_LIMIT=off` does not lift
//! that: it says that the upstream can take more, and not that the log can.

use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};

use http::Method;

use super::Guard;
use crate::{
    guard::csrf::CrossSite,
    rate_limit::{Limit, LimitKey, LimitPolicy, LimitSubject},
    redis::StoreError,
};
use http_message::HeaderBlock;
use telemetry::metrics;

/// Reports that are taken from one client address.
const LIMIT: Limit = Limit { count: 20, window: Duration::from_secs(60) };

impl Guard {
    /// Whether a report may come from where it says it comes from. What says nothing may: browsers send reports on policies
    /// by themselves, not all of them say from where, and nothing of ours that a page could misuse goes along.
    ///
    /// # Errors
    /// [`CrossSite`] for what says that it is another site's, a page that may read the API among them.
    pub fn check_report_csrf(&self, headers: &HeaderBlock) -> Result<(), CrossSite> {
        match self.csrf.check(&Method::POST, headers, false)? {
            None => Ok(()),
            Some(_) => Err(CrossSite::SaidByOrigin),
        }
    }

    /// Counts `count` reports from `address`, or none of them. Says how long to wait, where there were too many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn admit_reports(
        &self,
        address: Option<IpAddr>,
        count: u32,
        now: SystemTime,
    ) -> Result<Option<Duration>, StoreError> {
        let key = LimitKey { policy: LimitPolicy::Report, subject: LimitSubject::of_address(address) };
        let verdict = self.counts.take(&key, LIMIT, count, now).await?;
        metrics::limiter_verdict("report", verdict.allowed);
        Ok((!verdict.allowed).then_some(verdict.reset))
    }
}
