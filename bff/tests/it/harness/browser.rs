//! A client that sends and keeps exact bytes.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

/// Longer than any deadline of a test, so that a hang fails instead of blocking.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The name that requests of the tests call the server by.
pub const HOST: &str = "app.test";

/// One request, on a connection of its own.
pub struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, path: &str) -> Self {
        Self { head: format!("{method} {path} HTTP/1.1\r\nHost: {HOST}\r\n"), body: Vec::new() }
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// The same request to a server below `base_path`.
    pub fn below(self, base_path: &str) -> Self {
        Self { head: self.head.replacen(" /", &format!(" {base_path}/"), 1), ..self }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.header("Content-Length", &length)
    }

    pub fn json(self, body: &str) -> Self {
        self.header("Content-Type", "application/json").body(body)
    }

    pub fn send(&self, port: u16) -> Response {
        raw(port, &self.bytes())
    }

    /// Sends it, and leaves the answer to be read.
    pub fn begin(&self, port: u16) -> TcpStream {
        let mut connection = connect(port);
        connection.write_all(&self.bytes()).unwrap();
        connection
    }

    /// `None` where no server takes it: no connection, or one that is closed before a byte has come back.
    pub fn try_send(&self, port: u16) -> Option<Response> {
        let mut connection = TcpStream::connect(("127.0.0.1", port)).ok()?;
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        connection.write_all(&self.bytes()).ok()?;
        let mut first = [0];
        connection.peek(&mut first).ok().filter(|read| *read > 0)?;
        Some(read(&mut connection))
    }

    /// The request on the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{}Connection: close\r\n\r\n", self.head).into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// An answer; `complete` is false where it ended before its own frame said so.
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub complete: bool,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} stands twice");
        value
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|err| panic!("{err}: {}", self.text()))
    }

    /// Asserts that this is a problem of that status and code, and gives it.
    pub fn problem(&self, status: u16, code: &str) -> serde_json::Value {
        let problem = self.problem_without_id(status, code);
        assert_eq!(problem["requestId"].as_str(), self.header("x-request-id"));
        problem
    }

    /// The same on the private listener, where requests have no id.
    pub fn problem_without_id(&self, status: u16, code: &str) -> serde_json::Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!(problem["code"], code);
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "detail"] {
            assert!(problem[member].is_string(), "{member}");
        }
        problem
    }
}

/// Sends bytes and reads until the server closes.
pub fn raw(port: u16, bytes: &[u8]) -> Response {
    let mut connection = connect(port);
    // A server that refuses an upload may close before all of it is written.
    let _ = connection.write_all(bytes);
    read(&mut connection)
}

pub fn connect(port: u16) -> TcpStream {
    let connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    connection
}

/// Reads an answer up to the end of the connection.
pub fn read(connection: &mut TcpStream) -> Response {
    let mut bytes = Vec::new();
    let mut piece = [0; 64 * 1024];
    loop {
        match connection.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
            Err(err) if err.kind() == std::io::ErrorKind::WouldBlock => {
                panic!("no end of the answer: {bytes:?}")
            }
            // A reset after the answer takes nothing away from it.
            Err(_) => break,
        }
    }
    parse(&bytes)
}

/// The answer that these bytes are.
pub fn parse(bytes: &[u8]) -> Response {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(bytes)));
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status: u16 = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let rest = &bytes[end + 4..];
    if status == 100 {
        return parse(rest);
    }
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let find = |name: &str| headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let (body, complete) = if find("transfer-encoding").is_some() {
        dechunk(rest)
    } else {
        let length = find("content-length").map(|(_, value)| value.parse().unwrap());
        (rest.to_vec(), length.is_none_or(|length: usize| length == rest.len()))
    };
    Response { status, headers, body, complete }
}

fn dechunk(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(line) = rest.windows(2).position(|window| window == b"\r\n") else {
            return (body, false);
        };
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        rest = &rest[line + 2..];
        if size == 0 {
            return (body, true);
        }
        if rest.len() < size + 2 {
            body.extend_from_slice(rest);
            return (body, false);
        }
        body.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
}
