//! Actions with mouse and keyboard.

use fantoccini::{
    Locator,
    actions::{InputSource as _, MouseActions, PointerAction},
    elements::Element,
};
use serde_json::json;

use super::{Page, keyboard::Stroke};
use crate::{
    polling::eventually,
    target::{Node, Target},
};

impl Page {
    /// Clicks. Waits until it is there, can be used and is not covered by something else.
    pub async fn click(&self, target: &Target) {
        eventually(&format!("a click on {target}"), async || {
            let (node, element) = self.usable(target).await?;
            // Small boxes are hidden behind larger labels; it is the label that people click.
            let element = match node.role.as_str() {
                "radio" => self.label_of(element).await?,
                _ => element,
            };
            element.click().await.map_err(|err| err.to_string())
        })
        .await;
    }

    /// Clicks into a field, empties it and writes `text`.
    pub async fn fill(&self, target: &Target, text: &str) {
        self.click(target).await;
        self.press(Stroke::with_control("a")).await;
        if text.is_empty() {
            self.press(Stroke::DELETE).await;
        } else {
            self.write(text).await;
        }
    }

    /// Writes into whatever has the focus.
    pub async fn write(&self, text: &str) {
        let element = self.client.active_element().await.unwrap();
        element.send_keys(text).await.unwrap();
    }

    /// Signs in, but not by the form, on an address of the app.
    pub async fn begin_session(&self, name: &str, password: &str) {
        let script = "const [body, done] = arguments; fetch('/bff/login', { method: 'POST', body, \
            headers: { 'content-type': 'application/json' } }).then((answer) => done(answer.status))";
        let credentials = json!({ "username": name, "password": password }).to_string();
        let status = self.evaluate_async(script, vec![credentials.into()]).await;
        assert_eq!(status, 200, "{name} is let in");
    }

    /// Moves the mouse onto `target`, or with `None` to a corner of the page where nothing is.
    pub async fn point_at(&self, target: Option<&Target>) {
        let step = match target {
            Some(target) => {
                let node = self.find(target).await;
                let element = self.element(&node).await.unwrap();
                PointerAction::MoveToElement { element, duration: None, x: 0.0, y: 0.0 }
            }
            None => PointerAction::MoveTo { duration: None, x: 1.0, y: 1.0 },
        };
        let actions = MouseActions::new("mouse".to_owned()).then(step);
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Chooses an option of a list.
    pub async fn choose(&self, target: &Target, option: &str) {
        eventually(&format!("the option {option:?} of {target}"), async || {
            let (_, element) = self.usable(target).await?;
            let option = format!("./option[normalize-space() = \"{option}\"]");
            let option = element.find(Locator::XPath(&option)).await.map_err(|err| err.to_string())?;
            option.click().await.map_err(|err| err.to_string())
        })
        .await;
    }

    async fn usable(&self, target: &Target) -> Result<(Node, Element), String> {
        let mut found = self.look(target).await?;
        if found.len() != 1 {
            return Err(format!("there are {} of them", found.len()));
        }
        let node = found.remove(0);
        if node.property("disabled") == "true" {
            return Err("it is disabled".to_owned());
        }
        let element = self.element(&node).await?;
        Ok((node, element))
    }

    async fn label_of(&self, element: Element) -> Result<Element, String> {
        let label = self
            .client
            .execute("return arguments[0].labels?.[0] ?? null", vec![json!(element)])
            .await
            .map_err(|err| err.to_string())?;
        let id = label.as_object().and_then(|label| label.values().next()?.as_str().map(str::to_owned));
        Ok(match id {
            Some(id) => Element::from_element_id(self.client.clone(), id.into()),
            None => element,
        })
    }
}
