//! Ids of sessions, the keys of `BFF_SESSION_KEY`, and what is made with them: names, and values that are sealed.

pub mod id;
pub mod seal;
mod secret;

pub use self::{
    id::{SessionId, SessionKeys, StoreKey},
    seal::Seal,
    secret::Secret,
};
