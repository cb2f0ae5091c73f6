//! Errors while answering a request. The one place where an error gets its status and the words a client sees.

use actix_web::http::StatusCode;

use crate::jwt::SignError;
use crate::store::StoreError;

/// The reason why a request was refused or failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("request limit exceeded, please wait a few seconds")]
    RateLimited,
    #[error("request entity too large")]
    BodyTooLarge,
    #[error("unsupported charset \"{0}\"")]
    UnsupportedCharset(String),
    #[error("unsupported content encoding \"{0}\"")]
    UnsupportedEncoding(String),
    #[error("{0}")]
    MalformedBody(String),
    #[error("Failed to decode param '{0}'")]
    UndecodablePath(String),
    #[error("Invalid '{0}' - must be a number")]
    NotANumber(&'static str),
    #[error("Delay should be a positive number in milliseconds")]
    InvalidDelay,
    #[error("Delay should be less than 5 seconds (5000 milliseconds)")]
    DelayTooLong,
    #[error("Status code '{0}' is invalid")]
    InvalidStatus(String),
    #[error("Status code '{0}' is not supported")]
    UnsupportedStatus(String),
    #[error("Todo with id '{0}' not found")]
    TodoNotFound(String),
    #[error("Todo with id '{0}' has changed since")]
    TodoHasChanged(String),
    #[error("Invalid 'length' - must be between 1 and 10")]
    InvalidRandomLength,
    #[error("User id is required")]
    UserIdRequired,
    #[error("Invalid user id '{0}'")]
    InvalidUserId(String),
    #[error("User with id '{0}' not found")]
    UserNotFound(String),
    #[error("Username and password required")]
    CredentialsRequired,
    #[error("Username is not valid")]
    InvalidUsername,
    #[error("Invalid credentials")]
    InvalidCredentials,
    #[error("Maximum access token expire time can be 43200 minutes")]
    InvalidLifetime,
    #[error("Access Token is required")]
    TokenRequired,
    #[error("Invalid/Expired Token!")]
    TokenMalformed,
    #[error("Token Expired!")]
    TokenExpired,
    #[error("invalid signature")]
    TokenSignature,
    #[error("invalid token")]
    TokenUnreadable,
    #[error("Invalid access token")]
    TokenOfNobody,
    #[error("Refresh token required")]
    RefreshTokenRequired,
    #[error("Invalid refresh token")]
    InvalidRefreshToken,
    #[error("Something went wrong.")]
    Store(#[from] StoreError),
    #[error("Something went wrong.")]
    Unserializable(#[from] serde_json::Error),
    #[error("Something went wrong.")]
    Unsigned(#[from] SignError),
}

impl ApiError {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedCharset(_) | Self::UnsupportedEncoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::MalformedBody(_)
            | Self::UndecodablePath(_)
            | Self::NotANumber(_)
            | Self::InvalidDelay
            | Self::DelayTooLong
            | Self::InvalidStatus(_)
            | Self::UnsupportedStatus(_)
            | Self::InvalidRandomLength
            | Self::UserIdRequired
            | Self::InvalidUserId(_)
            | Self::CredentialsRequired
            | Self::InvalidUsername
            | Self::InvalidCredentials
            | Self::InvalidLifetime
            | Self::TokenOfNobody => StatusCode::BAD_REQUEST,
            Self::TodoNotFound(_) | Self::UserNotFound(_) => StatusCode::NOT_FOUND,
            Self::TodoHasChanged(_) => StatusCode::PRECONDITION_FAILED,
            Self::TokenRequired | Self::TokenMalformed | Self::TokenExpired | Self::RefreshTokenRequired => {
                StatusCode::UNAUTHORIZED
            }
            Self::InvalidRefreshToken => StatusCode::FORBIDDEN,
            // For the first two the service has no answer of its own and lets them through as server errors.
            Self::TokenSignature
            | Self::TokenUnreadable
            | Self::Store(_)
            | Self::Unserializable(_)
            | Self::Unsigned(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}
