//! Signed JWTs that are no ID tokens (RFC 7515, RFC 7519). The crate verifies signatures; the accepted types and
//! algorithms are decided here.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{
    JsonWebKey as _,
    core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm},
};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};

use super::id_token::ALGORITHMS;

/// A JWS in compact form (RFC 7515 §7.1), of the right type and not yet verified.
pub(super) struct Jws<'t> {
    header: Header,
    signed: &'t str,
    payload: &'t str,
    signature: Vec<u8>,
}

/// Reasons why a token is not read at all.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotTaken {
    #[error("it is no signed JWT")]
    Malformed,
    #[error("it is of another type")]
    Type,
    #[error("it is signed in a way that is not taken")]
    Algorithm,
    #[error("it does not hold what it has to")]
    Content,
}

#[derive(Deserialize)]
struct Header {
    alg: CoreJwsSigningAlgorithm,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<IgnoredAny>,
}

impl<'t> Jws<'t> {
    /// Reads a token that declares the type `typ`.
    pub(super) fn parse(jwt: &'t str, typ: &str) -> Result<Self, NotTaken> {
        let (signed, signature) = jwt.rsplit_once('.').ok_or(NotTaken::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(NotTaken::Malformed)?;
        let header: Header = decode(header)?;
        if !header.typ.as_deref().is_some_and(|given| is_type(given, typ)) {
            return Err(NotTaken::Type);
        }
        // `crit` names extensions that have to be understood (RFC 7515 §4.1.11): none is.
        if header.crit.is_some() || !ALGORITHMS.contains(&header.alg) {
            return Err(NotTaken::Algorithm);
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| NotTaken::Malformed)?;
        Ok(Self { header, signed, payload, signature })
    }

    /// Whether one of `keys` has signed the token: the key that it names, where it names one.
    pub(super) fn is_signed_by(&self, keys: &CoreJsonWebKeySet) -> bool {
        let named = self.header.kid.as_deref();
        let mut meant = keys
            .keys()
            .iter()
            .filter(|key| named.is_none_or(|named| key.key_id().is_some_and(|id| id.as_str() == named)));
        // The crate checks that key and algorithm fit each other.
        meant.any(|key| {
            key.verify_signature(&self.header.alg, self.signed.as_bytes(), &self.signature).is_ok()
        })
    }

    /// The claims of the token.
    pub(super) fn claims<T: DeserializeOwned>(&self) -> Result<T, NotTaken> {
        decode(self.payload)
    }
}

/// The claims of a token that the crate has verified.
pub(super) fn payload(jwt: &str) -> Option<serde_json::Value> {
    decode(jwt.split('.').nth(1)?).ok()
}

/// Compares types as media types: in any case, with or without `application/` (RFC 7515 §4.1.9).
fn is_type(given: &str, wanted: &str) -> bool {
    let given = given.to_ascii_lowercase();
    given.strip_prefix("application/").unwrap_or(&given) == wanted
}

fn decode<T: DeserializeOwned>(part: &str) -> Result<T, NotTaken> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| NotTaken::Content)?;
    serde_json::from_slice(&json).map_err(|_| NotTaken::Content)
}
