//! Signing in, for the handlers: the provider, the limit on attempts, and the devices that are known.

use std::rc::Rc;

use crate::{
    guard::{devices::Devices, login_limit::LoginGuard},
    sign_in::provider::Provider,
};

/// The provider of one worker, behind the limit on attempts.
pub struct SignInService {
    /// The upstream, or an OpenID provider.
    pub provider: Rc<Provider>,
    /// Counts attempts.
    pub limit: LoginGuard,
    /// Knows browsers that have signed in before.
    pub devices: Devices,
}

impl SignInService {
    /// Signs people in at `provider`.
    #[must_use]
    pub fn new(provider: Rc<Provider>, limit: LoginGuard, devices: Devices) -> Self {
        Self { provider, limit, devices }
    }
}
