//! Selects the sessions that the OpenID provider ends (OpenID Connect Back-Channel Logout 1.0 §2.7).

use std::{sync::Arc, time::SystemTime};

use telemetry::security::SessionEnd;

use crate::{
    redis::StoreError,
    session::{
        Sessions,
        store::{Owner, Session},
    },
    sign_in::oidc::LogoutClaims,
};

/// Ends the sessions that live at `now` and that `claims` name; returns their number.
///
/// Those are the sessions of the provider's session where it is named, else all of the person's. A session of the
/// person whose sign-in named no provider's session may be the one meant, and ends as well.
///
/// # Errors
/// [`StoreError`].
pub async fn end_by_provider(
    sessions: &Sessions,
    claims: &LogoutClaims,
    now: SystemTime,
) -> Result<usize, StoreError> {
    let LogoutClaims { subject, provider_session, .. } = claims;
    let mut found = Vec::new();
    if let Some(session) = provider_session {
        found = sessions.store().list(&Owner::ProviderSession(session.clone()), now).await?;
        found.retain(|(_, session)| subject.as_ref().is_none_or(|subject| session.user.id == *subject));
    }
    if let Some(subject) = subject {
        let mut own = sessions.store().list(&Owner::User(subject.clone()), now).await?;
        let is_unnamed = |session: &Arc<Session>| session.provider_session.is_none();
        own.retain(|(_, session)| provider_session.is_none() || is_unnamed(session));
        found.extend(own);
    }
    for (key, _) in &found {
        sessions.end(key, SessionEnd::EndedByProvider).await?;
    }
    Ok(found.len())
}
