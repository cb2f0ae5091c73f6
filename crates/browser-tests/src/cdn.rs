//! A server of pictures and fonts on another origin.

use std::{
    io::{BufReader, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use crate::http_client::Request;

/// Every file of it.
const PICTURE: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>";

/// A server that any page may read from.
#[derive(Debug)]
pub struct Cdn {
    origin: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Cdn {
    /// Opens it.
    ///
    /// # Panics
    /// If no port is to be had.
    #[must_use]
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = BufReader::new(connection.unwrap());
                let Some(request) = Request::read(&mut connection) else { continue };
                seen.lock().unwrap().push(request.target);
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: image/svg+xml\r\nAccess-Control-Allow-Origin: *\r\n\
                     Content-Length: {}\r\nConnection: close\r\n\r\n",
                    PICTURE.len()
                );
                // A browser that does not want it any more may go.
                let _ = connection.get_mut().write_all(&[head.as_bytes(), PICTURE.as_bytes()].concat());
            }
        });
        Self { origin, asked }
    }

    /// Its origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The paths that it was asked for.
    ///
    /// # Panics
    /// If its own thread has.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}
