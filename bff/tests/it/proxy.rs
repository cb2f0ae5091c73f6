//! A request that is forwarded: checks, limits, headers, paths and the upstream.

mod active_content;
mod batching;
mod client_address;
mod compression;
mod conditions;
mod connection_reuse;
mod content_policy;
mod cross_site;
mod deadlines;
mod disconnect;
mod forwarding;
mod headers;
mod hostile_upstream;
mod limits;
mod paths;
mod rate_limit;
mod request_fields;
mod routes;
mod select;
mod spellings;
mod upstream_failure;
mod upstream_tls;
mod upstreams;
mod websocket;
mod websocket_ends;
