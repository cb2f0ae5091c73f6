//! What answers at which kind of address. A handler takes apart, asks, and puts together; it decides nothing.

pub mod batch;
pub mod health;
pub mod login;
pub mod proxy;
pub mod reception;
pub mod reply;
pub mod session;
pub mod spa;
