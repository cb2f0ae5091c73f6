//! What the parsers of strangers' and upstreams' bytes have to hold, whatever the bytes.
//!
//! Each target is a function of bytes that panics where a property is broken. `cargo xtask fuzz` looks for such bytes, led by
//! coverage. An ordinary test replays the seeds and every finding, so that no fuzzer is needed to keep them alive.

pub mod answers;
pub mod batch;
pub mod client_address;
mod header_lines;
pub mod path;
pub mod request_fields;
pub mod routes;
pub mod session;
pub mod stored;
pub mod trace;
pub mod wire;

/// One parser, and what holds of it.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: on the command line, and of its folders.
    pub name: &'static str,
    /// Checks the properties on these bytes; panics where one is broken.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: [Target; 10] = [
    Target { name: "answers", run: answers::run },
    Target { name: "batch", run: batch::run },
    Target { name: "client-address", run: client_address::run },
    Target { name: "path", run: path::run },
    Target { name: "request-fields", run: request_fields::run },
    Target { name: "routes", run: routes::run },
    Target { name: "session", run: session::run },
    Target { name: "stored", run: stored::run },
    Target { name: "trace", run: trace::run },
    Target { name: "wire", run: wire::run },
];

/// The target of that name.
#[must_use]
pub fn find(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}
