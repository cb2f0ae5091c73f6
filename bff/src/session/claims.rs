//! Claims: what an OpenID provider says of a person, as far as it is kept in the session (OpenID Connect Core 1.0 §5).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Most bytes of the kept claims of one person, as JSON. In a cookie they share the room with the tokens.
pub const CLAIMS_MAX: usize = 8 * 1024;

/// Claims whose text is a list by space (RFC 9068 §2.2.3; `scp` is Microsoft's name for it). Of any other a text is one
/// value: people choose some of them, their display name for instance.
const LISTS_BY_SPACE: [&str; 2] = ["scope", "scp"];

/// The name of a claim: that of a member, or a JSON pointer (RFC 6901) where it begins with a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimName(String);

impl ClaimName {
    /// Reads a name; an error completes the sentence "the claim `name` …".
    ///
    /// # Errors
    /// An empty name, a control character, and an escape that a pointer does not have.
    pub fn parse(given: &str) -> Result<Self, &'static str> {
        let is_escaped = |rest: &str| rest.starts_with(['0', '1']);
        if given.is_empty() {
            return Err("has no name");
        }
        if given.chars().any(char::is_control) {
            return Err("has a control character");
        }
        if given.starts_with('/') && !given.split('~').skip(1).all(is_escaped) {
            return Err("is no JSON pointer: a tilde is written ~0 there, and a slash within a name ~1");
        }
        Ok(Self(given.to_owned()))
    }

    /// The name as it is configured.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The claim of that name among all of a person's; `None` also where it is null.
    #[must_use]
    pub fn find<'c>(&self, all: &'c Value) -> Option<&'c Value> {
        let found = if self.0.starts_with('/') { all.pointer(&self.0) } else { all.get(&self.0) };
        found.filter(|value| !value.is_null())
    }

    /// Whether `value` of this claim has a text that fits: its own, that of a number, `true` or `false`, or one of a
    /// list.
    pub fn any_text(&self, value: &Value, fits: impl Fn(&str) -> bool) -> bool {
        let name = self.0.rsplit('/').next().unwrap_or_default();
        match value {
            Value::Array(values) => values.iter().filter_map(text).any(|text| fits(&text)),
            Value::String(list) if LISTS_BY_SPACE.contains(&name) => list.split(' ').any(fits),
            one => text(one).is_some_and(|text| fits(&text)),
        }
    }
}

/// The text of a plain value; `None` for a list, an object and null.
fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(is_so) => Some(Cow::Borrowed(if *is_so { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The kept claims of one person. Its names are short, since all of it has to fit into a cookie.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonClaims {
    /// The configured claims, by the names as configured.
    #[serde(rename = "n", default, skip_serializing_if = "Map::is_empty")]
    pub named: Map<String, Value>,
    /// The class of the authentication (`acr`).
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// Time of the authentication in seconds since 1970 (`auth_time`), by the provider's clock.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<u64>,
}

impl PersonClaims {
    /// The claims, boxed for a session; `None` where there are none, so that others do not pay for their room.
    #[must_use]
    pub fn kept(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }

    /// The bytes of `named` as JSON.
    #[must_use]
    pub fn length_of(named: &Map<String, Value>) -> usize {
        serde_json::to_vec(named).map_or(usize::MAX, |json| json.len())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn name(name: &str) -> ClaimName {
        ClaimName::parse(name).unwrap()
    }

    #[test]
    fn a_claim_is_found_by_its_name_or_a_json_pointer() {
        let all = json!({
            "roles": ["a"], "realm_access": { "roles": ["b"] }, "https://x.example/roles": ["c"],
            "a/b": { "m~n": 1 }, "nothing": null, "list": [{ "id": 7 }],
        });
        for (given, expected) in [
            ("roles", json!(["a"])),
            ("/roles", json!(["a"])),
            ("/realm_access/roles", json!(["b"])),
            ("https://x.example/roles", json!(["c"])),
            ("/a~1b/m~0n", json!(1)),
            ("/list/0/id", json!(7)),
        ] {
            assert_eq!(name(given).find(&all), Some(&expected), "{given}");
        }
        for missing in ["nothing", "realm_access.roles", "/realm_access/groups", "/roles/1", "/"] {
            assert_eq!(name(missing).find(&all), None, "{missing}");
        }
        for wrong in ["", "/a~b", "/a~", "a\nb"] {
            assert!(ClaimName::parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(ClaimName::parse("a~b").is_ok(), "a member's name has no escapes");
    }

    #[test]
    fn a_claim_fits_by_its_text_and_only_scopes_are_split_by_space() {
        for (claim, value, fits) in [
            ("roles", json!("admin"), true),
            ("roles", json!(["user", "admin"]), true),
            ("roles", json!([["admin"], { "admin": true }, null]), false),
            ("roles", json!("user admin"), false),
            ("roles", json!("Admin"), false),
            ("roles", json!({ "admin": "admin" }), false),
            ("scope", json!("openid admin"), true),
            ("/token/scp", json!("admin openid"), true),
            ("scope", json!(["openid admin"]), false),
            ("scope", json!("administrator"), false),
        ] {
            assert_eq!(name(claim).any_text(&value, |text| text == "admin"), fits, "{claim} {value}");
        }
        assert!(name("level").any_text(&json!(3), |text| text == "3"));
        assert!(name("is_staff").any_text(&json!(true), |text| text == "true"));
    }

    #[test]
    fn claims_that_say_nothing_take_no_room() {
        assert_eq!(PersonClaims::default().kept(), None);
        let claims = PersonClaims { auth_time: Some(1), ..PersonClaims::default() };
        assert_eq!(serde_json::to_string(&claims).unwrap(), r#"{"t":1}"#);
        assert!(claims.kept().is_some());
    }
}
