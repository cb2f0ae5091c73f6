//! The form of the upstream's own sign-in: how its requests are written, and what their fields and those of its answers
//! are called.

use serde_json::{Map, Value};

/// The deepest that a field may stand within others.
const DEPTH_MAX: usize = 8;

/// The form of the upstream's sign-in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoginForm {
    /// How the requests are written.
    pub format: LoginFormat,
    /// The names of the fields.
    pub names: LoginNames,
}

/// The media type of the sign-in's requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LoginFormat {
    /// `application/json`.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded` with a `grant_type` (RFC 6749 §4.3.2, §6).
    Form,
}

/// Names of the fields; `None`: the common ones are tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginNames {
    /// Of the request to sign in: the name.
    pub username: FieldPath,
    /// Of the request to sign in: the password.
    pub password: FieldPath,
    /// Of the request for new tokens: the refresh token.
    pub refresh_as: Option<FieldPath>,
    /// Of the answers: the access token.
    pub access: Option<FieldPath>,
    /// Of the answers: the refresh token.
    pub refresh: Option<FieldPath>,
    /// Of the answers: the access token's life in seconds.
    pub expires_in: Option<FieldPath>,
}

impl Default for LoginNames {
    fn default() -> Self {
        Self {
            username: FieldPath::of("username"),
            password: FieldPath::of("password"),
            refresh_as: None,
            access: None,
            refresh: None,
            expires_in: None,
        }
    }
}

/// The way to a field within objects: `token` or `data.token`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath(String);

impl FieldPath {
    /// The path of a name without dots.
    pub(super) fn of(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Parses names by dots, eight at most; `None`: it is no such path.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-$@:".contains(&byte))
        };
        let names = text.split('.');
        (names.clone().all(is_name) && names.count() <= DEPTH_MAX).then(|| Self(text.to_owned()))
    }

    /// The path as it was given; a form has no objects, and takes it for the name.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the field itself.
    pub(super) fn last(&self) -> Self {
        Self::of(self.0.rsplit('.').next().unwrap_or_default())
    }

    /// The field's value, if there is one.
    pub(super) fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.0.split('.').try_fold(value, |value, name| value.get(name))
    }

    /// Puts a text where the path leads to, and makes the objects on the way.
    pub(super) fn put(&self, mut object: &mut Map<String, Value>, text: &str) {
        let (way, name) = self.0.rsplit_once('.').unwrap_or(("", &self.0));
        for step in way.split('.').filter(|step| !step.is_empty()) {
            let next = object.entry(step).or_insert_with(|| Value::Object(Map::new()));
            if !next.is_object() {
                *next = Value::Object(Map::new());
            }
            let Value::Object(next) = next else { return };
            object = next;
        }
        object.insert(name.to_owned(), Value::String(text.to_owned()));
    }
}
