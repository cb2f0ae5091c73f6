//! Requests about the session. They are answered by the BFF itself. Its cookie is out of reach of scripts; the browser
//! adds it to each request, and none of the answers holds anything secret.

use shared::{
    Credentials, Method, OwnSessions, SessionInfo, SignedOut,
    session::{LOGIN_PATH, LOGOUT_PATH, SESSION_PATH, SESSIONS_PATH},
};
use web_sys::AbortSignal;

use super::{client::decode, error::ApiError, exchange::exchange, inlined::inlined};

/// The session: its person, and the way to sign in.
pub(crate) async fn session(signal: &AbortSignal) -> Result<SessionInfo, ApiError> {
    decode(exchange(Method::Get, SESSION_PATH, None, Some(signal)).await?)
}

/// The session, where the page came with it.
pub(crate) fn inlined_session() -> Option<SessionInfo> {
    inlined(SESSION_PATH)
}

/// Exchanges name and password for a session.
pub(crate) async fn sign_in(credentials: &Credentials) -> Result<SessionInfo, ApiError> {
    let body = serde_json::to_string(credentials).map_err(|_| ApiError::Decode)?;
    decode(exchange(Method::Post, LOGIN_PATH, Some(body), None).await?)
}

/// Ends the session.
pub(crate) async fn sign_out() -> Result<SignedOut, ApiError> {
    decode(exchange(Method::Post, LOGOUT_PATH, None, None).await?)
}

/// All sessions of the person.
pub(crate) async fn own_sessions(signal: &AbortSignal) -> Result<OwnSessions, ApiError> {
    decode(exchange(Method::Get, SESSIONS_PATH, None, Some(signal)).await?)
}

/// Ends another of the person's sessions.
pub(crate) async fn end_session(handle: &str) -> Result<(), ApiError> {
    let address = [SESSIONS_PATH, "/", handle].concat();
    exchange(Method::Delete, &address, None, None).await.map(drop)
}
