//! What replicas share of their caches by way of Redis: what is outdated ([`changes`]), and what all may use
//! ([`second_level`]), as far as there is room ([`budget`]).

pub mod budget;
pub mod changes;
pub mod second_level;
