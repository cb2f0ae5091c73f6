use std::time::UNIX_EPOCH;

use futures_util::FutureExt as _;
use shared::SessionUser;

use super::*;
use crate::{
    keys::{Secret, SessionId, SessionKeys},
    session::{store::NewTokens, tokens::Tokens},
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
        claims: None,
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

/// The session of Ada in a cookie, used at that second.
fn shown(version: u64, access: &str, used: u64) -> Stored {
    let mut session = Session { last_used: at(used), ..session("ada") };
    session.tokens.access = Secret::new(access);
    Stored { session: Arc::new(session), version }
}

fn access(stored: Option<Stored>) -> Option<String> {
    stored.map(|stored| stored.session.tokens.access.expose().to_owned())
}

#[test]
fn an_older_cookie_stands_for_what_its_session_has_become() {
    let (store, key) = (MemoryStore::merging(LIVES, 10), key());
    let first = shown(0, "first", 0);
    assert_eq!(access(store.merge(&key, &first, at(1))), Some("first".to_owned()));
    let tokens = Tokens { access: Secret::new("second"), ..first.session.tokens.clone() };
    assert!(matches!(
        now(store.swap_tokens(&key, NewTokens { version: 0, tokens, claims: None }, at(2))),
        Swap::Done(_)
    ));
    now(store.touch(&key, at(20)));
    let known = store.merge(&key, &first, at(49)).unwrap();
    assert_eq!((known.version, known.session.last_used), (1, at(20)));
    assert_eq!(access(Some(known)), Some("second".to_owned()));
    assert_eq!(access(store.merge(&key, &first, at(50))), None, "both are idle");
    // Another replica has seen it used, and renewed its tokens.
    assert_eq!(access(store.merge(&key, &shown(2, "third", 45), at(50))), Some("third".to_owned()));
    assert_eq!(access(store.merge(&key, &first, at(51))), Some("third".to_owned()));
    assert_eq!(access(store.merge(&key, &shown(3, "fourth", 99), at(100))), None, "it is too old");
}

#[test]
fn security_08_what_has_ended_does_not_come_back_with_its_cookie() {
    let (store, key) = (MemoryStore::merging(LIVES, 10), key());
    let (first, second) = (shown(0, "first", 0), shown(1, "second", 0));
    assert!(store.merge(&key, &first, at(1)).is_some());
    // Its refresh token is dead: another replica may have renewed it.
    assert!(now(store.delete_version(&key, 0)).is_some());
    assert_eq!(access(store.merge(&key, &first, at(1))), None);
    assert_eq!(access(store.merge(&key, &second, at(1))), Some("second".to_owned()));
    assert!(now(store.delete(&key)).is_some());
    for shown in [first, second, shown(9, "ninth", 9)] {
        assert_eq!(access(store.merge(&key, &shown, at(10))), None);
    }
}

#[test]
fn merged_sessions_never_fill_the_store_and_the_longest_unseen_give_way() {
    let store = MemoryStore::merging(LIVES, 16);
    let keys: Vec<StoreKey> = (0..16).map(|_| key()).collect();
    for (second, key) in (0..).zip(&keys) {
        assert!(store.merge(key, &shown(0, "first", 0), at(second)).is_some());
    }
    assert!(store.merge(&keys[0], &shown(0, "first", 0), at(20)).is_some());
    now(store.create(key(), session("bob")));
    let is_known = |key| now(store.get(key, at(20))).is_some();
    assert!(is_known(&keys[0]) && !is_known(&keys[1]) && is_known(&keys[15]));
    assert!(store.merge(&keys[1], &shown(0, "first", 0), at(20)).is_some(), "nobody is signed out by that");
}
