//! Several tabs of one browser.

use fantoccini::wd::WindowHandle;
use serde_json::json;

use super::{LISTEN, Page};

/// A tab of the browser.
#[derive(Debug, Clone)]
pub struct Tab(WindowHandle);

impl Page {
    /// The tab that is acted on and looked at.
    pub async fn tab(&self) -> Tab {
        Tab(self.client.window().await.unwrap())
    }

    /// Opens an address of the app in a new tab, and turns to it.
    pub async fn open_in_new_tab(&self, path: &str) -> Tab {
        let tab = Tab(self.client.new_window(true).await.unwrap().handle);
        self.turn_to(&tab).await;
        let script = format!("(() => {{ {LISTEN} }})()");
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
        self.open(path).await;
        tab
    }

    /// Acts on this tab and looks at it from now on. Its page is not told so.
    pub async fn turn_to(&self, tab: &Tab) {
        self.client.switch_to_window(tab.0.clone()).await.unwrap();
    }
}
