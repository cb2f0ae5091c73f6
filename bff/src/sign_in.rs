//! Signing people in: a [`provider`] vouches for them and issues tokens. The provider is the upstream's own login
//! ([`credentials`]) or an OpenID provider ([`oidc`]). [`refresh`] renews the tokens, [`revocation`] takes those of ended
//! sessions back, and [`backchannel_logout`] ends sessions that the provider has ended. [`Admission`] says who may sign
//! in.

mod admission;
pub mod backchannel_logout;
pub mod credentials;
pub mod given;
mod held_token;
pub mod oidc;
mod options;
pub mod provider;
mod provider_error;
pub mod refresh;
pub mod renewed;
pub mod revocation;
mod revoked;
pub mod token_policy;
pub mod upstream_token;

pub use self::{
    admission::Admission, options::SignInOptions, provider_error::ProviderError, revoked::Revoked,
};

/// Time without another request to the provider for a token, after one that had no answer.
const COOL_DOWN: std::time::Duration = std::time::Duration::from_secs(1);
