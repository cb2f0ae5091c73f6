//! `Permissions-Policy`: the features of a browser that pages may use.

use http::HeaderValue;

/// Features that no page needs unless the operator says so, and that are worth a stranger's while.
const OURS: [&str; 8] =
    ["accelerometer", "camera", "geolocation", "gyroscope", "magnetometer", "microphone", "payment", "usb"];

/// The value for nobody.
const NOBODY: &str = "()";

/// The field of every response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionsPolicy(HeaderValue);

impl PermissionsPolicy {
    /// The policy in which these features have these allow-lists.
    ///
    /// # Errors
    /// If a text cannot stand in a field.
    pub fn with(changes: &[(String, String)]) -> Result<Self, http::header::InvalidHeaderValue> {
        let last = |feature: &str| changes.iter().rev().find(|(name, _)| name == feature);
        let ours = OURS.iter().map(|feature| {
            let value = last(feature).map_or(NOBODY, |(_, value)| value.as_str());
            format!("{feature}={value}")
        });
        let is_last = |(at, (name, _)): &(usize, &(String, String))| {
            !OURS.contains(&name.as_str()) && !changes[at + 1..].iter().any(|(later, _)| later == name)
        };
        let others = changes.iter().enumerate().filter(is_last);
        let others = others.map(|(_, (name, value))| format!("{name}={value}"));
        let text = ours.chain(others).collect::<Vec<_>>().join(", ");
        HeaderValue::from_str(&text).map(Self)
    }

    /// The value of the field.
    #[must_use]
    pub const fn value(&self) -> &HeaderValue {
        &self.0
    }
}

impl Default for PermissionsPolicy {
    fn default() -> Self {
        Self(super::security_headers::PERMISSIONS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(changes: &[(&str, &str)]) -> String {
        let owned: Vec<_> = changes.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        PermissionsPolicy::with(&owned).unwrap().value().to_str().unwrap().to_owned()
    }

    #[test]
    fn without_changes_it_is_the_policy_of_every_other_response() {
        assert_eq!(with(&[]), PermissionsPolicy::default().value().to_str().unwrap());
    }

    #[test]
    fn a_change_replaces_ours_and_others_are_added_once() {
        let policy = with(&[("camera", "(self)"), ("fullscreen", "()"), ("fullscreen", "*")]);
        assert!(policy.starts_with("accelerometer=(), camera=(self), geolocation=()"), "{policy}");
        assert!(policy.ends_with("usb=(), fullscreen=*"), "{policy}");
    }
}
