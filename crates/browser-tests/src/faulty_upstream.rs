//! An upstream that behaves exactly as badly as a scene needs, and otherwise as well as the demo behind it.

use std::{
    io::{BufReader, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

use crate::{
    http_client::{Request, pass_on},
    polling::TIME_LIMIT,
};

/// Passes requests on to the demo upstream, except those for which a scene has set a fault.
#[derive(Debug)]
pub struct FaultyUpstream {
    address: SocketAddr,
    script: Arc<Script>,
}

#[derive(Debug, Default)]
struct Script {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<Rule>,
    /// Method and target of everything that came, in order.
    seen: Vec<String>,
    /// Method and target of what is being answered by the demo.
    under_way: Vec<String>,
    /// Every token that the demo handed out.
    tokens: Vec<String>,
    /// The `If-Match` of every change.
    conditions: Vec<Option<String>>,
}

#[derive(Debug, Clone)]
struct Rule {
    /// The beginning of method and target, `PUT /todos/`.
    prefix: String,
    fault: Fault,
}

#[derive(Debug, Clone)]
enum Fault {
    /// Answers this instead.
    Answer(String),
    /// Says nothing until the rules change.
    Silence,
}

impl FaultyUpstream {
    /// In front of the demo upstream.
    pub(crate) fn before(demo: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Script::default());
        let shared = Arc::clone(&script);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (connection, script) = (connection.unwrap(), Arc::clone(&shared));
                thread::spawn(move || serve(connection, demo, &script));
            }
        });
        Self { address, script }
    }

    /// Its address.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests that begin with `prefix` (`PUT /todos/`) with `status` and these header lines.
    pub fn refuse(&self, prefix: &str, status: u16, fields: &[&str]) {
        let body = r#"{"message":"Not today."}"#;
        let mut answer = format!("HTTP/1.1 {status} Scripted\r\nContent-Type: application/json\r\n");
        for field in fields {
            answer.push_str(field);
            answer.push_str("\r\n");
        }
        answer.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        self.add(prefix, Fault::Answer(answer));
    }

    /// Answers requests that begin with `prefix` with content of this type.
    pub fn answer(&self, prefix: &str, content_type: &str, body: &str) {
        let fields = format!("Content-Type: {content_type}\r\nContent-Length: {}\r\n", body.len());
        self.add(prefix, Fault::Answer(format!("HTTP/1.1 200 OK\r\n{fields}\r\n{body}")));
    }

    /// Holds requests that begin with `prefix` back, until [`FaultyUpstream::behave`].
    pub fn hold(&self, prefix: &str) {
        self.add(prefix, Fault::Silence);
    }

    /// Passes everything on from now on, the held requests included.
    pub fn behave(&self) {
        self.script.state.lock().unwrap().rules.clear();
        self.script.changed.notify_all();
    }

    /// How many requests began with `prefix` so far.
    #[must_use]
    pub fn count(&self, prefix: &str) -> usize {
        let state = self.script.state.lock().unwrap();
        state.seen.iter().filter(|seen| seen.starts_with(prefix)).count()
    }

    /// How many requests that begin with `prefix` the demo is answering.
    #[must_use]
    pub fn under_way(&self, prefix: &str) -> usize {
        let state = self.script.state.lock().unwrap();
        state.under_way.iter().filter(|line| line.starts_with(prefix)).count()
    }

    /// The `If-Match` of every `PUT` so far, `None` where there was none.
    #[must_use]
    pub fn conditions(&self) -> Vec<Option<String>> {
        self.script.state.lock().unwrap().conditions.clone()
    }

    /// Every token that went through so far.
    #[must_use]
    pub fn tokens(&self) -> Vec<String> {
        self.script.state.lock().unwrap().tokens.clone()
    }

    fn add(&self, prefix: &str, fault: Fault) {
        let rule = Rule { prefix: prefix.to_owned(), fault };
        self.script.state.lock().unwrap().rules.push(rule);
    }
}

impl Script {
    /// Records a request and returns its scripted answer; waits for as long as it is to be held.
    fn decide(&self, line: &str) -> Option<String> {
        let fault = |state: &State| {
            let rule = state.rules.iter().find(|rule| line.starts_with(&rule.prefix));
            rule.map(|rule| rule.fault.clone())
        };
        let mut state = self.state.lock().unwrap();
        state.seen.push(line.to_owned());
        let (state, _) = self
            .changed
            .wait_timeout_while(state, 2 * TIME_LIMIT, |state| matches!(fault(state), Some(Fault::Silence)))
            .unwrap();
        match fault(&state) {
            Some(Fault::Answer(answer)) => Some(answer),
            _ => None,
        }
    }
}

impl Script {
    /// One request like this is not being answered any more.
    fn has_answered(&self, line: &str) {
        let under_way = &mut self.state.lock().unwrap().under_way;
        if let Some(place) = under_way.iter().position(|other| other == line) {
            under_way.swap_remove(place);
        }
    }

    /// Notes the tokens in an answer of the demo, which is not compressed for us.
    fn note_tokens(&self, answer: &[u8]) {
        let start = answer.iter().position(|byte| *byte == b'{').unwrap_or(answer.len());
        let body: serde_json::Value = serde_json::from_slice(&answer[start..]).unwrap_or_default();
        let tokens = ["accessToken", "refreshToken"].map(|name| body[name].as_str().map(str::to_owned));
        self.state.lock().unwrap().tokens.extend(tokens.into_iter().flatten());
    }
}

fn serve(connection: TcpStream, demo: SocketAddr, script: &Script) {
    let mut output = connection.try_clone().unwrap();
    let mut input = BufReader::new(connection);
    while let Some(request) = Request::read(&mut input) {
        let line = format!("{} {}", request.method, request.target);
        if request.method == "PUT" {
            let condition = request.field("if-match").map(str::to_owned);
            script.state.lock().unwrap().conditions.push(condition);
        }
        let Some(answer) = script.decide(&line) else {
            // Without an answer the connection ends, as a dead upstream's does.
            script.state.lock().unwrap().under_way.push(line.clone());
            let answer = pass_on(demo, &request.to_bytes(), &mut output).unwrap_or_default();
            script.has_answered(&line);
            if line.starts_with("POST /auth/") {
                script.note_tokens(&answer);
            }
            let _ = output.shutdown(Shutdown::Both);
            return;
        };
        if output.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}
