//! JSON Web Tokens, HS256 only (RFC 7519, RFC 7515). Pure: it is handed the time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::digest::InvalidLength;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The header of every token: `{"alg":"HS256","typ":"JWT"}`.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// The person that a token is about, in the service's field order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Profile {
    pub(crate) id: i64,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) gender: String,
    pub(crate) image: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    #[serde(flatten)]
    profile: Profile,
    iat: u64,
    exp: u64,
}

/// The reason why a token could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignError {
    #[error("the claims cannot be written as JSON")]
    Claims(#[from] serde_json::Error),
    #[error("the key cannot be used")]
    Key(#[from] InvalidLength),
}

/// The reason why a token is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// It does not have the form of a token.
    Malformed,
    /// It has three parts, but a blank among them: something stands in front of the token.
    Unreadable,
    /// It was not signed by us, not with our algorithm, or changed since.
    Signature,
    /// It was ours.
    Expired,
}

/// A token about `profile`, issued at `now` and good for `lifetime`, both in seconds.
///
/// # Errors
/// [`SignError`], which neither a profile nor a key that we made can cause.
pub(crate) fn sign(secret: &[u8], profile: &Profile, now: u64, lifetime: u64) -> Result<String, SignError> {
    let claims = Claims { profile: profile.clone(), iat: now, exp: now.saturating_add(lifetime) };
    let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims)?);
    let signed = format!("{HEADER}.{payload}");
    let signature = mac(secret, &signed)?.finalize().into_bytes();
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// The person that a token is about, if it is ours and valid at `now`, in seconds.
///
/// # Errors
/// [`TokenError`], judged in its order.
pub(crate) fn verify(secret: &[u8], token: &str, now: u64) -> Result<Profile, TokenError> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        return Err(TokenError::Malformed);
    };
    if token.contains(' ') {
        return Err(TokenError::Unreadable);
    }
    let algorithm = json::<Header>(header).ok_or(TokenError::Malformed)?.alg;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenError::Signature)?;
    let signed = &token[..header.len() + 1 + payload.len()];
    // In constant time, and never with an algorithm that the token chose.
    let genuine = mac(secret, signed).is_ok_and(|mac| mac.verify_slice(&signature).is_ok());
    if algorithm != "HS256" || !genuine {
        return Err(TokenError::Signature);
    }
    let claims: Claims = json(payload).ok_or(TokenError::Malformed)?;
    if now >= claims.exp { Err(TokenError::Expired) } else { Ok(claims.profile) }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

fn json<T: serde::de::DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn mac(secret: &[u8], text: &str) -> Result<Hmac<Sha256>, InvalidLength> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret)?;
    mac.update(text.as_bytes());
    Ok(mac)
}

#[cfg(test)]
mod tests;
