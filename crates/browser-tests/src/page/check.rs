//! Checks of the page as a person sees and hears it.

use serde_json::Value;

use super::Page;
use crate::{
    polling::eventually,
    target::{Node, Target, heading},
};

impl Page {
    /// Waits until the code that is loaded behind the first page is there.
    pub async fn is_whole(&self) {
        eventually("the code behind the first page", async || {
            let is_there = self.evaluate("return !!document.querySelector('.toasts')", Vec::new()).await;
            if is_there == true { Ok(()) } else { Err("it is not there".to_owned()) }
        })
        .await;
    }

    /// There is exactly one `target`.
    pub async fn sees(&self, target: &Target) {
        self.find(target).await;
    }

    /// There is no `target` (any more).
    pub async fn misses(&self, target: &Target) {
        eventually(&format!("{target} to be gone"), async || {
            let found = self.look(target).await?;
            if found.is_empty() { Ok(()) } else { Err("it is there".to_owned()) }
        })
        .await;
    }

    /// The page with this heading is shown, under a title that begins with it.
    pub async fn is_on(&self, name: &str) {
        self.sees(&heading(name)).await;
        eventually(&format!("the title {name:?}"), async || {
            let title = self.client.title().await.map_err(|err| err.to_string())?;
            if title == format!("{name} · Todos") { Ok(()) } else { Err(format!("it is {title:?}")) }
        })
        .await;
    }

    /// `text` is somewhere in what the page shows, white space aside.
    pub async fn reads(&self, text: &str) {
        eventually(&format!("the text {text:?}"), async || {
            let shown = self.text().await;
            if shown.contains(text) { Ok(()) } else { Err(format!("the page says {shown:?}")) }
        })
        .await;
    }

    /// `text` is nowhere (any more).
    pub async fn does_not_read(&self, text: &str) {
        eventually(&format!("the text {text:?} to be gone"), async || {
            let shown = self.text().await;
            if shown.contains(text) { Err(format!("the page says {shown:?}")) } else { Ok(()) }
        })
        .await;
    }

    /// All that the page shows, white space made single.
    pub async fn text(&self) -> String {
        let text = self.evaluate("return document.body.innerText", Vec::new()).await;
        let words: Vec<&str> = text.as_str().unwrap_or_default().split_whitespace().collect();
        words.join(" ")
    }

    /// The list shows exactly these todos, in this order.
    pub async fn lists(&self, texts: &[&str]) {
        eventually("the list", async || {
            let shown = self.listed().await;
            if shown == texts { Ok(()) } else { Err(format!("it shows {shown:?} and not {texts:?}")) }
        })
        .await;
    }

    /// The texts of the todos in the list, from top to bottom.
    pub async fn listed(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('main ul[aria-labelledby] > li a')].map((a) => a.innerText)";
        let texts = self.evaluate(script, Vec::new()).await;
        let texts = texts.as_array().into_iter().flatten();
        texts.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// `target` has `property` at `value`: `checked`, `disabled`, `invalid`.
    pub async fn has(&self, target: &Target, property: &str, value: &str) {
        eventually(&format!("{target} with {property} {value}"), async || {
            let found = self.look(target).await?;
            match found.iter().map(|node| node.property(property)).collect::<Vec<_>>()[..] {
                [actual] if actual == value => Ok(()),
                ref actual => Err(format!("it has {actual:?}")),
            }
        })
        .await;
    }

    /// The field holds `value`, or that option is chosen.
    pub async fn holds(&self, target: &Target, value: &str) {
        eventually(&format!("{value:?} in {target}"), async || {
            let found = self.look(target).await?;
            let node = found.first().ok_or("it is not there")?;
            let element = self.element(node).await?;
            let script =
                "const e = arguments[0]; return e.selectedOptions ? e.selectedOptions[0].label : e.value";
            let actual = self.evaluate(script, vec![serde_json::json!(element)]).await;
            if actual == value { Ok(()) } else { Err(format!("it holds {actual}")) }
        })
        .await;
    }

    /// `target` has the focus.
    pub async fn focuses(&self, target: &Target) {
        eventually(&format!("the focus on {target}"), async || {
            let node: Node = self.focused().await;
            if node.is(target) { Ok(()) } else { Err(format!("it is on {node}")) }
        })
        .await;
    }

    /// A screen reader has been given `text` to say, since the page was loaded.
    pub async fn announces(&self, text: &str) {
        eventually(&format!("the announcement {text:?}"), async || {
            let said = self.evaluate("return window.saidByLiveRegions", Vec::new()).await;
            let said: Vec<&str> = said.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            if said.iter().any(|said| said.contains(text)) {
                Ok(())
            } else {
                Err(format!("said was {said:?}"))
            }
        })
        .await;
    }

    /// The address is this path and query.
    pub async fn is_at(&self, address: &str) {
        eventually(&format!("the address {address}"), async || {
            let url = self.client.current_url().await.map_err(|err| err.to_string())?;
            let actual = url[url::Position::BeforePath..].to_owned();
            if actual == address { Ok(()) } else { Err(format!("it is {actual}")) }
        })
        .await;
    }
}
