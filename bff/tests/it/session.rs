//! Sessions: sign-in, tokens, refresh, and where they are kept.

mod cookie_sessions;
mod forwarding;
mod login_form;
mod login_limits;
mod oidc;
mod oidc_provider;
mod redis_store;
mod refresh;
mod revocation;
mod sign_in;
mod stores;
mod streams;
