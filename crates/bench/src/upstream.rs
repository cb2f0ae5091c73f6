//! The upstream of the benchmark: finished answers, each written by one call. It must not be what is measured.
//!
//! It listens on a free port, with one thread. A path names its answer:
//!
//! | path begins with | answer |
//! |---|---|
//! | `/list`, `/session/list` | a list of todos, 2.5 KB, without a lifetime |
//! | `/cached`, `/session/cached` | the same, fresh for an hour |
//! | `/one` | one todo, 90 B |
//! | `/cached-one` | the same, fresh for an hour |
//! | `/tagged` | 304 where `If-None-Match` is sent, else the list with its tag |
//! | `/add` | 201 with the new todo |
//! | `/large` | 1 MB |
//! | `/auth/login`, `/auth/me` | a token that holds the given name, and the person of that name |

use std::io::{self, Write as _};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// Bytes of the large answer.
const LARGE: usize = 1 << 20;

/// All answers, head and content.
struct Answers {
    list: Vec<u8>,
    tagged: Vec<u8>,
    cached: Vec<u8>,
    one: Vec<u8>,
    cached_one: Vec<u8>,
    not_modified: Vec<u8>,
    created: Vec<u8>,
    large: Vec<u8>,
    unknown: Vec<u8>,
}

const TAG: &str = "ETag: W/\"a1b2c3\"\r\n";

const JSON: &str = "Content-Type: application/json; charset=utf-8\r\n";

fn answer(status: &str, fields: &str, content: &str) -> Vec<u8> {
    let length = content.len();
    format!(
        "HTTP/1.1 {status}\r\nServer: upstream\r\n{fields}Vary: Accept-Encoding\r\n\
         Content-Length: {length}\r\n\r\n{content}"
    )
    .into_bytes()
}

impl Answers {
    fn new() -> Self {
        let todo = |id: usize| {
            format!(r#"{{"id":{id},"todo":"Write down what has to be done","completed":false,"userId":26}}"#)
        };
        let todos: Vec<String> = (1..=31).map(todo).collect();
        let list = format!(r#"{{"todos":[{}],"total":254,"skip":0,"limit":31}}"#, todos.join(","));
        Self {
            list: answer("200 OK", JSON, &list),
            tagged: answer("200 OK", &format!("{JSON}{TAG}"), &list),
            cached: answer("200 OK", &format!("{JSON}{TAG}Cache-Control: max-age=3600\r\n"), &list),
            one: answer("200 OK", JSON, &todo(7)),
            cached_one: answer("200 OK", &format!("{JSON}Cache-Control: max-age=3600\r\n"), &todo(7)),
            not_modified: b"HTTP/1.1 304 Not Modified\r\nETag: W/\"a1b2c3\"\r\n\r\n".to_vec(),
            created: answer("201 Created", JSON, &todo(255)),
            large: answer("200 OK", "Content-Type: application/octet-stream\r\n", &"x".repeat(LARGE)),
            unknown: answer("404 Not Found", JSON, r#"{"message":"not found"}"#),
        }
    }

    /// The answer to a request, by its head.
    fn of(&self, head: &[u8]) -> &[u8] {
        let path = head.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        let path = path.strip_prefix(b"/session").unwrap_or(path);
        let table: [(&[u8], &Vec<u8>); 7] = [
            (b"/list", &self.list),
            (b"/cached-one", &self.cached_one),
            (b"/cached", &self.cached),
            (b"/one", &self.one),
            (b"/tagged", if has_field(head, b"if-none-match:") { &self.not_modified } else { &self.tagged }),
            (b"/add", &self.created),
            (b"/large", &self.large),
        ];
        table.iter().find(|(name, _)| path.starts_with(name)).map_or(&self.unknown, |(_, answer)| answer)
    }
}

fn has_field(head: &[u8], name: &[u8]) -> bool {
    head.split(|byte| *byte == b'\n').any(|line| starts_with(line, name))
}

fn starts_with(line: &[u8], name: &[u8]) -> bool {
    line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
}

/// The length of a request's content, by its head.
fn content_length(head: &[u8]) -> usize {
    const NAME: &[u8] = b"content-length:";
    let line = head.split(|byte| *byte == b'\n').find(|line| starts_with(line, NAME));
    let value = line.and_then(|line| std::str::from_utf8(&line[NAME.len()..]).ok());
    value.and_then(|value| value.trim().parse().ok()).unwrap_or_default()
}

/// The answer at an address of the sign-in; `None` at all others. The token holds the name, so that nothing is kept.
fn sign_in(head: &[u8], content: &[u8]) -> Option<Vec<u8>> {
    if head.starts_with(b"POST /auth/login ") {
        let content = std::str::from_utf8(content).ok()?;
        let name = content.split_once("\"username\":\"")?.1.split('"').next()?;
        let tokens = format!(r#"{{"accessToken":"{name}","refreshToken":"{name}"}}"#);
        return Some(answer("200 OK", JSON, &tokens));
    }
    if head.starts_with(b"GET /auth/me ") {
        let line = head.split(|byte| *byte == b'\n').find(|line| starts_with(line, b"authorization:"))?;
        let name = std::str::from_utf8(line).ok()?.rsplit(' ').next()?.trim();
        let person = format!(r#"{{"id":"{name}","username":"{name}","firstName":"Ada","lastName":"L"}}"#);
        return Some(answer("200 OK", JSON, &person));
    }
    None
}

/// Answers one connection until its end.
async fn serve(mut connection: TcpStream, answers: &Answers) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut received = Vec::with_capacity(16 * 1024);
    loop {
        let head = loop {
            if let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if connection.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        };
        let whole = head + content_length(&received[..head]);
        while received.len() < whole {
            if connection.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        }
        let (head, content) = received[..whole].split_at(head);
        match sign_in(head, content) {
            Some(answer) => connection.write_all(&answer).await?,
            None => connection.write_all(answers.of(head)).await?,
        }
        received.drain(..whole);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let answers: &'static Answers = Box::leak(Box::new(Answers::new()));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    loop {
        let (connection, _) = listener.accept().await?;
        // A connection that breaks is the other side's business.
        tokio::spawn(async move { drop(serve(connection, answers).await) });
    }
}
