//! Verifies ID tokens (OpenID Connect Core 1.0 §3.1.3.7), and fetches newer keys where a signature needs them.

use std::time::SystemTime;

use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, IdTokenVerifier, Nonce, NonceVerifier,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm},
};

use super::{
    CLOCK_SKEW, OidcProvider, ProviderError, Secret,
    discovery::Known,
    types::{IdToken, IdTokenClaims},
};

/// The algorithms that may sign tokens: asymmetric ones only. A symmetric one would make our own secret, or a public
/// key taken for one, as good as the provider's private key.
pub(super) const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

impl OidcProvider {
    /// The claims of a token that is valid at `now`, has this `nonce`, and belongs to `access`.
    pub(super) async fn verified<'t>(
        &self,
        known: Known,
        token: &'t IdToken,
        nonce: &Secret,
        access: &AccessToken,
        now: SystemTime,
    ) -> Result<&'t IdTokenClaims, ProviderError> {
        let nonce = Nonce::new(nonce.expose().to_owned());
        self.verified_by(known, |known| self.verify(known, token, &nonce, access, now)).await
    }

    /// The claims of a token that came with a refresh. It needs no nonce (§12.2): the refresh token ties it to its
    /// session.
    pub(super) async fn verified_again<'t>(
        &self,
        known: Known,
        token: &'t IdToken,
        access: &AccessToken,
    ) -> Result<&'t IdTokenClaims, ProviderError> {
        let now = SystemTime::now();
        self.verified_by(known, |known| self.verify(known, token, |_: Option<&Nonce>| Ok(()), access, now))
            .await
    }

    /// The claims that `verify` finds right, by newer keys where the signature fits none of those known.
    async fn verified_by<'t>(
        &self,
        known: Known,
        verify: impl Fn(&Known) -> Result<&'t IdTokenClaims, ClaimsVerificationError>,
    ) -> Result<&'t IdTokenClaims, ProviderError> {
        let first = verify(&known);
        let verified = match first {
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                match self.shared.discovery.newer_keys(&self.http, &known).await? {
                    Some(newer) => verify(&newer),
                    None => first,
                }
            }
            _ => first,
        };
        verified.map_err(|err| ProviderError::Refused(format!("the ID token: {err}")))
    }

    fn verify<'t>(
        &self,
        known: &Known,
        token: &'t IdToken,
        nonce: impl NonceVerifier,
        access: &AccessToken,
        now: SystemTime,
    ) -> Result<&'t IdTokenClaims, ClaimsVerificationError> {
        let verifier = self.verifier(known, now);
        let claims = token.claims(&verifier, nonce)?;
        if claims.authorized_party().is_some_and(|party| **party != self.shared.config.client_id) {
            return Err(ClaimsVerificationError::InvalidAudience("it was issued to another".to_owned()));
        }
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = token.signing_alg().map_err(ClaimsVerificationError::SignatureVerification)?;
            let key = token.signing_key(&verifier).map_err(ClaimsVerificationError::SignatureVerification)?;
            let hash = AccessTokenHash::from_token(access, algorithm, key);
            if hash.is_ok_and(|hash| hash != *expected) {
                return Err(ClaimsVerificationError::Other("it belongs to another access token".to_owned()));
            }
        }
        Ok(claims)
    }

    /// A verifier that lets `exp` have passed, and `iat` be to come, by the clock skew at most. The age of `iat` does
    /// not matter: the nonce ties the token to its sign-in, and some providers backdate it on purpose.
    fn verifier(&self, known: &Known, now: SystemTime) -> IdTokenVerifier<'_, CoreJsonWebKey> {
        let client_id = ClientId::new(self.shared.config.client_id.clone());
        // A confidential client's verifier would also check HS256 with the client's secret.
        IdTokenVerifier::new_public_client(client_id, known.document.issuer().clone(), (*known.keys).clone())
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || (now - CLOCK_SKEW).into())
            .set_issue_time_verifier_fn(move |issued| {
                if SystemTime::from(issued) <= now + CLOCK_SKEW {
                    Ok(())
                } else {
                    Err("it was issued in the future".to_owned())
                }
            })
    }
}
