//! A target such as "the button Add": a role and a name in the accessibility tree.

use std::fmt;

use serde_json::Value;

/// A role and a name to look for.
#[derive(Debug, Clone)]
pub struct Target {
    pub(crate) role: &'static str,
    pub(crate) name: String,
}

macro_rules! roles {
    ($($function:ident $role:literal: $doc:literal;)+) => {
        $(
            #[doc = $doc]
            #[must_use]
            pub fn $function(name: &str) -> Target {
                Target { role: $role, name: name.to_owned() }
            }
        )+
    };
}

roles! {
    button "button": "A button.";
    checkbox "checkbox": "A checkbox.";
    combobox "combobox": "A list to choose from.";
    heading "heading": "A heading of any level.";
    link "link": "A link.";
    radio "radio": "A radio button.";
    searchbox "searchbox": "A field to search with.";
    textbox "textbox": "A field for text.";
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {:?}", self.role, self.name)
    }
}

/// A node of the accessibility tree, as it was when it was looked at.
#[derive(Debug, Clone)]
pub struct Node {
    /// The role, in the browser's words.
    pub role: String,
    /// The computed name.
    pub name: String,
    backend_id: i64,
    properties: Vec<(String, String)>,
}

impl Node {
    /// Reads a node of the protocol; `None` for one that assistive technology does not see.
    pub(crate) fn read(raw: &Value) -> Option<Self> {
        if raw["ignored"].as_bool().unwrap_or(false) {
            return None;
        }
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let properties = raw["properties"].as_array().into_iter().flatten();
        Some(Self {
            role: text(&raw["role"]["value"]),
            name: text(&raw["name"]["value"]),
            backend_id: raw["backendDOMNodeId"].as_i64().unwrap_or_default(),
            properties: properties
                .map(|property| (text(&property["name"]), text(&property["value"]["value"])))
                .collect(),
        })
    }

    /// Whether this node matches `target`.
    #[must_use]
    pub fn is(&self, target: &Target) -> bool {
        self.role == target.role && self.name == target.name
    }

    /// Tells this node from all others of the same page.
    #[must_use]
    pub const fn backend_id(&self) -> i64 {
        self.backend_id
    }

    /// A property such as `checked`, `disabled`, `level`; empty when it is not set.
    #[must_use]
    pub fn property(&self, name: &str) -> &str {
        self.properties.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {:?}", self.role, self.name)
    }
}
