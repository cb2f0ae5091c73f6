//! What replicas share of their caches by way of Redis: what is outdated ([`changes`]), and what all may use
//! ([`answers`]), as far as there is room ([`budget`]).

pub mod answers;
pub mod budget;
pub mod changes;
