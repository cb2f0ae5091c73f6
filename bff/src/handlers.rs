//! What answers at which kind of address. A handler takes apart, asks, and puts together; it decides nothing.

pub mod access;
pub mod arrival;
pub mod backchannel_logout;
pub mod batch;
pub mod callback;
pub mod health;
pub mod login;
pub mod metrics;
pub mod page;
pub mod proxy;
pub mod reception;
pub mod reply;
pub mod report;
pub mod session;
pub mod spa;
