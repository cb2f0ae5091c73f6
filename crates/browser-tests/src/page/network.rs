//! The network between browser and server: taken away, and read along.

use serde_json::{Value, json};

use super::Page;
use crate::devtools;

/// Delays every `fetch` of the API and the session until it is released. The app's own files are not delayed.
const HOLD_FETCHES: &str = r#"
    const send = window.fetch.bind(window);
    const released = new Promise((resolve) => { window.releaseFetches = resolve; });
    window.fetch = async (request, ...rest) => {
        const { pathname } = new URL(request.url ?? request, location);
        if (pathname.startsWith("/api/") || pathname.startsWith("/bff/")) await released;
        return send(request, ...rest);
    };
"#;

impl Page {
    /// Holds the app's requests back in every page that is loaded from now on, until [`Page::release_requests`].
    pub async fn hold_requests(&self) {
        let script = format!("(() => {{ {HOLD_FETCHES} }})()");
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// Sends the requests of this page that are held back; later ones are not held any more.
    pub async fn release_requests(&self) {
        self.evaluate("window.releaseFetches()", Vec::new()).await;
    }

    /// Cuts the browser off, or connects it again.
    pub async fn offline(&self, offline: bool) {
        self.devtools("Network.enable", json!({})).await;
        let params = json!({
            "offline": offline,
            "latency": 0,
            "downloadThroughput": -1,
            "uploadThroughput": -1,
        });
        self.devtools("Network.emulateNetworkConditions", params).await;
    }

    /// Has the browser refuse requests to these addresses of our own server from now on, or to none.
    pub async fn block(&self, addresses: &[&str]) {
        self.devtools("Network.enable", json!({})).await;
        self.devtools("Network.setBlockedURLs", json!({ "urls": addresses })).await;
    }

    /// The addresses of all requests since the page was loaded.
    pub async fn requested(&self) -> Vec<String> {
        let script = "return performance.getEntriesByType('resource').map((entry) => entry.name)";
        let entries = self.evaluate(script, Vec::new()).await;
        entries.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Everything that the browser received so far: heads and bodies as text. Needs
    /// [`Setup::network_log`](crate::Setup::network_log).
    pub async fn network_log(&self) -> String {
        let mut received = String::new();
        for entry in devtools::log(&self.client, "performance").await.unwrap() {
            let Ok(entry) = serde_json::from_str::<Value>(entry["message"].as_str().unwrap_or_default())
            else {
                continue;
            };
            let event = &entry["message"];
            let method = event["method"].as_str().unwrap_or_default();
            if ["Network.responseReceived", "Network.responseReceivedExtraInfo"].contains(&method) {
                received.push_str(&event["params"].to_string());
                received.push('\n');
            }
            if method == "Network.loadingFinished" {
                let params = json!({ "requestId": event["params"]["requestId"] });
                // A document that has been left takes its bodies along.
                if let Ok(body) = self.try_devtools("Network.getResponseBody", params).await {
                    received.push_str(body["body"].as_str().unwrap_or_default());
                    received.push('\n');
                }
            }
        }
        received
    }
}
