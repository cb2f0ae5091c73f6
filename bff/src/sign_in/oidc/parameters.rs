//! Parameters of a request for a sign-in besides those of the protocol: the operator's, and those of one browser
//! (OpenID Connect Core 1.0 §3.1.2.1).

use shared::session::{ACR_VALUES, MAX_AGE};

/// Parameters that are the server's own, or would change how the answer comes back.
const OWN: [&str; 17] = [
    "response_type",
    "response_mode",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "request",
    "request_uri",
    "registration",
    "id_token_hint",
];

/// The parameter that may stand several times (RFC 8707 §2).
const REPEATED: &str = "resource";

/// Parameters that a browser may add to its sign-in, and the longest value of each in bytes.
const PASSED: [(&str, usize); 4] = [("login_hint", 256), (ACR_VALUES, 256), ("ui_locales", 64), (MAX_AGE, 9)];

/// The operator's parameters, for every sign-in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddedParameters(Vec<(String, String)>);

/// The parameters that a browser adds to one sign-in; they take the place of the operator's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedParameters(Vec<(&'static str, String)>);

impl AddedParameters {
    /// Takes names with their values; an error completes the sentence "`given` …".
    ///
    /// # Errors
    /// A name that is no name or the server's own, one that stands twice, or a `max_age` that is no number.
    pub fn new(given: Vec<(String, String)>) -> Result<Self, String> {
        for (at, (name, value)) in given.iter().enumerate() {
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(format!("has the name {name:?}, which no parameter has"));
            }
            if OWN.contains(&name.as_str()) {
                return Err(format!("names {name}, which the server sets itself"));
            }
            if name != REPEATED && given.iter().skip(at + 1).any(|(other, _)| other == name) {
                return Err(format!("names {name} twice"));
            }
            if name == MAX_AGE && value.parse::<u32>().is_err() {
                return Err("has a max_age that is no number of seconds".to_owned());
            }
        }
        Ok(Self(given))
    }

    /// The parameters of a sign-in to which a browser adds `passed`. It does not ask for less than the operator: of classes for
    /// those alone that routes ask for, `classes`, and for no older sign-in.
    pub(super) fn with<'a>(
        &'a self,
        passed: &'a PassedParameters,
        classes: &[String],
    ) -> Vec<(&'a str, &'a str)> {
        let operators = |name: &str| self.0.iter().find(|(other, _)| other == name);
        let asks_for_enough = |name: &str, value: &str| match (name, operators(name)) {
            (ACR_VALUES, Some(_)) => value.split(' ').all(|class| classes.iter().any(|known| known == class)),
            (MAX_AGE, Some((_, most))) => value.parse::<u64>().ok() < most.parse().ok(),
            _ => true,
        };
        let passed: Vec<_> = passed.0.iter().filter(|(name, value)| asks_for_enough(name, value)).collect();
        let is_passed = |name: &str| passed.iter().any(|(other, _)| *other == name);
        let added = self.0.iter().filter(|(name, _)| !is_passed(name));
        let added = added.map(|(name, value)| (name.as_str(), value.as_str()));
        let added: Vec<_> = added.collect();
        added.into_iter().chain(passed.iter().map(|(name, value)| (*name, value.as_str()))).collect()
    }
}

impl PassedParameters {
    /// Those among the parameters of a query that are passed on; all others mean nothing here.
    ///
    /// # Errors
    /// One that stands twice, is too long, has a control character, or is no number where one is meant.
    pub fn of<'q>(
        query: impl Iterator<Item = (impl AsRef<str> + 'q, impl AsRef<str> + 'q)>,
    ) -> Result<Self, &'static str> {
        let mut passed: Vec<(&'static str, String)> = Vec::new();
        for (name, value) in query {
            let (name, value) = (name.as_ref(), value.as_ref());
            let Some((name, longest)) = PASSED.into_iter().find(|(known, _)| *known == name) else {
                continue;
            };
            let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            let is_fine = value.len() <= longest
                && !value.chars().any(char::is_control)
                && (name != MAX_AGE || is_number)
                && !passed.iter().any(|(other, _)| *other == name);
            if !is_fine {
                return Err("The address of the sign-in is not what is expected here.");
            }
            if !value.is_empty() {
                passed.push((name, value.to_owned()));
            }
        }
        Ok(Self(passed))
    }
}

/// The longest time since the authentication that is asked for, in seconds.
pub(super) fn max_age(parameters: &[(&str, &str)]) -> Option<u64> {
    parameters.iter().find(|(name, _)| *name == MAX_AGE)?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(given: &[(&str, &str)]) -> Result<AddedParameters, String> {
        AddedParameters::new(
            given.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        )
    }

    fn passed(query: &str) -> Result<PassedParameters, &'static str> {
        PassedParameters::of(url::form_urlencoded::parse(query.as_bytes()))
    }

    #[test]
    fn parameters_of_the_protocol_are_never_added() {
        for name in OWN {
            let told = added(&[(name, "x")]).unwrap_err();
            assert_eq!(told, format!("names {name}, which the server sets itself"));
        }
        assert!(added(&[("prompt", "login"), ("prompt", "consent")]).is_err());
        assert!(added(&[("max_age", "soon")]).is_err());
        assert!(added(&[("", "x")]).is_err() && added(&[("a b", "x")]).is_err());
        assert!(added(&[("resource", "https://a"), ("resource", "https://b"), ("claims", "{}")]).is_ok());
    }

    #[test]
    fn security_62_a_browser_asks_for_no_weaker_sign_in_than_the_operator() {
        let strict = added(&[("max_age", "30"), ("acr_values", "mfa")]).unwrap();
        let of = |query: &str, classes: &[&str]| {
            let classes: Vec<String> = classes.iter().map(|class| (*class).to_owned()).collect();
            let given = passed(query).unwrap();
            let all = strict.with(&given, &classes);
            let one = |name| all.iter().find(|(other, _)| *other == name).unwrap().1.to_owned();
            assert_eq!(all.len(), 2);
            (one("acr_values"), one("max_age"))
        };
        let as_usual = ("mfa".to_owned(), "30".to_owned());
        assert_eq!(of("acr_values=pwd&max_age=999999999", &["pin"]), as_usual);
        assert_eq!(of("acr_values=pin%20pwd", &["pin"]), as_usual);
        assert_eq!(of("acr_values=pin&max_age=5", &["pin"]), ("pin".to_owned(), "5".to_owned()));
    }

    #[test]
    fn a_browser_adds_four_parameters_within_their_limits_and_no_others() {
        let query =
            "login_hint=ada%40x&acr_values=a%20b&ui_locales=&max_age=60&prompt=none&returnUrl=/&state=x";
        let expected = [("login_hint", "ada@x"), ("acr_values", "a b"), ("max_age", "60")];
        let given = passed(query).unwrap();
        assert_eq!(AddedParameters::default().with(&given, &[]), expected);
        let usual = added(&[("max_age", "90"), ("audience", "https://api")]).unwrap();
        assert_eq!(usual.with(&given, &[])[0], ("audience", "https://api"), "its max_age gives way");
        assert_eq!(max_age(&usual.with(&given, &[])), Some(60));
        assert_eq!(max_age(&usual.with(&PassedParameters::default(), &[])), Some(90));
        for wrong in [
            format!("login_hint={}", "x".repeat(257)),
            "ui_locales=a%0Ab".to_owned(),
            "max_age=-1".to_owned(),
            "max_age=1e3".to_owned(),
            "max_age=9999999999".to_owned(),
            "acr_values=a&acr_values=b".to_owned(),
        ] {
            assert!(passed(&wrong).is_err(), "{wrong}");
        }
    }
}
