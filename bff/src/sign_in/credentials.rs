//! Signing in with name and password through the upstream's own login endpoint.
//!
//! - `POST {BFF_LOGIN_PATH}` with `{"username","password"}` answers with tokens, see `answer`;
//! - `GET {BFF_ME_PATH}` with the access token answers with its person;
//! - `POST {BFF_REFRESH_PATH}` with the refresh token answers like the login;
//! - `POST {BFF_LOGOUT_PATH}` with both tokens takes the refresh token back, where it is set.
//!
//! `BFF_LOGIN_FIELDS` sets other names, `BFF_LOGIN_FORMAT` makes forms of the requests.

mod answer;
mod content;
mod form;
mod named_token;
pub mod profile;

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use shared::SessionUser;

use upstream::{
    Client, Deadlines, UpstreamError,
    call::{CallResponse, call, fields, json_fields},
    deadline::Deadline,
};

use crate::{
    keys::Secret,
    session::{SignedIn, tokens::Tokens},
    sign_in::{ProviderError, Revoked, given::GivenCredentials},
};

pub use self::form::{FieldPath, LoginForm, LoginFormat, LoginNames};

/// The upstream's sign-in addresses: paths below its base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamLogin {
    /// The path that takes name and password.
    pub login: String,
    /// The path that takes a refresh token.
    pub refresh: String,
    /// The path that tells the person of a token.
    pub me: String,
    /// The path that takes a refresh token back; `None`: there is none.
    pub logout: Option<String>,
}

/// Signs in through the upstream.
#[derive(Debug, Clone)]
pub struct UpstreamCredentials {
    paths: UpstreamLogin,
    form: LoginForm,
    deadlines: Deadlines,
}

impl UpstreamCredentials {
    /// Signs in at `paths` by `form`, within `deadlines`.
    #[must_use]
    pub const fn new(paths: UpstreamLogin, form: LoginForm, deadlines: Deadlines) -> Self {
        Self { paths, form, deadlines }
    }

    /// Exchanges name and password for tokens, and asks for their person.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] for a wrong name or password alike.
    pub async fn sign_in(
        &self,
        client: &Client,
        given: &GivenCredentials,
    ) -> Result<SignedIn, ProviderError> {
        let answer = self.post(client, &self.paths.login, content::sign_in(&self.form, given)).await?;
        // Every client error for a name or a password becomes the same answer to the browser.
        let tokens = self.tokens(&answer, StatusCode::is_client_error)?;
        let user = self.user(client, &tokens).await?;
        Ok(SignedIn { user, tokens, provider_session: None, claims: None })
    }

    /// Exchanges a refresh token for the next tokens.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] where the refresh token is dead.
    pub async fn refresh(&self, client: &Client, refresh: &Secret) -> Result<Tokens, ProviderError> {
        let request = content::refresh(&self.form, refresh);
        let answer = self.post(client, &self.paths.refresh, request).await?;
        // Only these statuses end a session (RFC 6749 §5.2 has 400): a wrong address or a limit does not.
        let dead = [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
        let mut tokens = self.tokens(&answer, |status| dead.contains(status))?;
        if tokens.refresh.is_none() {
            // Not every upstream rotates refresh tokens (RFC 6749 §6).
            tokens.refresh = Some(refresh.clone());
        }
        Ok(tokens)
    }

    /// Gives a refresh token back, with the access token of its session.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] where another try would be refused as well.
    pub async fn revoke(
        &self,
        client: &Client,
        access: &Secret,
        refresh: &Secret,
    ) -> Result<Revoked, ProviderError> {
        let Some(path) = &self.paths.logout else { return Ok(Revoked::Unsupported) };
        let mut headers = json_fields();
        headers.insert(header::AUTHORIZATION, bearer(access)?);
        let content = content::sign_out(&self.form, refresh);
        let deadline = Deadline::start(&self.deadlines);
        let answer = call(client, Method::POST, path, headers, Some(content), deadline).await?;
        match answer.status {
            status if status.is_success() => Ok(Revoked::Done),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                Err(UpstreamError::Overloaded.into())
            }
            status if status.is_server_error() => {
                Err(ProviderError::Unusable(format!("the upstream answered {status}")))
            }
            status => Err(ProviderError::Refused(format!("the upstream answered {status}"))),
        }
    }

    async fn post(&self, client: &Client, path: &str, content: Bytes) -> Result<CallResponse, ProviderError> {
        let deadline = Deadline::start(&self.deadlines);
        let headers = content::header_block(self.form.format);
        Ok(call(client, Method::POST, path, headers, Some(content), deadline).await?)
    }

    /// Reads the tokens of an answer. `is_refusal` selects the statuses that reject the given credentials.
    fn tokens(
        &self,
        answer: &CallResponse,
        is_refusal: impl FnOnce(&StatusCode) -> bool,
    ) -> Result<Tokens, ProviderError> {
        let status = answer.status;
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT) {
            return Err(UpstreamError::Overloaded.into());
        }
        if is_refusal(&status) {
            return Err(ProviderError::Refused(format!("the upstream answered {status}")));
        }
        if !status.is_success() {
            return Err(ProviderError::Unusable(format!("the upstream answered {status}")));
        }
        answer::read(&answer.body, &self.form.names, SystemTime::now())
    }

    async fn user(&self, client: &Client, tokens: &Tokens) -> Result<SessionUser, ProviderError> {
        let mut headers = fields(&[(header::ACCEPT, "application/json")]);
        headers.insert(header::AUTHORIZATION, bearer(&tokens.access)?);
        let deadline = Deadline::start(&self.deadlines);
        let answer = call(client, Method::GET, &self.paths.me, headers, None, deadline).await?;
        if !answer.status.is_success() {
            return Err(ProviderError::Unusable(format!(
                "asked who it is, the upstream answered {}",
                answer.status
            )));
        }
        profile::read(&answer.body).map_err(ProviderError::Unusable)
    }
}

/// The header field with an access token (RFC 6750 §2.1).
///
/// # Errors
/// If the token cannot stand in a field.
pub fn bearer(token: &Secret) -> Result<HeaderValue, ProviderError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
        .map_err(|_| ProviderError::Unusable("the access token cannot stand in a header field".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}
