//! The page in the browser: opening it, going back and forward, and its console.

mod act;
mod axe;
mod check;
mod find;
pub(crate) mod keyboard;
pub(crate) mod looks;
mod network;
pub(crate) mod tabs;

use std::{env, sync::Mutex};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{console::Console, devtools};

/// The variable that shows the browser's window, where it is `1`.
const WINDOW: &str = "BFF_TEST_WINDOW";

/// Notes what live regions say, since a screen reader speaks also what is gone a moment later.
const LISTEN: &str = r#"
    const said = [];
    Object.defineProperty(window, "saidByLiveRegions", { value: said });
    const listen = (node) => {
        const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
        const region = element && element.closest("[aria-live], [role=status], [role=alert]");
        const text = region && region.textContent.trim();
        if (text && said.at(-1) !== text) said.push(text);
    };
    new MutationObserver((changes) => changes.forEach((change) => {
        listen(change.target);
        change.addedNodes.forEach(listen);
    })).observe(document, { subtree: true, childList: true, characterData: true });
"#;

/// The browser's own line for a request of somebody who is not signed in. It is there where the request went alone.
pub const UNAUTHENTICATED: &str = "the server responded with a status of 401";

/// A page in a browser of its own. Its methods panic when they do not find within
/// [`TIME_LIMIT`](crate::TIME_LIMIT) what they are about.
#[derive(Debug)]
pub struct Page {
    client: Client,
    origin: String,
    console: Mutex<Console>,
    _profile: TempDir,
}

impl Page {
    /// Starts a browser.
    pub(crate) async fn connect(driver: &str, origin: String, network_log: bool) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut arguments = vec![format!("--user-data-dir={}", profile.path().display())];
        if !env::var(WINDOW).is_ok_and(|value| value == "1") {
            arguments.push("--headless".to_owned());
        }
        arguments.extend(
            [
                // Containers run as root, for whom Chromium has no sandbox.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ]
            .map(str::to_owned),
        );
        let mut options = json!({ "args": arguments });
        if let Ok(binary) = env::var("CHROMIUM") {
            options["binary"] = binary.into();
        }
        let mut logs = json!({ "browser": "ALL" });
        if network_log {
            logs["performance"] = "ALL".into();
        }
        let capabilities = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": logs });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().cloned().unwrap())
            .connect(driver)
            .await
            .expect("the browser starts");
        let page = Self { client, origin, console: Mutex::default(), _profile: profile };
        let script = format!("(() => {{ {LISTEN} }})()");
        page.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
        page
    }

    pub(crate) async fn close(&self) {
        // It is killed with its chromedriver in any case.
        let _ = self.client.clone().close().await;
    }

    /// The origin that its addresses are on.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Loads an address of the app.
    pub async fn open(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.origin)).await.unwrap();
    }

    /// Loads a foreign address.
    pub async fn open_elsewhere(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    /// Leaves the app.
    pub async fn leave(&self) {
        self.client.goto("about:blank").await.unwrap();
    }

    /// Presses the browser's button for loading the page again.
    pub async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    /// Presses the browser's back button.
    pub async fn back(&self) {
        self.client.back().await.unwrap();
    }

    /// Presses the browser's forward button.
    pub async fn forward(&self) {
        self.client.forward().await.unwrap();
    }

    /// Announces that the browser will complain about failed requests; every one of its lines has to contain
    /// one of the announced parts (`status of 502`, `net::ERR_INTERNET_DISCONNECTED`).
    pub fn expect_failed_requests(&self, part: &str) {
        let mut console = self.console.lock().unwrap();
        console.expect(format!("Failed to load resource: {part}"));
    }

    /// Announces that the browser may complain about failed requests of this kind, or not: whether a read goes alone, and
    /// then is complained about, or within a batch, can depend on a millisecond.
    pub fn tolerate_failed_requests(&self, part: &str) {
        let mut console = self.console.lock().unwrap();
        console.tolerate(format!("Failed to load resource: {part}"));
    }

    /// Announces that the app cannot fetch a part of its own code, which it says in the console.
    pub fn expect_a_missing_part(&self) {
        let mut console = self.console.lock().unwrap();
        console.expect("TypeError: Failed to fetch".to_owned());
    }

    /// Announces that the browser will report a violation of the Content-Security-Policy.
    pub fn expect_policy_report(&self, part: &str) {
        self.console.lock().unwrap().expect(part.to_owned());
    }

    /// Announces that the app will break.
    pub fn expect_a_panic(&self) {
        let mut console = self.console.lock().unwrap();
        console.expect("panicked at".to_owned());
        // The browser's own line for it.
        console.expect("RuntimeError: unreachable".to_owned());
    }

    /// Evaluates the body of a function in the page.
    pub async fn evaluate(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client
            .execute(script, arguments)
            .await
            .unwrap_or_else(|err| panic!("{err}\nin the script {script}"))
    }

    /// Evaluates the body of a function that says by its last argument when it is done.
    pub async fn evaluate_async(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client
            .execute_async(script, arguments)
            .await
            .unwrap_or_else(|err| panic!("{err}\nin the script {script}"))
    }

    /// Sends a DevTools command.
    pub async fn devtools(&self, command: &str, params: Value) -> Value {
        devtools::devtools(&self.client, command, params)
            .await
            .unwrap_or_else(|err| panic!("{command}: {err}"))
    }

    /// Everything that has been written into the browser's console so far.
    pub async fn console(&self) -> String {
        let entries = devtools::log(&self.client, "browser").await.unwrap();
        let mut console = self.console.lock().unwrap();
        console.take_in(&entries);
        console.written()
    }

    /// Complaints of the browser that were not announced.
    pub(crate) async fn problems(&self) -> Vec<String> {
        let entries = devtools::log(&self.client, "browser").await;
        let mut console = self.console.lock().unwrap();
        match entries {
            Ok(entries) => console.take_in(&entries),
            Err(err) => return vec![format!("the console cannot be read: {err}")],
        }
        console.problems()
    }

    /// Address, focus and text, for the report of a failed scene.
    pub(crate) async fn describe(&self) -> String {
        let script = "return location.href + '\\nfocus: ' + \
            (document.activeElement ? document.activeElement.outerHTML.slice(0, 300) : 'none') + \
            '\\nsaid: ' + JSON.stringify(window.saidByLiveRegions || []) + '\\n' + document.body.innerText";
        match self.client.execute(script, Vec::new()).await {
            Ok(text) => format!("--- the page ---\n{}\n---", text.as_str().unwrap_or_default()),
            Err(err) => format!("the page cannot be described: {err}"),
        }
    }
}
