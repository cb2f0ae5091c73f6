//! The state of a sign-in under way. It is kept here, bound by its own cookie to the browser that began it, and taken
//! out once.

use std::time::{Duration, SystemTime};

use super::{
    sessions::{BeginError, Sessions},
    store::LoginState,
};
use crate::{keys::SessionId, redis::StoreError, session::store::Term};
use http_message::HeaderBlock;

/// Time that a person may take at the provider.
pub const LOGIN_STATE_LIFE: Duration = Duration::from_secs(600);

impl Sessions {
    /// Keeps a sign-in that begins at `now`; the id is for the cookie of the browser that began it.
    ///
    /// # Errors
    /// [`BeginError`].
    pub async fn keep_login_state(
        &self,
        attempt: LoginState,
        now: SystemTime,
    ) -> Result<SessionId, BeginError> {
        let id = SessionId::random()?;
        let Some(key) = self.keys.name(&id) else { return Err(getrandom::Error::UNSUPPORTED.into()) };
        self.store.keep_login_state(key, attempt, Term::of(now, LOGIN_STATE_LIFE)).await?;
        Ok(id)
    }

    /// Takes out the sign-in that a request's cookie names. It can be taken only once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_login_state(
        &self,
        headers: &HeaderBlock,
        now: SystemTime,
    ) -> Result<Option<LoginState>, StoreError> {
        let Some(id) = self.login_cookie.as_ref().and_then(|cookie| cookie.read(headers)) else {
            return Ok(None);
        };
        for key in self.keys.names(&id) {
            if let Some(attempt) = self.store.take_login_state(&key, now).await? {
                return Ok(Some(attempt));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::session::cookie::CookieRule;

    #[test]
    fn the_cookie_of_a_sign_in_lives_as_long_as_what_is_kept_of_it() {
        let rule = CookieRule::login(&Url::parse("http://localhost").unwrap()).unwrap();
        let field = rule.set(&SessionId::random().unwrap()).unwrap();
        let life = format!("Max-Age={}", LOGIN_STATE_LIFE.as_secs());
        assert!(field.to_str().unwrap().ends_with(&life), "{field:?}");
    }
}
