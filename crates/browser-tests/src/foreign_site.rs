//! A foreign site: an empty page on a port of its own, from which a scene tries forbidden requests.

use std::{
    io::{BufReader, Write},
    net::{SocketAddr, TcpListener},
    thread,
};

use crate::http_client::Request;

/// Nothing but a place for scripts; its own server sends no policy that would hold them back.
const PAGE: &str = "<!doctype html><link rel=icon href=data:,><title>Elsewhere</title>";

/// A foreign site.
#[derive(Debug)]
pub struct ForeignSite {
    address: SocketAddr,
}

impl ForeignSite {
    /// Opens it.
    ///
    /// # Panics
    /// If no port is to be had.
    #[must_use]
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = BufReader::new(connection.unwrap());
                thread::spawn(move || {
                    if Request::read(&mut connection).is_some() {
                        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n";
                        // A browser that does not want it any more may go.
                        let _ = connection.get_mut().write_all(format!("{head}{PAGE}").as_bytes());
                    }
                });
            }
        });
        Self { address }
    }

    /// Its address.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same host as the server's, another port: another origin on the same site, so that even a `Strict` cookie
    /// goes along.
    #[must_use]
    pub fn on_the_same_site(&self) -> String {
        format!("http://127.0.0.1:{}/", self.address.port())
    }

    /// Another host: another site.
    #[must_use]
    pub fn on_another_site(&self) -> String {
        format!("http://localhost:{}/", self.address.port())
    }
}
