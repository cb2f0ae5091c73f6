//! What a browser gives to sign in: name, password, and further fields for the upstream, such as a one-time password.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Most further fields.
pub const FURTHER_MAX: usize = 16;

/// Longest name of a further field, in bytes.
pub const FURTHER_NAME_MAX: usize = 64;

/// Longest value of a further field, in bytes; the answers of puzzles for people are the longest.
pub const FURTHER_VALUE_MAX: usize = 4096;

/// Fields that are never passed on, [`folded`]. Those that name a person would get past the limit on
/// attempts per name; those of OAuth are chosen by the client, which is this server (RFC 6749 §4.3.2, §6).
const KEPT: [&str; 26] = [
    "username",
    "user",
    "userid",
    "uid",
    "login",
    "loginname",
    "email",
    "emailaddress",
    "mail",
    "phone",
    "phonenumber",
    "mobile",
    "identifier",
    "identity",
    "account",
    "sub",
    "password",
    "passwd",
    "granttype",
    "clientid",
    "clientsecret",
    "clientassertion",
    "clientassertiontype",
    "scope",
    "refreshtoken",
    "refresh",
];

/// Name and password of a person, and what else the upstream asks for.
#[derive(Deserialize)]
pub struct GivenCredentials {
    /// Login name.
    pub username: String,
    /// Password.
    pub password: String,
    #[serde(flatten)]
    further: BTreeMap<String, Value>,
}

impl GivenCredentials {
    /// The further fields that are passed on: texts, numbers, `true` and `false`.
    pub fn further(&self) -> impl Iterator<Item = (&str, &Value)> {
        let further = self.further.iter().map(|(name, value)| (name.as_str(), value));
        further.filter(|(name, value)| !value.is_null() && !is_kept(name))
    }

    /// What is wrong with the further fields; `None`: nothing.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        let is_name = |name: &str| {
            (1..=FURTHER_NAME_MAX).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        };
        let fits = |value: &Value| match value {
            Value::String(text) => text.len() <= FURTHER_VALUE_MAX,
            Value::Array(_) | Value::Object(_) => false,
            _ => true,
        };
        if self.further().count() > FURTHER_MAX {
            return Some("The sign-in has too many further fields.");
        }
        if !self.further().all(|(name, _)| is_name(name)) {
            return Some(
                "The name of a further field is too long, or has other characters than letters, digits, _, - and dots.",
            );
        }
        let all_fit = self.further().all(|(_, value)| fits(value));
        (!all_fit).then_some(
            "The value of a further field is too long, or neither a text, a number, true nor false.",
        )
    }
}

fn is_kept(name: &str) -> bool {
    KEPT.contains(&folded(name).as_str())
}

/// A name without what servers do not tell apart: case, `_`, `-`, and the dots that some make `_` of.
pub fn folded(name: &str) -> String {
    name.chars().filter(|one| !matches!(one, '_' | '-' | '.')).map(|one| one.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(further: &str) -> GivenCredentials {
        serde_json::from_str(&format!(r#"{{"username":"a","password":"p"{further}}}"#)).unwrap()
    }

    #[test]
    fn further_fields_pass_within_their_limits() {
        let many = |count: usize| (0..count).map(|at| format!(r#","f{at}":1"#)).collect::<String>();
        let named = |name: &str| format!(r#","{name}":1"#);
        let valued = |length: usize| format!(r#","captcha":"{}""#, "x".repeat(length));
        for (further, good) in [
            (String::new(), true),
            (r#","otp":"123456","remember":true,"code":1.5,"none":null"#.to_owned(), true),
            (many(FURTHER_MAX), true),
            (many(FURTHER_MAX + 1), false),
            (named(&"n".repeat(FURTHER_NAME_MAX)), true),
            (named(&"n".repeat(FURTHER_NAME_MAX + 1)), false),
            (named("a b"), false),
            (named(""), false),
            (named("naïve"), false),
            (valued(FURTHER_VALUE_MAX), true),
            (valued(FURTHER_VALUE_MAX + 1), false),
            (r#","otp":{"code":1}"#.to_owned(), false),
            (r#","otp":["1"]"#.to_owned(), false),
        ] {
            assert_eq!(given(&further).problem().is_none(), good, "{further}");
        }
    }

    #[test]
    fn security_30_a_further_field_names_no_other_person_and_no_grant() {
        for name in [
            "email",
            "E-Mail",
            "user_name",
            "userId",
            "grant_type",
            "clientSecret",
            "Refresh-Token",
            "SCOPE",
            "grant.type",
            "client.id",
        ] {
            let given = given(&format!(r#","{name}":"x","otp":"1""#));
            assert_eq!(given.problem(), None);
            assert_eq!(given.further().map(|(name, _)| name).collect::<Vec<_>>(), ["otp"], "{name}");
        }
    }
}
