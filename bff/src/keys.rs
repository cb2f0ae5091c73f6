//! Session ids, the keys of `BFF_SESSION_KEY`, and the names and sealed values made with them.

mod entropy;
pub mod id;
pub mod seal;
mod secret;

pub use self::{
    id::{SessionId, SessionKeys, StoreKey},
    seal::Seal,
    secret::Secret,
};
