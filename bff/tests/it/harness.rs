//! Servers, clients and fixtures that the tests run against.

pub mod browser;
pub mod program;
pub mod redis_server;
pub mod test_app;
pub mod token_upstream;
pub mod upstream;
