//! Writes the requests of the upstream's sign-in, as JSON or as a form.

use bytes::Bytes;
use http::header;
use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

use super::{
    form::{FieldPath, LoginForm, LoginFormat},
    named_token,
};
use crate::{
    keys::Secret,
    sign_in::given::{GivenCredentials, folded},
};
use http_message::HeaderBlock;
use upstream::call::{fields, json_fields};

/// The grant of a refresh, and the name of its token (RFC 6749 §6).
const REFRESH_TOKEN: &str = "refresh_token";

/// The request that signs in.
pub(super) fn sign_in(form: &LoginForm, given: &GivenCredentials) -> Bytes {
    let names = &form.names;
    // What the browser adds goes first: no field of ours can be replaced.
    let further = given.further().filter(|(name, _)| {
        // Servers differ in what they take for the same name.
        let taken = |path: &FieldPath| {
            let first = path.as_str().split('.').next().unwrap_or_default();
            folded(first) == folded(name) || folded(path.as_str()) == folded(name)
        };
        !taken(&names.username) && !taken(&names.password)
    });
    match form.format {
        LoginFormat::Json => {
            let mut object: Map<String, Value> =
                further.map(|(name, value)| (name.to_owned(), value.clone())).collect();
            names.username.put(&mut object, &given.username);
            names.password.put(&mut object, &given.password);
            Value::Object(object).to_string().into()
        }
        LoginFormat::Form => {
            let mut pairs = Serializer::new(String::new());
            for (name, value) in further {
                // A text stands without the quotes that JSON has.
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                pairs.append_pair(name, &text);
            }
            pairs.append_pair("grant_type", "password");
            pairs.append_pair(names.username.as_str(), &given.username);
            pairs.append_pair(names.password.as_str(), &given.password);
            pairs.finish().into()
        }
    }
}

/// The request for new tokens: under the name that is set, else the one that the token came under.
pub(super) fn refresh(form: &LoginForm, refresh: &Secret) -> Bytes {
    match form.format {
        LoginFormat::Json => sign_out(form, refresh),
        LoginFormat::Form => {
            let (_, token) = named_token::split(refresh);
            let name = set_name(form).unwrap_or_else(|| FieldPath::of(REFRESH_TOKEN));
            let mut pairs = Serializer::new(String::new());
            pairs.append_pair("grant_type", REFRESH_TOKEN).append_pair(name.as_str(), token);
            pairs.finish().into()
        }
    }
}

/// The request that gives a refresh token back: JSON, under the name that is set or that it came under.
pub(super) fn sign_out(form: &LoginForm, refresh: &Secret) -> Bytes {
    let (came_under, token) = named_token::split(refresh);
    let mut object = Map::new();
    set_name(form).unwrap_or_else(|| FieldPath::of(came_under)).put(&mut object, token);
    Value::Object(object).to_string().into()
}

/// The name that is set for refresh tokens in requests.
fn set_name(form: &LoginForm) -> Option<FieldPath> {
    let names = &form.names;
    names.refresh_as.clone().or_else(|| names.refresh.as_ref().map(FieldPath::last))
}

/// The header block of these requests.
pub(super) fn header_block(format: LoginFormat) -> HeaderBlock {
    match format {
        LoginFormat::Json => json_fields(),
        LoginFormat::Form => fields(&[
            (header::ACCEPT, "application/json"),
            (header::CONTENT_TYPE, "application/x-www-form-urlencoded"),
        ]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(format: LoginFormat, username: &str, password: &str) -> LoginForm {
        let mut form = LoginForm { format, ..LoginForm::default() };
        form.names.username = FieldPath::parse(username).unwrap();
        form.names.password = FieldPath::parse(password).unwrap();
        form
    }

    #[test]
    fn a_sign_in_is_written_under_the_names_that_are_set() {
        let given = r#"{"username":"ada","password":"a&b","otp":"123","remember":true,"user":"x","mode":2}"#;
        let given: GivenCredentials = serde_json::from_str(given).unwrap();
        for (form, expected) in [
            (
                form(LoginFormat::Json, "username", "password"),
                r#"{"mode":2,"otp":"123","password":"a&b","remember":true,"username":"ada"}"#,
            ),
            (
                form(LoginFormat::Json, "email", "otp"),
                r#"{"email":"ada","mode":2,"otp":"a&b","remember":true}"#,
            ),
            (
                form(LoginFormat::Json, "person.email", "person.secret"),
                r#"{"mode":2,"otp":"123","person":{"email":"ada","secret":"a&b"},"remember":true}"#,
            ),
            (
                form(LoginFormat::Form, "username", "password"),
                "mode=2&otp=123&remember=true&grant_type=password&username=ada&password=a%26b",
            ),
        ] {
            assert_eq!(sign_in(&form, &given), expected);
        }
    }

    #[test]
    fn a_refresh_is_written_under_the_name_that_is_set_or_that_it_came_under() {
        let path = |text| FieldPath::parse(text);
        for (format, set, sent_as, came_under, expected) in [
            (LoginFormat::Json, None, None, "refresh", r#"{"refresh":"a+b"}"#),
            (LoginFormat::Json, None, None, "refreshToken", r#"{"refreshToken":"a+b"}"#),
            (LoginFormat::Json, path("data.renew"), None, "refresh", r#"{"renew":"a+b"}"#),
            (LoginFormat::Json, path("x"), path("with.renew"), "refresh", r#"{"with":{"renew":"a+b"}}"#),
            (LoginFormat::Form, None, None, "refreshToken", "grant_type=refresh_token&refresh_token=a%2Bb"),
            (LoginFormat::Form, None, path("token"), "refresh", "grant_type=refresh_token&token=a%2Bb"),
        ] {
            let mut form = form(format, "username", "password");
            (form.names.refresh, form.names.refresh_as) = (set, sent_as);
            assert_eq!(refresh(&form, &named_token::join(came_under, "a+b")), expected);
        }
    }

    #[test]
    fn security_50_a_refresh_token_is_given_back_as_json_under_its_own_name() {
        let path = |text| FieldPath::parse(text);
        for (format, set, came_under, expected) in [
            (LoginFormat::Json, None, "refreshToken", r#"{"refreshToken":"a+b"}"#),
            (LoginFormat::Json, None, "refresh_token", r#"{"refresh_token":"a+b"}"#),
            (LoginFormat::Form, None, "refresh", r#"{"refresh":"a+b"}"#),
            (LoginFormat::Form, path("data.renew"), "refresh", r#"{"renew":"a+b"}"#),
        ] {
            let mut form = form(format, "username", "password");
            form.names.refresh = set;
            assert_eq!(sign_out(&form, &named_token::join(came_under, "a+b")), expected);
        }
    }
}
