//! Servers, clients and data that the tests run with.

pub mod browser;
pub mod cacheable;
pub mod documentation;
pub mod ended_token;
pub mod http2;
pub mod https_upstream;
pub mod keys;
pub mod oidc;
pub mod own_tls;
pub mod polling;
pub mod program;
pub mod redis_server;
pub mod replicas;
pub mod session_data;
pub mod test_app;
pub mod token_upstream;
pub mod upstream;
pub mod versioned_replicas;
pub mod websocket;
