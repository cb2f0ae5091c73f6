//! Reads the tokens of the upstream's answer, under the names that are set or the common ones.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::{
    form::{FieldPath, LoginNames},
    named_token,
};
use crate::{
    keys::Secret,
    response::transform::without_mark,
    session::tokens::{Tokens, expiry_of_jwt},
    sign_in::ProviderError,
};
use telemetry::security::printable;

/// Names of an access token: RFC 6749 §5.1, DummyJSON, Django SimpleJWT, Laravel Sanctum.
const ACCESS: [&str; 4] = ["access_token", "accessToken", "access", "token"];

/// The name of an access token's life in seconds (RFC 6749 §5.1). `expiresIn` is not read: it has no common unit.
const EXPIRES_IN: &str = "expires_in";

/// Types of tokens that go into `Authorization: Bearer`. A client must not use one of another type (RFC 6749 §7.1).
const TYPES: [&str; 2] = ["bearer", "jwt"];

/// The tokens of an answer.
///
/// # Errors
/// [`ProviderError::Unusable`]. No message repeats a value, which may be a token.
pub(super) fn read(content: &[u8], names: &LoginNames, now: SystemTime) -> Result<Tokens, ProviderError> {
    let unusable = |problem: String| ProviderError::Unusable(problem);
    let answer: Value = serde_json::from_slice(without_mark(content))
        .ok()
        .or_else(|| of_form(content))
        .ok_or_else(|| unusable("the sign-in's answer is not JSON".to_owned()))?;
    let text = |path: &FieldPath| {
        path.find(&answer).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    };
    let access = match &names.access {
        Some(path) => text(path).ok_or_else(|| {
            unusable(format!(
                "it holds no {}, which BFF_LOGIN_FIELDS names as the access token",
                path.as_str()
            ))
        })?,
        None => ACCESS.iter().find_map(|name| text(&FieldPath::of(name))).ok_or_else(|| {
            let tried = ACCESS.join(", ");
            unusable(format!("it holds no access token ({tried}); BFF_LOGIN_FIELDS may name another field"))
        })?,
    };
    let access = without_scheme(access);
    if let Some(kind) = text(&FieldPath::of("token_type"))
        && !TYPES.iter().any(|known| known.eq_ignore_ascii_case(kind))
    {
        return Err(unusable(format!("its token is of type {}, and not a bearer token", printable(kind))));
    }
    let refresh = match &names.refresh {
        Some(path) => text(path).map(Secret::new),
        None => named_token::NAMES
            .iter()
            .find_map(|name| Some(named_token::join(name, text(&FieldPath::of(name))?))),
    };
    let life = match &names.expires_in {
        Some(path) => path.find(&answer),
        None => answer.get(EXPIRES_IN),
    };
    Ok(Tokens {
        access: Secret::new(access),
        refresh,
        issued: now,
        expires: life
            .and_then(seconds)
            .and_then(|life| now.checked_add(life))
            .or_else(|| expiry_of_jwt(access)),
    })
}

/// An answer in the form that drafts of RFC 6749 had; some servers still write it, whatever is asked for.
fn of_form(content: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(content).ok().filter(|text| text.contains("access_token="))?;
    let pairs = url::form_urlencoded::parse(text.as_bytes());
    Some(Value::Object(pairs.map(|(name, value)| (name.into_owned(), value.into())).collect()))
}

/// A token without the scheme that some servers put in front, as it goes into `Authorization`.
fn without_scheme(token: &str) -> &str {
    match token.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_start(),
        _ => token,
    }
}

/// A life above zero, as a number or a text of digits.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    Duration::try_from_secs_f64(seconds).ok().filter(|life| !life.is_zero())
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn read_with(names: &LoginNames, answer: &str) -> Result<Tokens, String> {
        read(answer.as_bytes(), names, UNIX_EPOCH).map_err(|err| err.to_string())
    }

    /// Access token, refresh token with its name, and life in seconds.
    fn shown(answer: &str) -> (String, Option<(String, String)>, Option<u64>) {
        let tokens = read_with(&LoginNames::default(), answer).unwrap();
        let expires = tokens.expires.map(|at| at.duration_since(UNIX_EPOCH).unwrap().as_secs());
        let refresh = tokens.refresh.as_ref().map(named_token::split);
        let refresh = refresh.map(|(name, token)| (name.to_owned(), token.to_owned()));
        (tokens.access.expose().to_owned(), refresh, expires)
    }

    #[test]
    fn tokens_are_found_under_their_common_names() {
        for (answer, access, refresh, life) in [
            (
                r#"{"access_token":"a","refresh_token":"r","token_type":"Bearer","expires_in":3600}"#,
                "a",
                Some(("refresh_token", "r")),
                Some(3600),
            ),
            (r#"{"access_token":"a","token_type":"bearer","expires_in":"60"}"#, "a", None, Some(60)),
            (r#"{"accessToken":"a","refreshToken":"r","id":1}"#, "a", Some(("refreshToken", "r")), None),
            (r#"{"access":"a","refresh":"r"}"#, "a", Some(("refresh", "r")), None),
            (r#"{"token":"1|x"}"#, "1|x", None, None),
            (r#"{"token":"Bearer a.b.c"}"#, "a.b.c", None, None),
            (r#"{"token":"a\n","token_type":""}"#, "a", None, None),
            ("\u{feff}{\"token\":\"a\"}", "a", None, None),
            ("access_token=a%2Bb&expires_in=60&token_type=bearer", "a+b", None, Some(60)),
            (r#"{"token":"t","access_token":"a"}"#, "a", None, None),
            (r#"{"access":{"no":"text"},"token":"t","refresh":null}"#, "t", None, None),
            (r#"{"access_token":"a","expires_in":0}"#, "a", None, None),
            (r#"{"access_token":"a","expires_in":-1}"#, "a", None, None),
            (r#"{"access_token":"a","expires_in":1e300}"#, "a", None, None),
            (r#"{"accessToken":"a","expiresIn":3600000}"#, "a", None, None),
        ] {
            let refresh = refresh.map(|(name, token)| (name.to_owned(), token.to_owned()));
            assert_eq!(shown(answer), (access.to_owned(), refresh, life), "{answer}");
        }
    }

    #[test]
    fn an_answer_without_a_usable_token_tells_names_and_no_value() {
        let path = |text| FieldPath::parse(text).unwrap();
        let named = LoginNames { access: Some(path("data.jwt")), ..LoginNames::default() };
        for (names, answer, says) in [
            (&LoginNames::default(), r#"{"jwt":"secret"}"#, "access_token, accessToken, access, token"),
            (&LoginNames::default(), r#"["secret"]"#, "it holds no access token"),
            (&LoginNames::default(), r#"{"access_token":""}"#, "it holds no access token"),
            (&LoginNames::default(), "secret", "is not JSON"),
            (&LoginNames::default(), r#"{"token":"secret","token_type":"DPoP"}"#, "of type DPoP"),
            (&named, r#"{"access_token":"secret"}"#, "it holds no data.jwt, which BFF_LOGIN_FIELDS"),
        ] {
            let problem = read_with(names, answer).unwrap_err();
            assert!(problem.contains(says) && !problem.contains("secret"), "{answer}: {problem}");
        }
    }

    #[test]
    fn names_that_are_set_lead_into_the_answer() {
        let path = |text| FieldPath::parse(text).unwrap();
        let names = LoginNames {
            access: Some(path("data.jwt")),
            refresh: Some(path("data.tokens.renew")),
            expires_in: Some(path("data.ttl")),
            ..LoginNames::default()
        };
        let answer = r#"{"token":"other","data":{"jwt":"a","tokens":{"renew":"r"},"ttl":5}}"#;
        let tokens = read_with(&names, answer).unwrap();
        assert_eq!((tokens.access.expose(), tokens.refresh.unwrap().expose()), ("a", "r"));
        assert_eq!(tokens.expires, UNIX_EPOCH.checked_add(Duration::from_secs(5)));
    }
}
