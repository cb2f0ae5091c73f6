//! As much of HTTP/1.1 as is needed to ask an upstream without a browser, and to play one.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    thread,
};

use crate::polling::TIME_LIMIT;

/// The body of a successful GET.
pub(crate) fn get(address: SocketAddr, path: &str) -> Vec<u8> {
    let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let answer = exchange(address, head.as_bytes()).expect("the upstream answers");
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("an answer has a head");
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    answer[end + 4..].to_vec()
}

/// Changes a resource.
pub(crate) fn send(address: SocketAddr, method: &str, path: &str, body: &str) {
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    );
    let answer = exchange(address, request.as_bytes()).expect("the upstream answers");
    assert!(answer.starts_with(b"HTTP/1.1 20"), "{}", String::from_utf8_lossy(&answer));
}

/// The body of an answer.
pub(crate) fn body_of(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").expect("an answer has a head").1
}

/// Sends a request that asks for the connection to be closed, and reads the answer to its end.
pub(crate) fn exchange(address: SocketAddr, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(TIME_LIMIT))?;
    connection.write_all(request)?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    Ok(answer)
}

/// Like [`exchange`], and passes the answer on as it comes: an event stream ends when its reader leaves.
pub(crate) fn pass_on(
    address: SocketAddr,
    request: &[u8],
    output: &mut TcpStream,
) -> std::io::Result<Vec<u8>> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(TIME_LIMIT))?;
    connection.write_all(request)?;
    let (mut asker, asked) = (output.try_clone()?, connection.try_clone()?);
    thread::spawn(move || {
        // Nothing more is asked on this connection: what ends the read is its end.
        let _ = asker.read(&mut [0]);
        asked.shutdown(Shutdown::Both)
    });
    let (mut answer, mut piece) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let length = connection.read(&mut piece)?;
        output.write_all(&piece[..length])?;
        answer.extend_from_slice(&piece[..length]);
        if length == 0 {
            return Ok(answer);
        }
    }
}

/// A request as an upstream reads it.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    fields: Vec<String>,
    body: Vec<u8>,
}

impl Request {
    /// The next request of a connection; `None` at its end.
    pub(crate) fn read(connection: &mut BufReader<TcpStream>) -> Option<Self> {
        let line = read_line(connection)?;
        let mut words = line.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut fields = Vec::new();
        let (mut length, mut chunked) = (0, false);
        loop {
            let field = read_line(connection)?;
            if field.is_empty() {
                break;
            }
            let lower = field.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            } else if lower.starts_with("transfer-encoding:") {
                chunked = true;
            } else if !lower.starts_with("connection:") {
                fields.push(field);
            }
        }
        let mut body = vec![0; length];
        connection.read_exact(&mut body).ok()?;
        while chunked {
            let size = usize::from_str_radix(read_line(connection)?.trim(), 16).ok()?;
            let mut chunk = vec![0; size];
            connection.read_exact(&mut chunk).ok()?;
            read_line(connection)?;
            body.append(&mut chunk);
            chunked = size > 0;
        }
        Some(Self { method, target, fields, body })
    }

    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let fields = self.fields.iter().filter_map(|field| field.split_once(':'));
        fields.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }

    /// The request as it is passed on, on a connection of its own.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for field in &self.fields {
            head.push_str(field);
            head.push_str("\r\n");
        }
        head.push_str(&format!("Connection: close\r\nContent-Length: {}\r\n\r\n", self.body.len()));
        [head.as_bytes(), &self.body].concat()
    }
}

fn read_line(connection: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let length = connection.read_line(&mut line).ok()?;
    (length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}
