//! Sessions, tokens and keys for tests of the stores, at moments that the test chooses.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bff::{
    keys::{Secret, SessionId, SessionKeys, StoreKey},
    session::{
        store::{Lifetimes, Session},
        tokens::Tokens,
    },
};
use shared::SessionUser;

pub const LIVES: Lifetimes = Lifetimes { idle: Duration::from_secs(30), max: Duration::from_secs(100) };

/// The key of the stores in these tests.
pub const KEY: &str = "0a1b";

pub fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
}

pub fn tokens(access: &str) -> Tokens {
    Tokens {
        access: Secret::new(access),
        refresh: Some(Secret::new("refresh")),
        issued: at(0),
        expires: None,
    }
}

pub fn session(user: &str) -> Session {
    Session {
        handle: "handle".to_owned(),
        user: SessionUser { id: user.to_owned(), username: user.to_owned(), name: user.to_owned() },
        tokens: tokens("first"),
        provider_session: Some(format!("sid of {user}")),
        claims: None,
        created: at(0),
        last_used: at(0),
        user_agent: "browser".to_owned(),
        address: Some([192, 0, 2, 1].into()),
    }
}

pub fn key() -> StoreKey {
    SessionKeys::random().name(&SessionId::random().unwrap()).unwrap()
}

pub fn keys(keys: &[&str]) -> SessionKeys {
    let keys: Vec<String> = keys.iter().map(|key| key.repeat(16)).collect();
    SessionKeys::parse(&keys.join(",")).unwrap()
}
