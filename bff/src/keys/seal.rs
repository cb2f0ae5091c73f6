//! Encrypts and authenticates values that are kept outside this process. A reader of that place learns nothing, and a
//! writer forges nothing.
//!
//! Every key of `BFF_SESSION_KEY` is the root of others (HKDF-SHA256, RFC 5869). A record has a key of its own,
//! derived with its name. Random nonces may serve, since no key ever seals more than a few values. A sealed value is
//!
//! ```text
//! format (1 byte) | nonce (12) | AES-256-GCM ciphertext and tag
//! ```
//!
//! with purpose, name and version as associated data. A value that is moved to another place, or put under another
//! version, does not open. A whole record that is put back as it was before does open. The first key seals; all are
//! tried to open.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Prk, Salt},
};

use super::id::{SessionKeys, StoreKey};

/// The format number: the first byte of a sealed value.
const FORMAT: u8 = 1;

/// The salt that separates the keys derived here from every other use of `BFF_SESSION_KEY`.
const SALT: &[u8] = b"bff sealed values 1";

/// Bytes of a name.
const NAME_BYTES: usize = 32;

/// Identifies a sealed value within its record.
#[derive(Debug, Clone, Copy)]
pub struct SealContext<'a> {
    /// The kind of value.
    pub purpose: &'static str,
    /// The record's name.
    pub name: &'a StoreKey,
    /// The version of the value, where it has some.
    pub version: u64,
}

/// A value could not be sealed: there is no key, or no randomness.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("a value could not be sealed")]
pub struct SealError;

/// Seals values and opens them.
pub struct Seal(Vec<Prk>);

impl Seal {
    /// Seals with the first of `keys`.
    #[must_use]
    pub fn new(keys: &SessionKeys) -> Self {
        let salt = Salt::new(HKDF_SHA256, SALT);
        Self(keys.secrets().map(|key| salt.extract(key)).collect())
    }

    /// Encrypts and authenticates `plain`.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal(&self, context: SealContext<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let key = self.0.first().and_then(|root| key_of(root, context.name)).ok_or(SealError)?;
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|_| SealError)?;
        let mut text = plain.to_vec();
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(context.bound()),
            &mut text,
        )
        .map_err(|_| SealError)?;
        Ok([&[FORMAT], nonce.as_slice(), &text].concat())
    }

    /// Opens a sealed value; `None` where no key opens it in this context.
    #[must_use]
    pub fn open(&self, context: SealContext<'_>, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.strip_prefix(&[FORMAT])?.split_at_checked(NONCE_LEN)?;
        self.0.iter().find_map(|root| {
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let mut text = text.to_vec();
            let plain =
                key_of(root, context.name)?.open_in_place(nonce, Aad::from(context.bound()), &mut text);
            plain.ok().map(|plain| plain.to_vec())
        })
    }

    /// Encrypts and authenticates `plain` for a cookie: the name and the sealed value, as text.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal_text(&self, context: SealContext<'_>, plain: &[u8]) -> Result<String, SealError> {
        let sealed = self.seal(context, plain)?;
        Ok(URL_SAFE_NO_PAD.encode([context.name.as_bytes().as_slice(), &sealed].concat()))
    }

    /// Opens a text of [`Seal::seal_text`] of version 0; the name that it was sealed under, and the value.
    #[must_use]
    pub fn open_text(&self, purpose: &'static str, text: &str) -> Option<(StoreKey, Vec<u8>)> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (name, sealed) = bytes.split_first_chunk::<NAME_BYTES>()?;
        let name = StoreKey::from_bytes(*name);
        let plain = self.open(SealContext { purpose, name: &name, version: 0 }, sealed)?;
        Some((name, plain))
    }

    /// Names made of parts that must not be readable in the store, one by each key. The first is for new records.
    pub fn names(&self, purpose: &'static str, parts: &[&[u8]]) -> impl Iterator<Item = StoreKey> {
        self.0.iter().filter_map(move |root| {
            // Each part is preceded by its length, so that no two lists run together to the same bytes.
            let mut info = purpose.as_bytes().to_vec();
            for part in parts {
                info.extend_from_slice(&u64::try_from(part.len()).ok()?.to_be_bytes());
                info.extend_from_slice(part);
            }
            let mut name = [0; NAME_BYTES];
            root.expand(&[b"name ", &info], HKDF_SHA256).ok()?.fill(&mut name).ok()?;
            Some(StoreKey::from_bytes(name))
        })
    }
}

impl SealContext<'_> {
    fn bound(&self) -> Vec<u8> {
        [self.purpose.as_bytes(), &[0], self.name.as_bytes(), &self.version.to_be_bytes()].concat()
    }
}

fn key_of(root: &Prk, name: &StoreKey) -> Option<LessSafeKey> {
    let info: [&[u8]; 2] = [b"seal ", name.as_bytes()];
    let key = root.expand(&info, &AES_256_GCM).ok()?;
    Some(LessSafeKey::new(UnboundKey::from(key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SessionId;

    const OLD: &str = "0a1b";
    const NEW: &str = "1b0a";

    fn seal(keys: &[&str]) -> Seal {
        let keys: Vec<String> = keys.iter().map(|key| key.repeat(16)).collect();
        Seal::new(&SessionKeys::parse(&keys.join(",")).unwrap())
    }

    fn name() -> StoreKey {
        SessionKeys::random().name(&SessionId::random().unwrap()).unwrap()
    }

    #[test]
    fn security_03_what_is_sealed_opens_in_its_own_place_only() {
        let (seal, name, other) = (seal(&[OLD]), name(), name());
        let place = SealContext { purpose: "tokens", name: &name, version: 3 };
        let sealed = seal.seal(place, b"access token").unwrap();
        assert!(!sealed.windows(6).any(|bytes| bytes == b"access"));
        assert_ne!(sealed, seal.seal(place, b"access token").unwrap(), "no two are alike");
        assert_eq!(seal.open(place, &sealed).as_deref(), Some(&b"access token"[..]));
        for elsewhere in [
            SealContext { purpose: "person", ..place },
            SealContext { version: 2, ..place },
            SealContext { name: &other, ..place },
        ] {
            assert_eq!(seal.open(elsewhere, &sealed), None, "{elsewhere:?}");
        }
    }

    #[test]
    fn security_03_what_was_changed_or_cut_does_not_open() {
        let (seal, name) = (seal(&[OLD]), name());
        let place = SealContext { purpose: "tokens", name: &name, version: 0 };
        let sealed = seal.seal(place, b"access token").unwrap();
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(seal.open(place, &changed), None, "byte {index}");
            assert_eq!(seal.open(place, &sealed[..index]), None, "cut at {index}");
        }
    }

    #[test]
    fn a_new_key_seals_and_an_old_one_still_opens() {
        let name = name();
        let place = SealContext { purpose: "tokens", name: &name, version: 0 };
        let before = seal(&[OLD]).seal(place, b"x").unwrap();
        let rotated = seal(&[NEW, OLD]);
        assert!(rotated.open(place, &before).is_some());
        let after = rotated.seal(place, b"x").unwrap();
        assert!(seal(&[NEW]).open(place, &after).is_some());
        assert!(seal(&[OLD]).open(place, &after).is_none());
        assert!(seal(&[NEW]).open(place, &before).is_none());
    }

    #[test]
    fn names_differ_by_key_purpose_and_how_their_parts_are_cut() {
        let names = |seal: &Seal, purpose, parts: &[&[u8]]| seal.names(purpose, parts).collect::<Vec<_>>();
        let (old, both) = (seal(&[OLD]), seal(&[NEW, OLD]));
        let owner = names(&old, "owner", &[b"user", b"ada"]);
        assert_eq!(owner.len(), 1);
        assert_eq!(names(&both, "owner", &[b"user", b"ada"])[1], owner[0]);
        assert_ne!(names(&old, "owner", &[b"usera", b"da"]), owner);
        assert_ne!(names(&old, "count", &[b"user", b"ada"]), owner);
    }
}
