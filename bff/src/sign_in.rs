//! Signing people in: a [`provider`] vouches for them and hands out tokens, by the upstream's own login
//! ([`credentials`]) or as an OpenID provider ([`oidc`]); [`refresh`] renews the tokens, [`backchannel_logout`] ends
//! sessions that the provider has ended.

pub mod backchannel_logout;
pub mod credentials;
pub mod oidc;
mod options;
pub mod provider;
mod provider_error;
pub mod refresh;

pub use self::{options::SignInOptions, provider_error::ProviderError};
