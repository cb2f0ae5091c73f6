//! The state that every request is answered from.

use std::fmt;
use std::sync::Arc;

use crate::events::Events;
use crate::in_flight::InFlight;
use crate::rate_limit::RateLimiter;
use crate::store::Store;
use crate::users::Users;

/// The database, the users, and what the server counts.
pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) users: Users,
    /// Signs the tokens; kept in the database, so that they outlive a restart.
    pub(crate) secret: Vec<u8>,
    pub(crate) simulate: bool,
    pub(crate) limiter: Option<RateLimiter>,
    pub(crate) in_flight: InFlight,
    pub(crate) events: Arc<Events>,
}

impl fmt::Debug for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the secret nor the users' passwords belong into a log.
        formatter.debug_struct("State").field("simulate", &self.simulate).finish_non_exhaustive()
    }
}
