use std::time::UNIX_EPOCH;

use futures_util::FutureExt as _;
use shared::SessionUser;

use super::*;
use crate::session::{
    id::{SessionId, SessionKeys},
    tokens::Secret,
};

const LIVES: Lifetimes = Lifetimes { idle: Duration::from_secs(30), max: Duration::from_secs(100) };

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
}

fn session(user: &str) -> Session {
    Session {
        handle: String::new(),
        user: SessionUser { id: user.to_owned(), username: user.to_owned(), name: user.to_owned() },
        tokens: Tokens { access: Secret::new("first"), refresh: None, issued: at(0), expires: None },
        provider_session: None,
        created: at(0),
        last_used: at(0),
        user_agent: String::new(),
        address: None,
    }
}

fn key() -> StoreKey {
    SessionKeys::random().name(&SessionId::random().unwrap()).unwrap()
}

fn now<T>(future: StoreFuture<'_, T>) -> T {
    future.now_or_never().expect("memory never waits").unwrap()
}

#[test]
fn a_full_store_refuses_and_makes_room_for_what_has_ended() {
    let store = MemoryStore::new(LIVES, 2);
    for _ in 0..2 {
        now(store.create(key(), session("ada")));
    }
    let third = store.create(key(), session("ada")).now_or_never().unwrap();
    assert!(matches!(third, Err(StoreError::Full)));
    let later = Session { created: at(70), last_used: at(70), ..session("ada") };
    now(store.create(key(), later));
}
