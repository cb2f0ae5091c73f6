//! Session ids, which only their browsers hold, and the names that sessions are stored under.
//!
//! A name is a keyed hash of the id: a reader of the store learns no cookie. Without the key an attacker can neither
//! make a name for an id of their own nor recognise one.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::entropy::is_guessable;

/// Bytes of an id: twice the required minimum (OWASP ASVS 5.0, 7.2.3).
const ID_BYTES: usize = 32;

/// Characters of an id in a cookie.
const ID_CHARS: usize = 43;

/// Most keys that may be given: a rotation never needs more than two.
const KEYS_MAX: usize = 8;

/// The id that proves a browser's session. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionId([u8; ID_BYTES]);

impl SessionId {
    /// A new id that cannot be guessed.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; ID_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The id in a cookie's value; `None` for a value that was never an id.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        if value.len() != ID_CHARS {
            return None;
        }
        URL_SAFE_NO_PAD.decode(value).ok()?.try_into().ok().map(Self)
    }

    /// The cookie's value.
    #[must_use]
    pub fn to_cookie_value(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(***)")
    }
}

/// The name that a session, or a sign-in under way, is stored under.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoreKey([u8; 32]);

impl StoreKey {
    /// A name that was made in another way than by [`SessionKeys`].
    pub const fn from_bytes(name: [u8; 32]) -> Self {
        Self(name)
    }

    /// The name as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The name that `text` is; `None` if it is none.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The name as bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The keys of `BFF_SESSION_KEY`, or a random one.
#[derive(PartialEq, Eq)]
pub struct SessionKeys(Vec<[u8; 32]>);

impl SessionKeys {
    /// A random key that lives as long as the process.
    #[must_use]
    pub fn random() -> Self {
        let mut key = [0; 32];
        // Without randomness no session can be made either; that failure is reported there.
        Self(getrandom::fill(&mut key).map(|()| vec![key]).unwrap_or_default())
    }

    /// Reads keys of 64 hex digits, separated by commas.
    ///
    /// # Errors
    /// A message without the key.
    pub fn parse(given: &str) -> Result<Self, String> {
        const EXPECTED: &str = "expected 64 hex digits (openssl rand -hex 32), several by comma";
        let keys: Vec<[u8; 32]> = given
            .split(',')
            .map(|key| match from_hex(key.trim()) {
                None => Err(format!("is not a key; {EXPECTED}")),
                Some(key) if is_varied(&key) => Ok(key),
                Some(_) => Err(format!("is one byte over and over, which anybody can guess; {EXPECTED}")),
            })
            .collect::<Result<_, _>>()?;
        if keys.len() > KEYS_MAX {
            return Err(format!("holds more than {KEYS_MAX} keys; {EXPECTED}"));
        }
        Ok(Self(keys))
    }

    /// Whether one of the keys was hardly drawn at random.
    #[must_use]
    pub fn are_guessable(&self) -> bool {
        self.0.iter().any(is_guessable)
    }

    /// Whether every one of these keys is among those of `others`.
    #[must_use]
    pub fn are_all_among(&self, others: &Self) -> bool {
        self.0.iter().all(|key| others.0.contains(key))
    }

    /// The keys themselves, for deriving others from them.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.0.iter()
    }

    /// The name for a new id, by the first key.
    #[must_use]
    pub fn name(&self, id: &SessionId) -> Option<StoreKey> {
        self.names(id).next()
    }

    /// The names that `id` may be stored under, by every key.
    pub fn names(&self, id: &SessionId) -> impl Iterator<Item = StoreKey> {
        self.0.iter().filter_map(move |key| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
            mac.update(&id.0);
            Some(StoreKey(mac.finalize().into_bytes().into()))
        })
    }
}

impl fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKeys({})", self.0.len())
    }
}

/// Whether a key can have been drawn at random: one byte over and over was typed.
fn is_varied(key: &[u8; 32]) -> bool {
    key.iter().any(|byte| byte != &key[0])
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut key = [0; 32];
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_06_an_id_has_256_bits_of_randomness_and_no_two_are_alike() {
        let (one, two) = (SessionId::random().unwrap(), SessionId::random().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.to_cookie_value().len(), ID_CHARS);
        assert_eq!(SessionId::parse(&one.to_cookie_value()), Some(one));
        for planted in ["", "1", &"a".repeat(ID_CHARS - 1), &"=".repeat(ID_CHARS), &"a".repeat(5000)] {
            assert_eq!(SessionId::parse(planted), None, "{planted}");
        }
    }

    #[test]
    fn a_new_key_names_and_an_old_one_still_finds() {
        let (old, new) = ("0a1b".repeat(16), "0b1a".repeat(16));
        let id = SessionId::random().unwrap();
        let before = SessionKeys::parse(&old).unwrap().name(&id).unwrap();
        let rotated = SessionKeys::parse(&format!("{new}, {old}")).unwrap();
        assert_ne!(rotated.name(&id).unwrap(), before);
        assert!(rotated.names(&id).any(|name| name == before));
        assert!(!SessionKeys::parse(&new).unwrap().names(&id).any(|name| name == before));
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_repeated() {
        for wrong in [
            "",
            "abc",
            &"0g".repeat(32),
            &format!("{},", "0a1b".repeat(16)),
            &"é".repeat(32),
            &"00".repeat(32),
        ] {
            let problem = SessionKeys::parse(wrong).unwrap_err();
            assert!(problem.contains("64 hex digits") && (wrong.is_empty() || !problem.contains(wrong)));
        }
    }
}
