//! The real server on a free port, spoken to in HTTP as bytes; a file per behaviour.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "a test that cannot go on says so by panicking, and nobody reads its documentation from outside"
)]

mod batching;
mod browser;
mod caching;
mod caching_in_a_session;
mod carried_sessions;
mod client_address;
mod connection_reuse;
mod content_policy;
mod cross_site;
mod disconnect;
mod documentation;
mod fault_run;
mod forwarding;
mod headers;
mod health;
mod hostile_upstream;
mod in_a_session;
mod invalidation;
mod lifecycle;
mod limits;
mod metrics;
mod oidc;
mod oidc_provider;
mod otlp;
mod paths;
mod production;
mod program;
mod rate_limit;
mod redis_link;
mod redis_server;
mod redis_sessions;
mod refreshing;
mod replica_cache;
mod replicas;
mod report;
mod routes;
mod second_level;
mod security_log;
mod session_stores;
mod shared_limits;
mod signing_in;
mod single_flight;
mod spa;
mod stale_answers;
mod test_app;
mod tls;
mod token_upstream;
mod tracing;
mod upstream;
mod without_redis;
