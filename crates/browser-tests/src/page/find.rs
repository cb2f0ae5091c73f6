//! Finds things by role and name, in the tree that assistive technology sees.

use fantoccini::elements::{Element, ElementRef};
use serde_json::{Value, json};

use super::Page;
use crate::{
    devtools::devtools,
    polling::eventually,
    target::{Node, Target},
};

impl Page {
    /// The one node that is `target`, as soon as there is exactly one.
    pub async fn find(&self, target: &Target) -> Node {
        eventually(&target.to_string(), async || {
            let mut found = self.look(target).await?;
            match found.len() {
                1 => Ok(found.remove(0)),
                0 => Err(format!("there are only {}", self.names_of(target.role).await)),
                count => Err(format!("there are {count} of them")),
            }
        })
        .await
    }

    /// Every node of the page that assistive technology sees.
    pub async fn tree(&self) -> Vec<Node> {
        let raw = self.devtools("Accessibility.getFullAXTree", json!({})).await;
        raw["nodes"].as_array().into_iter().flatten().filter_map(Node::read).collect()
    }

    /// The focused node; the document itself (`RootWebArea`) when nothing has the focus.
    pub async fn focused(&self) -> Node {
        const FOCUS: &str =
            "[document.body, null].includes(document.activeElement) ? document : document.activeElement";
        eventually("the focus", async || {
            let object = self.object(FOCUS).await?;
            let params = json!({ "objectId": object, "fetchRelatives": false });
            let raw = self.try_devtools("Accessibility.getPartialAXTree", params).await?;
            Node::read(&raw["nodes"][0]).ok_or_else(|| "what has the focus is hidden".to_owned())
        })
        .await
    }

    /// The nodes that match `target` now.
    pub(crate) async fn look(&self, target: &Target) -> Result<Vec<Node>, String> {
        let document = self.object("document").await?;
        let params = json!({ "objectId": document, "role": target.role, "accessibleName": target.name });
        let raw = self.try_devtools("Accessibility.queryAXTree", params).await?;
        Ok(raw["nodes"].as_array().into_iter().flatten().filter_map(Node::read).collect())
    }

    /// The element of a node, for WebDriver.
    pub(crate) async fn element(&self, node: &Node) -> Result<Element, String> {
        let params = json!({ "backendNodeId": node.backend_id() });
        let raw = self.try_devtools("DOM.resolveNode", params).await?;
        // The two protocols know elements by names of their own; the page is where they meet.
        let hand_over = json!({
            "objectId": raw["object"]["objectId"],
            "functionDeclaration": "function () { window.handedOver = this; }",
        });
        self.try_devtools("Runtime.callFunctionOn", hand_over).await?;
        let take = "const element = window.handedOver; delete window.handedOver; return element;";
        let reference = self.client.execute(take, Vec::new()).await.map_err(|err| err.to_string())?;
        let id = reference.as_object().and_then(|object| object.values().next());
        let id = id.and_then(Value::as_str).ok_or("the element has gone")?;
        Ok(Element::from_element_id(self.client.clone(), ElementRef::from(id.to_owned())))
    }

    pub(crate) async fn try_devtools(&self, command: &str, params: Value) -> Result<Value, String> {
        devtools(&self.client, command, params).await.map_err(|err| format!("{command}: {err}"))
    }

    async fn object(&self, expression: &str) -> Result<Value, String> {
        let raw = self.try_devtools("Runtime.evaluate", json!({ "expression": expression })).await?;
        Ok(raw["result"]["objectId"].clone())
    }

    async fn names_of(&self, role: &str) -> String {
        let all = self.tree().await;
        let names: Vec<_> = all.into_iter().filter(|node| node.role == role).map(|node| node.name).collect();
        format!("{names:?}")
    }
}
