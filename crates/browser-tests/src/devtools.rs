//! Chromedriver's additions to the WebDriver standard: the DevTools protocol and the logs.

use fantoccini::{Client, error::CmdError, wd::WebDriverCompatibleCommand};
use http_1::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// `POST /session/{id}/{path}` with a JSON body.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// Sends a DevTools command.
pub(crate) async fn devtools(client: &Client, command: &str, params: Value) -> Result<Value, CmdError> {
    let body = json!({ "cmd": command, "params": params });
    client.issue_cmd(Extension { path: "goog/cdp/execute", body }).await
}

/// The entries of a log (`browser`, `performance`) since the last call.
pub(crate) async fn log(client: &Client, kind: &str) -> Result<Vec<Value>, CmdError> {
    let entries = client.issue_cmd(Extension { path: "se/log", body: json!({ "type": kind }) }).await?;
    Ok(entries.as_array().cloned().unwrap_or_default())
}
