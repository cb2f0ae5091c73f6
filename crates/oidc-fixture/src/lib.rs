//! A certified OpenID provider for the tests: npm's `oidc-provider` in a process of its own (`provider.mjs`), on a free
//! port of loopback, with faults that [`OidcFixture`] switches on.
//!
//! It needs `node`, and the package in the folder that `BFF_TEST_OIDC_PROVIDER` names, else in the workspace's
//! `.tools/oidc-provider`. `cargo xtask test` installs both.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this is a test harness: whatever goes wrong in it fails a test by panicking"
)]

mod http;
mod person;

use std::{
    env, fmt,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
};

use serde_json::{Value, json};

pub use self::{http::Answer, person::Person};

/// The package's folder without `BFF_TEST_OIDC_PROVIDER`.
const INSTALLED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.tools/oidc-provider");

/// The program that starts it.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/provider.mjs");

/// The server's client id.
pub const CLIENT_ID: &str = "bff";

/// The server's client secret.
pub const CLIENT_SECRET: &str = "s3cret:with/odd+characters&=%";

/// A running provider. Dropping it ends it; it ends by itself when the test does.
pub struct OidcFixture {
    issuer: String,
    child: Child,
    /// It ends when this is closed.
    _stdin: Option<ChildStdin>,
}

impl OidcFixture {
    /// Starts one on a free port.
    #[must_use]
    pub fn start() -> Self {
        Self::start_at(0)
    }

    /// Starts one on `port`.
    ///
    /// # Panics
    /// When it is not installed, or does not start.
    #[must_use]
    pub fn start_at(port: u16) -> Self {
        let folder = env::var_os("BFF_TEST_OIDC_PROVIDER")
            .map_or_else(|| Path::new(INSTALLED).to_owned(), PathBuf::from);
        assert!(
            folder.join("node_modules/oidc-provider/package.json").is_file(),
            "there is no oidc-provider in {}: `cargo xtask test` installs it",
            folder.display()
        );
        let mut child = Command::new("node")
            .arg(SCRIPT)
            .env("OIDC_PROVIDER_DIR", &folder)
            .env("PORT", port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|err| panic!("node cannot be started ({err}): `cargo xtask test` installs it"));
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the provider says where it listens");
        let issuer = line.trim().strip_prefix("listening on ").expect("the provider starts").to_owned();
        let stdin = child.stdin.take();
        Self { issuer, child, _stdin: stdin }
    }

    /// Its address, which is its name as well.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The settings of a server that signs in here. Without that prompt the provider issues no refresh token.
    #[must_use]
    pub fn settings(&self) -> [(&'static str, &str); 4] {
        [
            ("BFF_OIDC_ISSUER", &self.issuer),
            ("BFF_OIDC_CLIENT_ID", CLIENT_ID),
            ("BFF_OIDC_CLIENT_SECRET", CLIENT_SECRET),
            ("BFF_OIDC_PARAMS", "prompt=consent"),
        ]
    }

    /// Registers the server at `public_url`; no sign-in works before that.
    pub fn register(&self, public_url: &str) {
        self.control("client", &json!({ "public_url": public_url.trim_end_matches('/') }));
    }

    /// Signs with another key from now on; the old one is forgotten.
    pub fn rotate_key(&self) {
        self.control("rotate", &json!({}));
    }

    /// Says more of a person from now on, or something else: `roles`, `groups`, `realm`, and what is said anyway.
    pub fn say(&self, name: &str, claims: &Value) {
        self.control("claims", &json!({ "sub": name, "claims": claims }));
    }

    /// The parameters of the last request for a sign-in.
    #[must_use]
    pub fn asked(&self) -> Value {
        self.control("asked", &json!({}))
    }

    /// Changes the next ID token: `claims`, `header`, `remove`, `by` and `drop` as in `provider.mjs`.
    pub fn tamper(&self, changes: &Value) {
        self.control("tamper", changes);
    }

    /// Forgets all sessions, grants and tokens of a person.
    pub fn revoke(&self, name: &str) {
        self.control("revoke", &json!({ "sub": name }));
    }

    /// How long access tokens live that are issued from now on, in seconds.
    pub fn set_access_token_life(&self, seconds: u64) {
        self.control("ttl", &json!({ "seconds": seconds }));
    }

    /// Has the token endpoint answer with `status`, or after `delay_ms`; `{}` mends it.
    pub fn disturb_token_endpoint(&self, how: &Value) {
        self.control("token-endpoint", how);
    }

    /// Has userinfo answer with `status`; `{}` mends it.
    pub fn disturb_userinfo(&self, how: &Value) {
        self.control("userinfo", how);
    }

    /// How often the token endpoint was asked for this grant, or another path was asked at all.
    #[must_use]
    pub fn count(&self, what: &str) -> u64 {
        self.control("counts", &json!({}))[what].as_u64().unwrap_or_default()
    }

    /// Every access and refresh token that it has issued and not forgotten.
    #[must_use]
    pub fn tokens(&self) -> Vec<String> {
        let answer = self.control("tokens", &json!({}));
        let tokens = answer["tokens"].as_array().into_iter().flatten();
        tokens.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// A logout token about `sub` (else ada), changed as in [`OidcFixture::tamper`].
    #[must_use]
    pub fn logout_token(&self, changes: &Value) -> String {
        self.control("logout-token", changes)["token"].as_str().expect("a token").to_owned()
    }

    /// Tells the registered server that a person has signed out; its answer's status.
    #[must_use]
    pub fn send_backchannel_logout(&self, name: &str) -> u64 {
        let answer = self.control("backchannel-logout", &json!({ "sub": name }));
        answer["status"].as_u64().expect("an answer of the server")
    }

    /// The subject that the provider's own API sees for `token`.
    #[must_use]
    pub fn whoami(&self, token: &str) -> Answer {
        let authorization = format!("Bearer {token}");
        http::send("GET", &format!("{}/api/whoami", self.issuer), &[("authorization", &authorization)], "")
    }

    fn control(&self, name: &str, request: &Value) -> Value {
        let answer =
            http::send("POST", &format!("{}/control/{name}", self.issuer), &[], &request.to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).expect("JSON")
    }
}

impl Drop for OidcFixture {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl fmt::Debug for OidcFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcFixture").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
