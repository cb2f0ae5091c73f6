//! The program: start and end, logs, metrics, traces, static files and the documentation.

mod app_policy;
mod browser_reports;
mod chaos;
mod check;
mod dev_server;

mod documentation;
mod health;
mod hosts;
mod http2;
mod lifecycle;
mod metrics;
mod otlp;
mod own_addresses;
mod production;
mod rolling_builds;
mod secrets;
mod security_log;
mod slow_clients;
mod spa;
mod tls;
mod tracing;
mod unparsed;
