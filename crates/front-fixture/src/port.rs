//! Ports for servers that cannot say which one they have.

use std::{
    net::TcpListener,
    process,
    sync::atomic::{AtomicU16, Ordering},
};

/// The first of them.
const FIRST: u16 = 10_000;

/// How many there are. From 32,768 on, Linux gives ports to connections and to servers that name none.
const COUNT: u16 = 20_000;

/// Calls so far, of which each tries ports of its own.
static CALLS: AtomicU16 = AtomicU16::new(0);

/// A port that nobody listens on, and that the system gives to nobody while a server gets ready to listen. trunk compiles first.
#[must_use]
pub fn unused_port() -> u16 {
    loop {
        // Processes that run side by side begin apart.
        let begin = process::id().wrapping_mul(97);
        let place = begin.wrapping_add(CALLS.fetch_add(1, Ordering::Relaxed).into()) % u32::from(COUNT);
        let port = FIRST + u16::try_from(place).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_comes_twice_or_from_those_that_the_system_gives() {
        let mut ports: Vec<_> = (0..100).map(|_| unused_port()).collect();
        assert!(ports.iter().all(|port| (FIRST..FIRST + COUNT).contains(port)));
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 100);
    }
}
