//! Requests of the benchmark's own, over plain sockets: one to look at, or very many to fill a server with.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::ops::RangeInclusive;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// Requests that are sent before their answers are read.
const PIPELINE: usize = 50;

/// Connections that share the requests of a server that is filled.
const CONNECTIONS: usize = 16;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The text of one request. Fields are those of a browser's page.
pub(super) fn text(method: &str, path: &str, fields: &[(&str, &str)], body: &str) -> String {
    let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{fields}{length}\r\n{body}")
}

/// Sends one request, and returns head and content as far as they are text.
///
/// # Errors
/// When there is no answer.
pub(super) fn once(address: &str, request: &str) -> Result<String> {
    let mut connection = connect(address)?;
    connection.write_all(request.replacen("\r\n", "\r\nConnection: close\r\n", 1).as_bytes())?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).context("reading an answer")?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Sends one request, waits for its answer, and returns the connection, which stays open.
///
/// # Errors
/// When the answer is no success.
pub(super) fn kept(address: &str, request: &str) -> Result<TcpStream> {
    let mut connection = connect(address)?;
    connection.write_all(request.as_bytes())?;
    read_answer(&mut connection, &mut Vec::new())?;
    Ok(connection)
}

/// Sends the requests of the numbers from 1 to `count`, each once, and waits for all answers.
///
/// # Errors
/// When an answer is no success.
pub(super) fn each(address: &str, count: usize, request: impl Fn(usize) -> String + Sync) -> Result<()> {
    let share = count.div_ceil(CONNECTIONS);
    std::thread::scope(|scope| {
        let request = &request;
        let shares = (0..CONNECTIONS).map(|number| {
            let numbers = number * share + 1..=((number + 1) * share).min(count);
            scope.spawn(move || some(address, numbers, request))
        });
        let shares: Vec<_> = shares.collect();
        shares.into_iter().try_for_each(crate::tools::join)
    })
}

fn some(address: &str, numbers: RangeInclusive<usize>, request: impl Fn(usize) -> String) -> Result<()> {
    let mut connection = connect(address)?;
    let mut received = Vec::new();
    let count = *numbers.end();
    for first in numbers.step_by(PIPELINE) {
        let last = (first + PIPELINE - 1).min(count);
        let requests: String = (first..=last).map(&request).collect();
        connection.write_all(requests.as_bytes())?;
        for number in first..=last {
            read_answer(&mut connection, &mut received).with_context(|| format!("request {number}"))?;
        }
    }
    Ok(())
}

fn connect(address: &str) -> Result<TcpStream> {
    let connection = TcpStream::connect(address).with_context(|| format!("connecting to {address}"))?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_nodelay(true)?;
    Ok(connection)
}

/// Takes one answer off the connection.
fn read_answer(connection: &mut TcpStream, received: &mut Vec<u8>) -> Result<()> {
    let mut piece = [0; 64 * 1024];
    loop {
        if let Some(length) = whole(received) {
            ensure!(received.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&received[..length]));
            received.drain(..length);
            return Ok(());
        }
        match connection.read(&mut piece)? {
            0 => bail!("the connection was closed"),
            count => received.extend_from_slice(&piece[..count]),
        }
    }
}

/// The length of the answer at the beginning of `received`, once it is there whole.
fn whole(received: &[u8]) -> Option<usize> {
    let head = received.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&received[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let all = head + length.unwrap_or(0);
    (received.len() >= all).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_with_the_last_byte_of_its_content() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 ";
        assert_eq!(whole(&answer[..39]), None);
        assert_eq!(whole(answer), Some(40));
        assert_eq!(whole(b"HTTP/1.1 204 No Content\r\n\r\n"), Some(27));
    }
}
