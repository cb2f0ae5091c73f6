//! An upstream that hands out tokens, counts how often, and lets a test decide how long they are good.

use std::{
    collections::{HashMap, HashSet},
    io::Write as _,
    net::TcpStream,
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    browser::{Request, Response},
    test_app::TestApp,
    upstream::Upstream,
};

/// The answer to a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    Good,
    Slow(Duration),
    Dead,
    Broken,
}

pub struct TokenUpstream {
    pub upstream: Upstream,
    state: Arc<Mutex<State>>,
}

pub struct State {
    /// Lifetime of new access tokens in seconds, as their `exp`; `None` for opaque tokens.
    pub life: Option<i64>,
    pub refresh: Refresh,
    pub refreshes: usize,
    /// Extra characters of new access tokens.
    pub padding: usize,
    /// Every token that was ever handed out.
    pub issued: Vec<String>,
    good: HashSet<String>,
    /// The username behind each token.
    owners: HashMap<String, String>,
    /// Refresh tokens that have not been used: each is good once.
    unused: HashSet<String>,
}

impl TokenUpstream {
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            life: None,
            refresh: Refresh::Good,
            refreshes: 0,
            padding: 0,
            issued: Vec::new(),
            good: HashSet::new(),
            owners: HashMap::new(),
            unused: HashSet::new(),
        }));
        let shared = Arc::clone(&state);
        let upstream = Upstream::scripted(move |connection, request| answer(connection, request, &shared));
        Self { upstream, state }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// No access token is good any more.
    pub fn expire(&self) {
        self.state().good.clear();
    }

    /// Panics if an answer holds a token that was ever handed out.
    pub fn assert_no_token_in(&self, answer: &Response) {
        let everything = format!("{:?}{}", answer.headers, String::from_utf8_lossy(&answer.body));
        for token in &self.state().issued {
            assert!(!everything.contains(token.as_str()), "{token} in {everything}");
        }
    }
}

fn answer(connection: &mut TcpStream, request: &str, state: &Mutex<State>) -> bool {
    let line = request.lines().next().unwrap();
    let bearer = request.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("authorization").then(|| value.strip_prefix("Bearer "))?
    });
    let known = bearer.is_some_and(|token| state.lock().unwrap().good.contains(token));
    let owner = || {
        let owner = bearer.and_then(|token| state.lock().unwrap().owners.get(token).cloned());
        owner.unwrap_or_default()
    };
    let body = request.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let (status, body) = match line.rsplit_once(' ').unwrap().0 {
        "POST /auth/login" if body.contains(r#""username":"broken""#) => {
            (500, "oops at login.js:7".to_owned())
        }
        "POST /auth/login" if body.contains(r#""password":"adapass""#) => {
            let name = body.split(r#""username":""#).nth(1).and_then(|rest| rest.split('"').next());
            (200, state.lock().unwrap().issue(name.unwrap_or_default()))
        }
        "POST /auth/login" => (400, r#"{"message":"Invalid credentials"}"#.to_owned()),
        "POST /auth/refresh" => refresh(body, state),
        "GET /auth/me" if known => (200, profile(&owner())),
        // The username behind the token, so that a mix-up shows.
        "GET /whoami" if known => (200, format!(r#"{{"name":"{}"}}"#, owner())),
        "GET /open" => (200, format!(r#"{{"bearer":{}}}"#, bearer.is_some())),
        _ if known => (200, r#"{"ok":true}"#.to_owned()),
        _ => (401, r#"{"message":"Token Expired!"}"#.to_owned()),
    };
    let caching = match line {
        _ if line.starts_with("GET /for-cdns ") => "Cache-Control: no-store\r\nCDN-Cache-Control: max-age=60",
        _ if line.starts_with("GET /unchanged/") => "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT",
        _ => "Cache-Control: public, max-age=60",
    };
    let answer = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nSet-Cookie: accessToken=upstreams-own\r\n\
         {caching}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(answer.as_bytes()).is_ok()
}

/// Ada, or one of the persons who are called `person-7` and the like.
fn profile(owner: &str) -> String {
    match owner.strip_prefix("person-") {
        Some(number) => format!(r#"{{"id":"p{number}","username":"{owner}"}}"#),
        None => r#"{"id":1,"username":"ada","firstName":"Ada","lastName":"Okafor","password":"adapass","ssn":"900-00-0000"}"#
            .to_owned(),
    }
}

fn refresh(body: &str, state: &Mutex<State>) -> (u16, String) {
    let mode = {
        let mut state = state.lock().unwrap();
        state.refreshes += 1;
        state.refresh
    };
    if let Refresh::Slow(duration) = mode {
        thread::sleep(duration);
    }
    let mut state = state.lock().unwrap();
    if mode == Refresh::Broken {
        return (500, "{}".to_owned());
    }
    let known = state.unused.iter().find(|token| body.contains(token.as_str())).cloned();
    match known.filter(|_| mode != Refresh::Dead) {
        Some(token) => {
            state.unused.remove(&token);
            let owner = state.owners.get(&token).cloned().unwrap_or_default();
            (200, state.issue(&owner))
        }
        None => (403, r#"{"message":"Invalid refresh token"}"#.to_owned()),
    }
}

impl State {
    fn issue(&mut self, owner: &str) -> String {
        let serial = self.issued.len();
        let access = match self.life {
            None => format!("opaque-access-{serial}"),
            Some(life) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
                let claims = format!(r#"{{"exp":{},"jti":"{serial}"}}"#, now.saturating_add_signed(life));
                format!("header.{}.signature", URL_SAFE_NO_PAD.encode(claims))
            }
        };
        let access = access + &"x".repeat(self.padding);
        let refresh = format!("refresh-{serial}-token");
        if self.life.is_none_or(|life| life > 0) {
            self.good.insert(access.clone());
        }
        let answer = format!(r#"{{"accessToken":"{access}","refreshToken":"{refresh}"}}"#);
        self.owners.insert(access.clone(), owner.to_owned());
        self.owners.insert(refresh.clone(), owner.to_owned());
        self.unused.insert(refresh.clone());
        self.issued.extend([access, refresh]);
        answer
    }
}

/// Signs in as Ada and gives the session's cookie, `name=value`.
pub fn sign_in(app: &TestApp) -> String {
    cookie_of(&app.send(&login("ada", "adapass")))
}

pub fn login(username: &str, password: &str) -> Request {
    Request::new("POST", "/bff/login")
        .json(&format!(r#"{{"username":"{username}","password":"{password}"}}"#))
}

/// The session's cookie in the answer to a sign-in.
pub fn cookie_of(answer: &Response) -> String {
    field_of(answer, "bff=").split(';').next().unwrap().to_owned()
}

/// The device's cookie in the answer to a sign-in.
pub fn device_of(answer: &Response) -> String {
    field_of(answer, "bff-device=").split(';').next().unwrap().to_owned()
}

/// The `Set-Cookie` with a name that ends so, in the answer to a sign-in.
pub fn field_of<'a>(answer: &'a Response, name: &str) -> &'a str {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let fields = answer.headers.iter().filter(|(field, _)| field.eq_ignore_ascii_case("set-cookie"));
    let named = |field: &&str| field.starts_with(name) || field.starts_with(&format!("__Host-Http-{name}"));
    fields.map(|(_, field)| field.as_str()).find(named).expect("a cookie")
}

/// A request in a session.
pub fn with(cookie: &str, request: Request) -> Request {
    request.header("Cookie", cookie).header("Sec-Fetch-Site", "same-origin")
}
