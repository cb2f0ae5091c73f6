//! `/auth`: logging in, tokens, and who a token is about. The service keeps no session: a token is good until
//! it expires, access and refresh tokens differ only in how long that is, and logging out revokes nothing.

use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::http::header::{self, HeaderMap, HttpDate};
use serde::Serialize;
use serde_json::{Map, Value};

use super::call::Call;
use crate::error::ApiError;
use crate::javascript;
use crate::jwt::{self, Profile, TokenError};
use crate::reply::Reply;
use crate::users::User;

/// Life time of an access token when the client names none.
const ACCESS_MINUTES: f64 = 60.0;
/// Life time of a refresh token, and the longest of an access token: 30 days.
const REFRESH_MINUTES: f64 = 43_200.0;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    access_token: String,
    refresh_token: String,
}

#[derive(Serialize)]
struct Login {
    #[serde(flatten)]
    tokens: Tokens,
    #[serde(flatten)]
    profile: Profile,
}

pub(super) fn login(call: &Call<'_>) -> Result<Reply, ApiError> {
    let given = |name| call.body.get(name).filter(|value| javascript::truthy(value));
    let (Some(username), Some(password)) = (given("username"), given("password")) else {
        return Err(ApiError::CredentialsRequired);
    };
    let username = username.as_str().ok_or(ApiError::InvalidUsername)?;
    let minutes = access_minutes(&call.body)?;
    let user = call.state.users.by_username(username).ok_or(ApiError::InvalidCredentials)?;
    if password.as_str() != Some(user.password.as_str()) {
        return Err(ApiError::InvalidCredentials);
    }
    let profile = profile(user)?;
    let tokens = issue(call, &profile, minutes)?;
    let cookies = cookies(&tokens, minutes);
    with_cookies(Reply::json(&Login { tokens, profile })?, cookies)
}

pub(super) fn refresh(call: &Call<'_>) -> Result<Reply, ApiError> {
    let given = call.body.get("refreshToken").filter(|value| javascript::truthy(value));
    let token = match given {
        Some(value) => value.as_str().ok_or(ApiError::InvalidRefreshToken)?.to_owned(),
        None => cookie(call.head.headers(), "refreshToken").ok_or(ApiError::RefreshTokenRequired)?,
    };
    let minutes = access_minutes(&call.body)?;
    let claimed =
        jwt::verify(&call.state.secret, &token, now()).map_err(|_| ApiError::InvalidRefreshToken)?;
    let user = holder(call, &claimed).ok_or(ApiError::InvalidRefreshToken)?;
    let tokens = issue(call, &profile(user)?, minutes)?;
    let cookies = cookies(&tokens, minutes);
    with_cookies(Reply::json(&tokens)?, cookies)
}

pub(super) fn me(user: &User) -> Result<Reply, ApiError> {
    Reply::json(&user.full)
}

pub(super) fn logout() -> Result<Reply, ApiError> {
    #[derive(Serialize)]
    struct Message {
        message: &'static str,
    }
    with_cookies(Reply::json(&Message { message: "Logged out successfully" })?, cleared_cookies())
}

/// The user whose token a request carries, in `Authorization` or else in a cookie.
pub(super) fn user<'a>(call: &Call<'a>) -> Result<&'a User, ApiError> {
    let headers = call.head.headers();
    let field = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let given = field.filter(|value| !value.is_empty()).or_else(|| cookie(headers, "accessToken"));
    let given = given.ok_or(ApiError::TokenRequired)?;
    // Only this spelling is taken off; with another one the rest is not a token.
    let token = given.strip_prefix("Bearer ").unwrap_or(&given);
    let claimed = jwt::verify(&call.state.secret, token, now()).map_err(|err| match err {
        TokenError::Malformed => ApiError::TokenMalformed,
        TokenError::Unreadable => ApiError::TokenUnreadable,
        TokenError::Signature => ApiError::TokenSignature,
        TokenError::Expired => ApiError::TokenExpired,
    })?;
    holder(call, &claimed).ok_or(ApiError::TokenOfNobody)
}

/// The answer to a request without a good token: the error, and an end to the cookies.
pub(super) fn refused(err: &ApiError) -> Reply {
    let mut reply = Reply::error(err);
    for cookie in cleared_cookies() {
        reply.append(header::SET_COOKIE, &cookie);
    }
    reply
}

fn holder<'a>(call: &Call<'a>, claimed: &Profile) -> Option<&'a User> {
    call.state.users.by_username(&claimed.username).filter(|user| user.id == claimed.id)
}

fn profile(user: &User) -> Result<Profile, ApiError> {
    Ok(serde_json::from_str(&serde_json::to_string(&user.full)?)?)
}

fn issue(call: &Call<'_>, profile: &Profile, minutes: f64) -> Result<Tokens, ApiError> {
    let (secret, now) = (&call.state.secret, now());
    Ok(Tokens {
        access_token: jwt::sign(secret, profile, now, seconds(minutes))?,
        refresh_token: jwt::sign(secret, profile, now, seconds(REFRESH_MINUTES))?,
    })
}

/// `expiresInMins`: a number, or a text that is one, from 1 to 30 days; what is falsy means the longest.
fn access_minutes(body: &Map<String, Value>) -> Result<f64, ApiError> {
    match body.get("expiresInMins") {
        None => Ok(ACCESS_MINUTES),
        Some(value) if !javascript::truthy(value) => Ok(REFRESH_MINUTES),
        Some(value) => javascript::number(&javascript::string(value))
            .filter(|minutes| (1.0..=REFRESH_MINUTES).contains(minutes))
            .ok_or(ApiError::InvalidLifetime),
    }
}

fn seconds(minutes: f64) -> u64 {
    (minutes * 60.0) as u64
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn cookies(tokens: &Tokens, minutes: f64) -> [String; 2] {
    let age = seconds(minutes);
    let ends = HttpDate::from(SystemTime::now() + std::time::Duration::from_secs(age));
    [("accessToken", &tokens.access_token), ("refreshToken", &tokens.refresh_token)].map(|(name, value)| {
        format!("{name}={value}; Max-Age={age}; Path=/; Expires={ends}; HttpOnly; Secure")
    })
}

fn cleared_cookies() -> [String; 2] {
    let ended = HttpDate::from(UNIX_EPOCH);
    ["accessToken", "refreshToken"].map(|name| format!("{name}=; Path=/; Expires={ended}; HttpOnly; Secure"))
}

fn with_cookies(mut reply: Reply, cookies: [String; 2]) -> Result<Reply, ApiError> {
    for cookie in cookies {
        reply.append(header::SET_COOKIE, &cookie);
    }
    Ok(reply)
}

fn cookie(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let fields = headers.get_all(header::COOKIE).filter_map(|value| value.to_str().ok());
    let mut pairs = fields.flat_map(|field| field.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == wanted && !value.is_empty()).map(|(_, value)| value.to_owned())
}
