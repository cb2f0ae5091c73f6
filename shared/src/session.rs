//! Signing in, and the session as the browser sees it: the person and the end, never a token.

use serde::{Deserialize, Serialize};

/// Address of the session: who is signed in (`GET`).
pub const SESSION_PATH: &str = "/bff/session";
/// Address of the sign-in: a form's content (`POST`), or the way to a provider (`GET`, with `?returnUrl=`).
pub const LOGIN_PATH: &str = "/bff/login";
/// Address of the sign-out (`POST`).
pub const LOGOUT_PATH: &str = "/bff/logout";
/// Address of the own sessions (`GET`), and with a handle below it of one of them (`DELETE`).
pub const SESSIONS_PATH: &str = "/bff/sessions";
/// Address of the app's sign-in page, where a server without a session sends people.
pub const SIGN_IN_PAGE: &str = "/login";
/// Query parameter of [`LOGIN_PATH`] and [`SIGN_IN_PAGE`]: the local path to go to afterwards.
pub const RETURN_URL: &str = "returnUrl";

/// Query parameter of [`LOGIN_PATH`] that is passed on to a provider: classes of authentication by space.
pub const ACR_VALUES: &str = "acr_values";
/// Query parameter of [`LOGIN_PATH`] that is passed on to a provider: the longest time since the authentication, in
/// seconds.
pub const MAX_AGE: &str = "max_age";

/// The person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionUser {
    /// The upstream's or the provider's name for the person; unique there and never reused.
    pub id: String,
    /// Login name.
    pub username: String,
    /// The person's display name.
    pub name: String,
}

/// The person who is signed in, with what the provider says of them. `C` is an object by the names of
/// `BFF_OIDC_CLAIMS`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserWithClaims<C> {
    /// The person.
    #[serde(flatten)]
    pub user: SessionUser,
    /// The claims; left out where there are none.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub claims: Option<C>,
}

/// The way to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignIn {
    /// A form with name and password, sent to [`LOGIN_PATH`].
    Form,
    /// A provider's own pages, by way of [`LOGIN_PATH`].
    Provider,
}

/// Answer to `GET /bff/session`. `U` is the person: [`SessionUser`], or [`UserWithClaims`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionInfo<U = SessionUser> {
    /// The person who is signed in, if there is a session.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub user: Option<U>,
    /// When the session ends if nothing happens, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    /// The way to sign in.
    pub sign_in: SignIn,
    /// The provider's display name, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
}

/// Body of `POST /bff/login`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// Login name.
    pub username: String,
    /// Password.
    pub password: String,
}

/// Answer to `POST /bff/logout`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedOut {
    /// The address that ends the provider's session as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continue_at: Option<String>,
}

/// One of the own sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnSession {
    /// Names it in [`SESSIONS_PATH`]; good for nothing else.
    pub handle: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// When it began, in seconds since 1970.
    pub created_at: u64,
    /// When it was last used, in seconds since 1970, to the minute.
    pub last_used_at: u64,
    /// The browser's `User-Agent`.
    pub user_agent: String,
    /// Address that it began from.
    pub address: String,
}

/// Answer to `GET /bff/sessions`, the one that asks first, then by last use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSessions {
    /// The sessions.
    pub sessions: Vec<OwnSession>,
}
