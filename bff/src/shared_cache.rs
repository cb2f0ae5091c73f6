//! What replicas tell each other of their caches, by way of Redis: [`changes`].

pub mod changes;
