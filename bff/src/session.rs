//! Sessions: the browser keeps an id that means nothing ([`id`]), the server keeps who it is and the [`tokens`] for
//! the upstream. Who vouches for people is a [`provider`].

pub mod id;
pub mod provider;
pub mod tokens;
