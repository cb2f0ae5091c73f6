//! The tokens of a session: the proof that the upstream takes, and that no browser ever sees.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::keys::Secret;

/// The longest time before its end at which an access token is renewed.
const REFRESH_MARGIN: Duration = Duration::from_secs(30);

/// The shortest time between two renewals.
const PAUSE: Duration = Duration::from_secs(1);

/// Tokens younger than this are not renewed because an upstream refuses them: it refuses the request, not the token.
const YOUNG: Duration = Duration::from_secs(5);

/// The result of a login or a refresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// The access token, which goes upstream as `Authorization: Bearer`.
    pub access: Secret,
    /// The refresh token, which brings the next access token; `None` where the session ends with this one.
    pub refresh: Option<Secret>,
    /// Time at which the access token was issued to us.
    pub issued: SystemTime,
    /// Time at which the access token ends; `None` where the issuer did not say. The upstream's 401 then tells.
    pub expires: Option<SystemTime>,
}

impl Tokens {
    /// Whether the access token should be renewed before it is used: within 30 s of its end, or within the last
    /// quarter of a life that is shorter than two minutes.
    #[must_use]
    fn are_due(&self, now: SystemTime) -> bool {
        let Some(expires) = self.expires else { return false };
        let life = expires.duration_since(self.issued).unwrap_or_default();
        expires.duration_since(now).unwrap_or_default() <= REFRESH_MARGIN.min(life / 4)
    }

    /// Whether the access token is to be renewed now. Tokens that are due as soon as they are issued (the clocks differ) are not
    /// renewed for every request.
    #[must_use]
    pub fn want_renewal(&self, now: SystemTime) -> bool {
        self.are_due(now) && self.age(now) >= PAUSE
    }

    /// Whether new tokens would help against a refusal (401): these are not young, or have ended.
    #[must_use]
    pub fn may_be_refused(&self, now: SystemTime) -> bool {
        self.age(now) >= YOUNG || self.have_ended(now)
    }

    fn age(&self, now: SystemTime) -> Duration {
        now.duration_since(self.issued).unwrap_or_default()
    }

    /// Whether the access token has ended for certain.
    #[must_use]
    pub fn have_ended(&self, now: SystemTime) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

/// The `exp` of a token that is a JWT with one (RFC 7519 §4.1.4). It is not verified: the token comes from its
/// issuer, and only its own use depends on the value.
#[must_use]
pub fn expiry_of_jwt(token: &str) -> Option<SystemTime> {
    #[derive(serde::Deserialize)]
    struct Claims {
        exp: f64,
    }
    let mut parts = token.split('.');
    let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(claims.exp).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn tokens(issued: u64, expires: u64) -> Tokens {
        Tokens { access: Secret::new("a"), refresh: None, issued: at(issued), expires: Some(at(expires)) }
    }

    #[test]
    fn a_token_is_renewed_shortly_before_its_end() {
        let hour = tokens(0, 3600);
        assert!(!hour.are_due(at(3569)) && hour.are_due(at(3570)) && hour.are_due(at(9999)));
        let short = tokens(0, 8);
        assert!(!short.are_due(at(5)) && short.are_due(at(6)));
        assert!(!short.have_ended(at(7)) && short.have_ended(at(8)));
        let unknown = Tokens { expires: None, ..hour };
        assert!(!unknown.are_due(at(u64::from(u32::MAX))) && !unknown.have_ended(at(9999)));
    }

    #[test]
    fn a_secret_is_not_printed() {
        let text = format!("{:?}", tokens(0, 1));
        assert!(text.contains("***") && !text.contains("\"a\""), "{text}");
    }

    #[test]
    fn the_end_of_a_jwt_is_read_and_nothing_else_is_guessed() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"exp":1700000000,"id":1}"#);
        assert_eq!(expiry_of_jwt(&format!("h.{claims}.s")), Some(at(1_700_000_000)));
        let endless = URL_SAFE_NO_PAD.encode(r#"{"exp":1e300}"#);
        for other in
            ["", "opaque", "a.b", "a.b.c", "a.b.c.d", &format!("h.{endless}.s"), &format!("h.{claims}")]
        {
            assert_eq!(expiry_of_jwt(other), None, "{other}");
        }
    }
}
