//! A person's second browser, as far as the server knows: a cookie and requests, without a page.

use serde_json::Value;

use crate::{
    http_client::{body_of, exchange},
    server::Server,
};

/// Its User-Agent.
const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";

/// A session in another browser: "Firefox on Linux".
#[derive(Debug)]
pub struct OtherBrowser {
    server: String,
    cookie: String,
}

impl OtherBrowser {
    /// Signs in.
    ///
    /// # Panics
    /// If the server does not let the person in.
    #[must_use]
    pub fn sign_in(server: &Server, name: &str, password: &str) -> Self {
        let mut browser = Self { server: server.origin().replace("http://", ""), cookie: String::new() };
        let answer = browser.send(
            "POST",
            "/bff/login",
            &format!(r#"{{"username":"{name}","password":"{password}"}}"#),
        );
        let field = answer.lines().find_map(|line| line.strip_prefix("set-cookie: "));
        let cookie = field.unwrap_or_else(|| panic!("there is no cookie in {answer}"));
        browser.cookie = cookie.split(';').next().unwrap().to_owned();
        browser
    }

    /// Whether its session lives.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        self.ask("/bff/session")["user"].is_object()
    }

    /// Ends every session of the person but its own.
    pub fn end_others(&self) {
        for session in self.ask("/bff/sessions")["sessions"].as_array().unwrap() {
            if session["current"] == false {
                let handle = session["handle"].as_str().unwrap();
                let answer = self.send("DELETE", &format!("/bff/sessions/{handle}"), "");
                assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
            }
        }
    }

    fn ask(&self, path: &str) -> Value {
        serde_json::from_str(body_of(&self.send("GET", path, ""))).unwrap()
    }

    fn send(&self, method: &str, path: &str, body: &str) -> String {
        let Self { server, cookie } = self;
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {server}\r\nUser-Agent: {USER_AGENT}\r\nCookie: {cookie}\r\n\
             Sec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        );
        let answer = exchange(server.parse().unwrap(), request.as_bytes()).unwrap();
        String::from_utf8(answer).unwrap()
    }
}
