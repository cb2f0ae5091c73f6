//! What can go wrong: while starting ([`DemoError`]) and while answering ([`ApiError`]). The one place where
//! an error gets its status and the words a client sees.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use actix_web::http::StatusCode;

use crate::jwt::SignError;
use crate::store::StoreError;

/// Why the demo upstream did not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The address is taken, or not ours to listen on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The folder of the database file could not be created.
    #[error("cannot create the folder {}", folder.display())]
    Folder {
        /// The folder that was to be created.
        folder: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The database could not be opened, brought up to date or filled.
    #[error("cannot open the demo database")]
    Database(#[source] rusqlite::Error),
    /// The database was written by a newer version of this program.
    #[error("the demo database has schema {found}, this program knows schemas up to {known}")]
    NewerSchema {
        /// Schema of the file.
        found: i64,
        /// Newest schema that this program can read.
        known: i64,
    },
    /// The data set that is compiled in, or a user stored in the database, does not have the expected form.
    #[error("the demo data cannot be read: {0}")]
    Data(String),
    /// The thread that owns the database could not be started.
    #[error("cannot start the database thread")]
    Thread(#[source] io::Error),
}

/// Why a request was not answered as asked.
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
