//! The name of a person in access lines: a keyed hash of their id, the id itself, or none.
//!
//! Lines with the same hash are those of one person. Without the key nobody can tell whose they are, or make the hash of
//! somebody they know.

use std::{borrow::Cow, fmt};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::security::printable;

/// Bytes of a hash that are logged: two of a million people have the same with a chance of one to thirty million.
const HASH_BYTES: usize = 8;

/// How the person of a request is named in its access line. `Debug` does not show the key.
#[derive(Clone, PartialEq, Eq)]
pub enum LogUser {
    /// By a hash of the id, with this key.
    Hash([u8; 32]),
    /// By the id.
    Id,
    /// Not at all.
    Off,
}

impl fmt::Debug for LogUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hash(_) => "Hash(***)",
            Self::Id => "Id",
            Self::Off => "Off",
        })
    }
}

/// Names people.
pub(super) enum Users {
    /// Begun with the key: it is read once, and not for each line.
    Hash(Hmac<Sha256>),
    Id,
    Off,
}

impl Users {
    pub(super) fn new(named: &LogUser) -> Self {
        match named {
            LogUser::Hash(key) => Hmac::new_from_slice(key).map_or(Self::Off, Self::Hash),
            LogUser::Id => Self::Id,
            LogUser::Off => Self::Off,
        }
    }

    /// The name of the person with this id.
    pub(super) fn name<'a>(&self, id: &'a str) -> Option<Cow<'a, str>> {
        match self {
            Self::Hash(begun) => {
                let mut hash = begun.clone();
                hash.update(id.as_bytes());
                let bytes = hash.finalize().into_bytes();
                let first = bytes.first_chunk::<HASH_BYTES>().map_or(0, |first| u64::from_be_bytes(*first));
                Some(format!("{first:016x}").into())
            }
            // An id is the provider's word, and not ours.
            Self::Id => Some(printable(id)),
            Self::Off => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_same_for_one_person_and_one_key_alone() {
        let (one, other) = (Users::new(&LogUser::Hash([1; 32])), Users::new(&LogUser::Hash([2; 32])));
        let ada = one.name("ada").unwrap();
        assert_eq!((ada.len(), one.name("ada").unwrap()), (16, ada.clone()));
        assert!(ada.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(one.name("eve").unwrap(), ada);
        assert_ne!(other.name("ada").unwrap(), ada);
    }

    #[test]
    fn an_id_cannot_forge_a_line_and_no_name_is_none() {
        assert_eq!(Users::new(&LogUser::Id).name("a\nb").unwrap(), "a\u{fffd}b");
        assert_eq!(Users::new(&LogUser::Off).name("ada"), None);
        assert!(!format!("{:?}", LogUser::Hash([7; 32])).contains('7'));
    }
}
