//! What replicas share of their caches by way of Redis: the numbers by which answers are outdated ([`numbers`]), and
//! answers that all may use ([`second_level`]), as far as there is room ([`budget`]).

pub mod budget;
pub mod numbers;
pub mod second_level;
