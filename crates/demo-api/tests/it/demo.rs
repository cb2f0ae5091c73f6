//! The server under test and the few ways in which the tests speak to it.

use awc::error::{PayloadError, SendRequestError};
use awc::http::Method;
use awc::http::header::HeaderMap;
use awc::{Client, ClientRequest, ClientResponse};
use bytes::Bytes;
use demo_api::{Database, DemoApi, DemoConfig};
use futures_util::Stream;
use serde_json::Value;

/// A server of the test's own; it ends with the test.
pub(crate) struct Demo {
    pub(crate) api: DemoApi,
    client: Client,
}

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

/// Body of the documented demo login.
pub(crate) const LOGIN: &str = r#"{"username":"ada","password":"adapass"}"#;

/// In memory, without a rate limit.
pub(crate) fn config() -> DemoConfig {
    DemoConfig { database: Database::Memory, rate_limit: false, ..DemoConfig::default() }
}

impl Demo {
    pub(crate) async fn start() -> Self {
        Self::with(config()).await
    }

    pub(crate) async fn with(config: DemoConfig) -> Self {
        let api = demo_api::start(config).await.unwrap();
        Self { api, client: Client::builder().disable_redirects().finish() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> ClientRequest {
        // The tests are about the bytes on the wire.
        self.client.request(method, format!("{}{path}", self.api.url())).no_decompress()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).await
    }

    pub(crate) async fn ask(&self, method: &str, path: &str) -> Answer {
        Answer::to(self.request(method.parse().unwrap(), path).send().await).await
    }

    /// Sends `body` as JSON, well-formed or not.
    pub(crate) async fn send(&self, method: &str, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        let request = self.request(method.parse().unwrap(), path).content_type("application/json");
        Answer::to(request.send_body(body.into()).await).await
    }

    /// Asks with this `Authorization`.
    pub(crate) async fn authorized(&self, method: &str, path: &str, value: &str) -> Answer {
        let request = self.request(method.parse().unwrap(), path).insert_header(("authorization", value));
        Answer::to(request.send().await).await
    }

    /// An access token of the documented demo login.
    pub(crate) async fn token(&self) -> String {
        let login = self.send("POST", "/auth/login", r#"{"username":"ada","password":"adapass"}"#).await;
        login.json()["accessToken"].as_str().unwrap().to_owned()
    }
}

impl Answer {
    pub(crate) async fn to<S>(sent: Result<ClientResponse<S>, SendRequestError>) -> Self
    where
        S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    {
        let mut response = sent.unwrap();
        let bytes = response.body().await.unwrap().to_vec();
        Self { status: response.status().as_u16(), headers: response.headers().clone(), bytes }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// The first value of a header; empty when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn assert(&self, status: u16, body: &str) {
        assert_eq!((self.status, self.text()), (status, body));
    }

    /// That this is the HTML page for what does not exist.
    #[track_caller]
    pub(crate) fn assert_page_not_found(&self) {
        assert_eq!((self.status, self.header("content-type")), (404, "text/html; charset=utf-8"));
        assert!(self.text().starts_with("<!DOCTYPE html>"));
    }
}
