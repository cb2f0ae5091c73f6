//! Cache state that replicas share through Redis. The numbers outdate answers ([`numbers`]); the answers of the second
//! level are for all ([`second_level`]), as far as there is room ([`budget`]).

pub mod budget;
pub mod numbers;
pub mod second_level;
