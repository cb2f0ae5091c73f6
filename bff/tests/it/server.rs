//! The program: start and end, logs, metrics, traces, static files and the documentation.

mod browser_reports;
mod documentation;
mod health;
mod lifecycle;
mod metrics;
mod otlp;
mod production;
mod security_log;
mod slow_clients;
mod spa;
mod tls;
mod tracing;
mod unparsed;
