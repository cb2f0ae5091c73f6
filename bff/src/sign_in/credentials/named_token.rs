//! A refresh token with the name that it came under, as one text for the session. The upstream wants it back under the
//! same name, maybe from a process that has seen no sign-in.

use crate::keys::Secret;

/// Names of a refresh token: DummyJSON, RFC 6749 §5.1, Django SimpleJWT. The first is not written down.
pub(super) const NAMES: [&str; 3] = ["refreshToken", "refresh_token", "refresh"];

/// Stands between name and token. No token has it (RFC 6749, appendix A.17).
const MARK: char = '\n';

/// Puts the name to a token, unless it is the usual one.
pub(super) fn join(name: &str, token: &str) -> Secret {
    if name == NAMES[0] { Secret::new(token) } else { Secret::new(format!("{name}{MARK}{token}")) }
}

/// The name and the token.
pub(super) fn split(secret: &Secret) -> (&str, &str) {
    let named = secret.expose().split_once(MARK).filter(|(name, _)| NAMES.contains(name));
    named.unwrap_or((NAMES[0], secret.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_keeps_its_name_and_one_without_has_the_usual() {
        for name in NAMES {
            assert_eq!(split(&join(name, "a.b.c")), (name, "a.b.c"));
        }
        assert_eq!(
            split(&Secret::new("kept-by-an-older-version")),
            ("refreshToken", "kept-by-an-older-version")
        );
        assert_eq!(split(&Secret::new("other\ntoken")), ("refreshToken", "other\ntoken"));
    }
}
