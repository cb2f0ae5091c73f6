//! Devices: browsers that have signed in under a name before. A cookie holds the name and an id, sealed, for each of the
//! last people who did. It proves nothing but that, and lets [`login_limit`](super::login_limit) count the browser in the
//! place of the name.

use std::time::{Duration, SystemTime};

use http::HeaderValue;
use serde::{Deserialize, Serialize};
use url::Url;

use super::login_limit::counted_name;
use crate::{
    keys::{Seal, SessionId, SessionKeys, StoreKey, seal::SealContext},
    session::cookie::CookieRule,
};
use http_message::{
    HeaderBlock,
    unix_time::{from_millis, millis},
};

/// Time for which a browser is known after a sign-in.
pub const DEVICE_LIFE: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// Most people whom one browser is known for. The one who signed in least recently gives way.
const PEOPLE_MAX: usize = 4;

/// The purpose of the seal.
const PURPOSE: &str = "device";

/// A name, and the browser's id for it.
#[derive(Serialize, Deserialize)]
struct KnownName {
    #[serde(rename = "n")]
    name: String,
    #[serde(rename = "i")]
    id: String,
    #[serde(rename = "e")]
    ends: u64,
}

/// Recognises devices.
pub struct Devices {
    seal: Seal,
    cookie: Option<CookieRule>,
}

impl Devices {
    /// Devices of the server that browsers call `public_url`, sealed with the first of `keys`.
    #[must_use]
    pub fn new(keys: &SessionKeys, public_url: &Url) -> Self {
        Self { seal: Seal::new(keys), cookie: CookieRule::device(public_url) }
    }

    /// The browser's id, where it has signed in under `name` before.
    #[must_use]
    pub fn find(&self, headers: &HeaderBlock, name: &str, now: SystemTime) -> Option<StoreKey> {
        let name = counted_name(name);
        let known = self.known(headers, now).into_iter().find(|known| known.name == name)?;
        StoreKey::from_text(&known.id)
    }

    /// The `Set-Cookie` after a sign-in under `name`. `None` where no cookie can be made; the browser then stays unknown.
    #[must_use]
    pub fn remember(&self, headers: &HeaderBlock, name: &str, now: SystemTime) -> Option<HeaderValue> {
        let name = counted_name(name);
        let mut people = self.known(headers, now);
        let before = people.iter().position(|known| known.name == name).map(|at| people.remove(at).id);
        let id = match before {
            Some(id) => id,
            None => SessionId::random().ok()?.to_cookie_value(),
        };
        people.insert(0, KnownName { name, id, ends: millis(now + DEVICE_LIFE) });
        people.truncate(PEOPLE_MAX);
        // The seal's key is the cookie's own.
        let random = StoreKey::from_text(&SessionId::random().ok()?.to_cookie_value())?;
        let context = SealContext { purpose: PURPOSE, name: &random, version: 0 };
        let value = self.seal.seal_text(context, &serde_json::to_vec(&people).ok()?).ok()?;
        self.cookie.as_ref()?.set_value(&value)
    }

    fn known(&self, headers: &HeaderBlock, now: SystemTime) -> Vec<KnownName> {
        let value = self.cookie.as_ref().and_then(|cookie| cookie.value(headers));
        let opened = value.and_then(|value| self.seal.open_text(PURPOSE, value));
        let known = opened.and_then(|(_, content)| serde_json::from_slice::<Vec<KnownName>>(&content).ok());
        let mut known = known.unwrap_or_default();
        known.retain(|known| from_millis(known.ends) > now);
        known
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use http::header;

    use super::*;

    fn at(days: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs((20_000 + days) * 24 * 60 * 60)
    }

    fn devices() -> Devices {
        Devices::new(&SessionKeys::random(), &Url::parse("http://localhost").unwrap())
    }

    /// The fields of a browser that has signed in under these names, one a day.
    fn browser(devices: &Devices, names: &[&str]) -> HeaderBlock {
        let mut headers = HeaderBlock::new();
        for (day, name) in (0..).zip(names) {
            let field = devices.remember(&headers, name, at(day)).unwrap();
            let pair = field.to_str().unwrap().split(';').next().unwrap().to_owned();
            headers.insert(header::COOKIE, HeaderValue::from_str(&pair).unwrap());
        }
        headers
    }

    #[test]
    fn security_47_a_device_is_known_by_the_names_of_its_last_people() {
        let devices = devices();
        let headers = browser(&devices, &["ada", "bob", "cleo", "dora", "Ada ", "emil"]);
        let is_known = |name: &str| devices.find(&headers, name, at(6)).is_some();
        assert_eq!(
            ["ada", " ADA", "bob", "cleo", "dora", "emil"].map(is_known),
            [true, true, false, true, true, true]
        );
        let again = browser(&devices, &["ada", "ada"]);
        assert_ne!(devices.find(&again, "ada", at(2)), devices.find(&headers, "ada", at(2)));
        assert!(devices.find(&HeaderBlock::new(), "ada", at(0)).is_none());
    }

    #[test]
    fn security_47_a_device_keeps_its_id_for_a_name_and_is_forgotten_in_time() {
        let devices = devices();
        let first = browser(&devices, &["ada"]);
        let field = devices.remember(&first, "ada", at(100)).unwrap();
        let text = field.to_str().unwrap().to_owned();
        assert!(text.ends_with(&format!("Max-Age={}", DEVICE_LIFE.as_secs())), "{text}");
        let mut second = HeaderBlock::new();
        second.insert(header::COOKIE, HeaderValue::from_str(text.split(';').next().unwrap()).unwrap());
        let id = |headers: &HeaderBlock, day| devices.find(headers, "ada", at(day));
        assert_eq!(id(&first, 1), id(&second, 1));
        assert!(id(&first, 179).is_some() && id(&first, 180).is_none());
        assert!(id(&second, 279).is_some() && id(&second, 280).is_none());
    }

    #[test]
    fn security_47_the_longest_names_fit_into_the_cookie() {
        let devices = devices();
        let names: Vec<String> =
            "abcd".chars().map(|letter| format!("{letter}{}", "\"".repeat(255))).collect();
        let headers = browser(&devices, &names.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(names.iter().all(|name| devices.find(&headers, name, at(4)).is_some()));
    }
}
