//! Sessions: the browser keeps a meaningless id ([`cookie`]), and a [`store`] keeps the person and the [`tokens`] for
//! the upstream. The store is in [`memory`], or sealed in [`mod@redis`]. With [`cookie_store`] the browser keeps the
//! whole session, sealed.

mod claims;
pub mod cookie;
pub mod cookie_store;
mod current;
pub mod endings;
mod flowing;
mod in_cookies;
pub mod login_state;
pub mod memory;
mod options;
pub mod redis;
mod sessions;
mod signed_in;
pub mod store;
pub mod tokens;
mod until_end;

pub use self::{
    claims::{CLAIMS_MAX, ClaimName, PersonClaims},
    current::{Current, Device},
    flowing::EndsBy,
    options::{RECHECK_EVERY, SessionOptions, SessionPlace},
    sessions::{BeginError, Sessions},
    signed_in::SignedIn,
};
