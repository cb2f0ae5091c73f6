//! Claims about a person, for the session and for admission: from the ID token, and from userinfo where the ID token
//! lacks one (OpenID Connect Core 1.0 §5.3, §12.2).

use openidconnect::{OAuth2TokenResponse as _, TokenResponse as _};
use serde_json::{Map, Value};

use super::{
    OidcOptions, OidcProvider, ProviderError,
    discovery::Known,
    jws::payload,
    types::{IdToken, IdTokenClaims, OidcTokenAnswer},
};
use crate::{
    session::{CLAIMS_MAX, ClaimName, PersonClaims},
    sign_in::renewed::{KnownPerson, Reassessed},
};
use telemetry::security::SessionEnd;

/// All claims of one person in an answer of the provider.
#[derive(Default)]
pub(super) struct AllClaims {
    /// Those of a verified ID token.
    pub(super) id_token: Option<Value>,
    /// Those of userinfo, about the same person.
    pub(super) userinfo: Option<Value>,
}

impl AllClaims {
    /// All claims of a token that has been verified.
    pub(super) fn of_verified(id_token: &IdToken) -> Result<Self, ProviderError> {
        let unusable = || ProviderError::Unusable("the ID token cannot be read".to_owned());
        // The crate keeps only the claims that its types name.
        let text = serde_json::to_value(id_token).map_err(|_| unusable())?;
        let claims = text.as_str().and_then(payload).ok_or_else(unusable)?;
        Ok(Self { id_token: Some(claims), userinfo: None })
    }

    /// The sources that answered, the ID token first.
    fn sources(&self) -> Vec<&Value> {
        [&self.id_token, &self.userinfo].into_iter().flatten().collect()
    }

    fn find(&self, name: &ClaimName) -> Option<&Value> {
        self.sources().into_iter().find_map(|source| name.find(source))
    }

    /// The claims of these names; `before` has those that cannot be asked for now.
    pub(super) fn selected(&self, names: &[ClaimName], before: Option<&PersonClaims>) -> Map<String, Value> {
        let known = |name: &ClaimName| before?.named.get(name.as_str());
        let found = names.iter().filter_map(|name| {
            let value = self.find(name).or_else(|| known(name))?;
            Some((name.as_str().to_owned(), value.clone()))
        });
        found.collect()
    }
}

impl OidcProvider {
    /// Whether an ID token lacks a claim that is wanted.
    pub(super) fn lacks_claims(&self, all: &AllClaims) -> bool {
        let OidcOptions { claims, admission, .. } = &self.shared.config;
        if claims.is_empty() && admission.is_none() {
            return false;
        }
        let Some(id_token) = &all.id_token else { return true };
        claims.iter().any(|name| name.find(id_token).is_none())
            || admission.as_ref().is_some_and(|admission| admission.lacks(id_token))
    }

    /// Whether the person of these claims may sign in.
    pub(super) fn admits(&self, all: &AllClaims) -> bool {
        let admission = self.shared.config.admission.as_ref();
        admission.is_none_or(|admission| admission.admits(&all.sources()))
    }

    /// The claims that a session begins with.
    ///
    /// # Errors
    /// [`ProviderError::Unusable`] where they are over [`CLAIMS_MAX`].
    pub(super) fn kept(
        &self,
        all: &AllClaims,
        verified: &IdTokenClaims,
    ) -> Result<Option<Box<PersonClaims>>, ProviderError> {
        let named = all.selected(&self.shared.config.claims, None);
        let length = PersonClaims::length_of(&named);
        if length > CLAIMS_MAX {
            let told = format!("the claims of BFF_OIDC_CLAIMS have {length} bytes, over {CLAIMS_MAX}");
            return Err(ProviderError::Unusable(told));
        }
        let acr = verified.auth_context_ref().map(|acr| acr.to_string());
        let auth_time = verified.auth_time().and_then(|time| u64::try_from(time.timestamp()).ok());
        Ok(PersonClaims { named, acr, auth_time }.kept())
    }

    /// What the provider says of the person `before` with renewed tokens. Where it cannot be asked for a claim, what
    /// was known of it holds on: its troubles sign nobody out.
    pub(super) async fn reassess(
        &self,
        known: &Known,
        received: &OidcTokenAnswer,
        before: KnownPerson<'_>,
    ) -> Reassessed {
        let OidcOptions { claims: names, admission, .. } = &self.shared.config;
        if names.is_empty() && admission.is_none() {
            return Reassessed::AsBefore;
        }
        let mut all = AllClaims::default();
        if let Some(id_token) = received.id_token() {
            match self.verified_again(known.clone(), id_token, received.access_token()).await {
                Ok(claims) if claims.subject().as_str() != before.id => {
                    return Reassessed::Ended(SessionEnd::AnotherPerson);
                }
                Ok(_) => all = AllClaims::of_verified(id_token).unwrap_or_default(),
                Err(err) => tracing::warn!(error = %err, "the ID token of a refresh is left aside"),
            }
        }
        let mut is_complete = true;
        if self.lacks_claims(&all) {
            match self.userinfo(known, before.id, received.access_token()).await {
                Ok(userinfo) => all.userinfo = userinfo,
                Err(ProviderError::Refused(_)) => return Reassessed::Ended(SessionEnd::AnotherPerson),
                Err(err) => {
                    is_complete = false;
                    tracing::warn!(error = %err, "userinfo cannot be had at a refresh: claims stay as they were");
                }
            }
        }
        if all.sources().is_empty() {
            return Reassessed::AsBefore;
        }
        if is_complete && !self.admits(&all) {
            return Reassessed::Ended(SessionEnd::NotAdmitted);
        }
        let named = all.selected(names, before.claims.filter(|_| !is_complete));
        match PersonClaims::length_of(&named) {
            0..=CLAIMS_MAX => Reassessed::Claims(named),
            _ => Reassessed::Ended(SessionEnd::TooLarge),
        }
    }
}
