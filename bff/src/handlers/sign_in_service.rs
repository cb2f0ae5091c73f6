//! Signing in, for the handlers: the provider, and the limit on attempts.

use std::rc::Rc;

use crate::{guard::login_limit::LoginGuard, sign_in::provider::Provider};

/// The provider of one worker, behind the limit on attempts.
pub struct SignInService {
    /// The upstream, or an OpenID provider.
    pub provider: Rc<Provider>,
    /// Counts attempts.
    pub limit: LoginGuard,
}

impl SignInService {
    /// Signs people in at `provider`.
    #[must_use]
    pub fn new(provider: Rc<Provider>, limit: LoginGuard) -> Self {
        Self { provider, limit }
    }
}
