//! Upstreams that behave exactly as badly as a test needs.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

use super::browser::PATIENCE;

/// A server that runs a script on every connection.
pub struct Upstream {
    pub port: u16,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<String>>,
    more: Condvar,
}

impl Upstream {
    /// Reads each request and answers with `bytes`, then closes the connection.
    pub fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::scripted(move |connection, _| {
            let _ = connection.write_all(&bytes);
            false
        })
    }

    /// Reads each request and answers 200 with `body`; the connection stays open.
    pub fn ok(body: &str) -> Self {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        Self::scripted(move |connection, _| connection.write_all(answer.as_bytes()).is_ok())
    }

    /// Runs `script` with each request (head and content); its result says whether the connection stays open.
    pub fn scripted(script: impl Fn(&mut TcpStream, &str) -> bool + Send + Sync + 'static) -> Self {
        Self::unread(move |connection, seen| {
            while let Some(request) = read_request(connection) {
                seen.add(request.clone());
                if !script(connection, &request) {
                    break;
                }
            }
        })
    }

    /// Runs `script` with each connection as soon as its request's head is there, the content unread.
    pub fn after_head(script: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::unread(move |connection, seen| {
            if let Some(head) = read_head(connection) {
                seen.add(head);
                script(connection);
            }
        })
    }

    fn unread(script: impl Fn(&mut TcpStream, &Seen) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Seen::default());
        let (script, record) = (Arc::new(script), Arc::clone(&seen));
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (mut connection, script, record) =
                    (connection.unwrap(), Arc::clone(&script), Arc::clone(&record));
                connection.set_read_timeout(Some(PATIENCE)).unwrap();
                thread::spawn(move || script(&mut connection, &record));
            }
        });
        Self { port, seen }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Every request so far, head and content.
    pub fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// The last request, in lower case.
    pub fn last(&self) -> String {
        self.requests().last().unwrap().to_ascii_lowercase()
    }

    /// Waits until `count` requests have come.
    pub fn wait_for(&self, count: usize) {
        let requests = self.seen.requests.lock().unwrap();
        let (_guard, timeout) =
            self.seen.more.wait_timeout_while(requests, PATIENCE, |requests| requests.len() < count).unwrap();
        assert!(!timeout.timed_out(), "the upstream saw too few requests");
    }
}

impl Seen {
    fn add(&self, request: String) {
        self.requests.lock().unwrap().push(request);
        self.more.notify_all();
    }
}

fn read_head(connection: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match connection.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return None,
        }
    }
    Some(String::from_utf8(head).unwrap())
}

fn read_request(connection: &mut TcpStream) -> Option<String> {
    let mut request = read_head(connection)?;
    let lower = request.to_ascii_lowercase();
    let field = |name: &str| lower.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    if let Some(length) = field("content-length:") {
        let mut body = vec![0; length.parse().unwrap()];
        connection.read_exact(&mut body).ok()?;
        request.push_str(&String::from_utf8_lossy(&body));
    } else if field("transfer-encoding:").is_some() {
        let mut body = Vec::new();
        let mut byte = [0];
        while !body.ends_with(b"0\r\n\r\n") {
            connection.read_exact(&mut byte).ok()?;
            body.push(byte[0]);
        }
        request.push_str(&String::from_utf8_lossy(&body));
    }
    Some(request)
}
