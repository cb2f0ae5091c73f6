//! WebSockets: an upstream that takes them, and a browser's side of one. The server reads no frame, so that any bytes will do.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use super::{
    browser::{HOST, Response, connect, parse},
    upstream::Upstream,
};

/// The route table of most tests: everything, WebSockets included.
pub const OPEN: &str = "[[route]]\npath = '/{*rest}'\nwebsocket = true\n";

/// The head of a 101 with which an upstream of a test switches.
pub const SWITCHED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzhPRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\
                            Set-Cookie: a=b\r\nX-Secret: inside\r\n\r\n";

/// The origin of the pages of a server on this port.
pub fn own_origin(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// Sends a handshake with these fields besides the usual ones, and reads the head of the answer.
pub fn handshake(port: u16, path: &str, fields: &[(&str, &str)]) -> (Response, TcpStream) {
    let mut connection = connect(port);
    let mut head = format!(
        "GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    );
    for (name, value) in fields {
        head += &format!("{name}: {value}\r\n");
    }
    connection.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    let head = read_head(&mut connection);
    (parse(&head), connection)
}

/// An open WebSocket of a page of ours.
pub fn open(port: u16, path: &str, fields: &[(&str, &str)]) -> TcpStream {
    let origin = own_origin(port);
    let (answer, connection) = handshake(port, path, &[&[("Origin", origin.as_str())], fields].concat());
    assert_eq!(answer.status, 101, "{:?}", answer.headers);
    connection
}

/// The answer to a handshake that opens nothing.
pub fn refused(port: u16, path: &str, fields: &[(&str, &str)]) -> Response {
    let (head, mut connection) = handshake(port, path, fields);
    assert_ne!(head.status, 101);
    let mut body = Vec::new();
    connection.read_to_end(&mut body).unwrap();
    Response { body, ..head }
}

/// Sends bytes, and expects them back.
pub fn echo(connection: &mut TcpStream, bytes: &[u8]) {
    connection.write_all(bytes).unwrap();
    let mut back = vec![0; bytes.len()];
    connection.read_exact(&mut back).unwrap();
    assert_eq!(back, bytes);
}

/// Waits for the end of a connection, and returns what came before it.
pub fn rest(connection: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut piece = [0; 16 * 1024];
    loop {
        match connection.read(&mut piece) {
            Ok(0) => return bytes,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
            Err(err) if err.kind() == std::io::ErrorKind::WouldBlock => panic!("the connection does not end"),
            Err(_) => return bytes,
        }
    }
}

/// Reads that many bytes.
pub fn read_bytes(connection: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    connection.read_exact(&mut bytes).unwrap();
    bytes
}

/// Reads up to the end of a head.
pub fn read_head(connection: &mut TcpStream) -> Vec<u8> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        connection.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    head
}

/// An upstream of people who sign in: `/echo` is a WebSocket that says everything again, `/events` an event stream with an
/// event every 50 ms, `/download` content of a known length that takes as long. The access token is `token-1`; that of a person
/// called `short` ends after a second, and cannot be renewed.
pub struct StreamUpstream {
    pub upstream: Upstream,
    /// Connections of WebSockets and streams that are open.
    open: Arc<AtomicUsize>,
}

impl StreamUpstream {
    pub fn start() -> Self {
        let open = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&open);
        let upstream = Upstream::scripted(move |connection, request| {
            let path = request.split([' ', '?']).nth(1).unwrap();
            if matches!(path, "/echo" | "/events" | "/download") {
                counted.fetch_add(1, Ordering::SeqCst);
                match path {
                    "/echo" => echo_back(connection),
                    "/events" => flow(
                        connection,
                        "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked",
                        b"9\r\ndata: x\n\n\r\n",
                    ),
                    _ => flow(connection, "Content-Length: 1000000", b"some content"),
                }
                counted.fetch_sub(1, Ordering::SeqCst);
                return false;
            }
            let body = match path {
                "/auth/login" if request.contains("short") => {
                    r#"{"accessToken":"token-1","refreshToken":"short","expires_in":1}"#
                }
                "/auth/refresh" if request.contains("short") => {
                    let refused = b"HTTP/1.1 403 X\r\nContent-Length: 2\r\n\r\n{}";
                    return connection.write_all(refused).is_ok();
                }
                "/auth/login" | "/auth/refresh" => r#"{"accessToken":"token-1","refreshToken":"refresh-1"}"#,
                _ => r#"{"id":1,"username":"ada","firstName":"Ada","lastName":"Okafor"}"#,
            };
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            connection.write_all(answer.as_bytes()).is_ok()
        });
        Self { upstream, open }
    }

    pub fn url(&self) -> String {
        self.upstream.url()
    }

    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

fn echo_back(connection: &mut TcpStream) {
    connection.write_all(SWITCHED.as_bytes()).unwrap();
    let mut piece = [0; 64 * 1024];
    while let Ok(count) = connection.read(&mut piece) {
        if count == 0 || connection.write_all(&piece[..count]).is_err() {
            break;
        }
    }
}

fn flow(connection: &mut TcpStream, fields: &str, piece: &[u8]) {
    connection.write_all(format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n").as_bytes()).unwrap();
    while connection.write_all(piece).is_ok() {
        thread::sleep(Duration::from_millis(50));
    }
}
