//! The program: start and end, logs, metrics, traces, static files and the documentation.

mod access_log;
mod app_policy;
mod base_path;
mod browser_reports;
mod chaos;
mod check;

mod deploying;
mod dev_server;

mod documentation;
mod first_reads;
mod health;
mod hosts;
mod http2;
mod json_lines;
mod kubernetes;
mod lame_duck;
mod lifecycle;
mod metrics;
mod otlp;
mod own_addresses;
mod own_frontend;
mod production;
mod read_again;
mod rolling_builds;
mod secrets;
mod security_log;
mod slow_clients;
mod spa;
mod tls;
mod tracing;
mod unparsed;
