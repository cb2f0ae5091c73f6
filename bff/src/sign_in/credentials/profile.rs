//! Reads the person of the upstream's profile, under the names that common frameworks give the fields.

use serde_json::Value;
use shared::SessionUser;

use crate::response::transform::without_mark;

/// Objects in which a profile may stand: Laravel's resources, and serializers that name what they hold.
const WRAPPERS: [&str; 2] = ["data", "user"];

/// Names of a person's key: most, Django's `dj-rest-auth`, OpenID Connect, MongoDB.
pub const IDS: [&str; 5] = ["id", "pk", "sub", "_id", "uuid"];

/// Names of the name that a person signs in with. The last stands for upstreams where that is the address.
pub const USERNAMES: [&str; 5] = ["username", "preferred_username", "userName", "login", "email"];

/// Names of a display name.
pub const FULL_NAMES: [&str; 4] = ["name", "full_name", "fullName", "displayName"];

/// Names of one part of it.
pub const FIRST_NAMES: [&str; 3] = ["firstName", "first_name", "given_name"];
/// Names of the other part.
pub const LAST_NAMES: [&str; 3] = ["lastName", "last_name", "family_name"];

/// The person of a profile. Where it has no key (FastAPI's tutorial), the username is one.
///
/// # Errors
/// What is missing.
pub(super) fn read(content: &[u8]) -> Result<SessionUser, String> {
    let answer: Value =
        serde_json::from_slice(without_mark(content)).map_err(|_| "the profile is not JSON".to_owned())?;
    let known = |profile: &&Value| IDS.iter().chain(&USERNAMES).any(|name| profile.get(name).is_some());
    let wrapped = WRAPPERS.iter().filter_map(|name| answer.get(name));
    let profile = std::iter::once(&answer).chain(wrapped).find(known).unwrap_or(&answer);
    let username = text(profile, &USERNAMES)
        .or_else(|| text(profile, &FULL_NAMES))
        .ok_or_else(|| format!("the profile names nobody ({})", USERNAMES.join(", ")))?;
    let mut keys = IDS.iter().filter_map(|name| profile.get(name)).filter(|key| !key.is_null());
    let id = match keys.next() {
        Some(Value::String(id)) if !id.is_empty() => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        Some(_) => return Err("the profile's id is neither text nor number".to_owned()),
        // A display name is not unique.
        None => {
            text(profile, &USERNAMES).ok_or_else(|| format!("the profile has no id ({})", IDS.join(", ")))?
        }
    };
    let parts: Vec<String> =
        [&FIRST_NAMES, &LAST_NAMES].into_iter().filter_map(|names| text(profile, names)).collect();
    let name = match parts.is_empty() {
        true => text(profile, &FULL_NAMES).unwrap_or_else(|| username.clone()),
        false => parts.join(" "),
    };
    Ok(SessionUser { id, username, name })
}

/// The first of these fields that holds a text.
fn text(profile: &Value, names: &[&str]) -> Option<String> {
    let texts = names.iter().filter_map(|name| profile.get(name)?.as_str());
    texts.map(str::to_owned).find(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_found_under_the_names_of_common_frameworks() {
        for (profile, id, username, name) in [
            (r#"{"id":1,"username":"ada","firstName":"Ada","lastName":"Okafor"}"#, "1", "ada", "Ada Okafor"),
            (r#"{"pk":1,"username":"ada","first_name":"","last_name":"Okafor"}"#, "1", "ada", "Okafor"),
            (r#"{"username":"ada","full_name":"Ada Okafor","email":null}"#, "ada", "ada", "Ada Okafor"),
            (r#"{"id":null,"sub":"u1","preferred_username":"ada","name":"Ada"}"#, "u1", "ada", "Ada"),
            (r#"{"data":{"id":7,"name":"Ada","email":"ada@example.com"}}"#, "7", "ada@example.com", "Ada"),
            (r#"{"user":{"_id":"6f","login":"ada"},"ok":true}"#, "6f", "ada", "ada"),
            ("\u{feff}{\"id\":1,\"username\":\"ada\"}", "1", "ada", "ada"),
            (r#"{"id":7,"name":"Ada","data":{"id":8}}"#, "7", "Ada", "Ada"),
        ] {
            let user = SessionUser { id: id.into(), username: username.into(), name: name.into() };
            assert_eq!(read(profile.as_bytes()), Ok(user), "{profile}");
        }
    }

    #[test]
    fn a_profile_without_a_unique_name_tells_what_is_missing() {
        for (profile, says) in [
            ("<html>", "not JSON"),
            ("{}", "names nobody (username, "),
            (r#"{"id":1}"#, "names nobody"),
            (r#"{"full_name":"Ada Okafor"}"#, "has no id (id, pk, "),
            (r#"{"id":{"n":1},"username":"ada"}"#, "neither text nor number"),
            (r#"{"id":"","username":"ada"}"#, "neither text nor number"),
        ] {
            let problem = read(profile.as_bytes()).unwrap_err();
            assert!(problem.contains(says), "{profile}: {problem}");
        }
    }
}
