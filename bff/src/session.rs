//! Sessions: the browser keeps an id that means nothing ([`cookie`]), the server keeps who it is and the [`tokens`] for the
//! upstream in a [`store`]: in [`memory`], or sealed in [`mod@redis`]. Or the browser keeps all of it, sealed: then it is
//! [`carried`].

pub mod cookie;
pub mod cookie_store;
mod current;
mod in_cookies;
pub mod login_state;
pub mod memory;
mod options;
pub mod redis;
mod sessions;
mod signed_in;
pub mod store;
pub mod tokens;

pub use self::{
    current::{Current, Device},
    options::{SessionOptions, SessionPlace},
    sessions::{BeginError, Sessions},
    signed_in::SignedIn,
};
