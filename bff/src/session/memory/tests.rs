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

fn tokens(access: &str) -> Tokens {
    Tokens { access: Secret::new(access), refresh: None, issued: at(0), expires: None }
}

fn session(user: &str) -> Session {
    Session {
        handle: String::new(),
        user: SessionUser { id: user.to_owned(), username: user.to_owned(), name: user.to_owned() },
        tokens: tokens("first"),
        provider_session: Some(format!("sid of {user}")),
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

fn store_with(user: &str) -> (MemoryStore, StoreKey) {
    let (store, key) = (MemoryStore::new(LIVES, 10), key());
    now(store.create(key.clone(), session(user)));
    (store, key)
}

#[test]
fn security_07_a_session_ends_when_it_is_idle() {
    let (store, key) = store_with("ada");
    assert!(now(store.get(&key, at(29))).is_some());
    now(store.touch(&key, at(29)));
    assert!(now(store.get(&key, at(58))).is_some());
    assert!(now(store.get(&key, at(59))).is_none());
    now(store.touch(&key, at(60)));
    assert!(now(store.get(&key, at(0))).is_none(), "what has ended is not brought back");
}

#[test]
fn security_07_a_session_ends_at_its_greatest_age_however_busy() {
    let (store, key) = store_with("ada");
    for second in (0..100).step_by(10) {
        now(store.touch(&key, at(second)));
    }
    assert!(now(store.get(&key, at(99))).is_some());
    assert!(now(store.get(&key, at(100))).is_none());
}

#[test]
fn new_tokens_do_not_prolong_a_session_and_go_in_only_over_the_version_that_was_seen() {
    let (store, key) = store_with("ada");
    let Swap::Done(second) = now(store.swap_tokens(&key, 0, tokens("second"), at(20))) else { panic!() };
    assert_eq!((second.version, second.session.tokens.access.expose()), (1, "second"));
    assert!(now(store.delete_version(&key, 0)).is_none(), "a loser does not end the winner's session");
    let Swap::Lost(winner) = now(store.swap_tokens(&key, 0, tokens("third"), at(20))) else { panic!() };
    assert_eq!(winner.session.tokens.access.expose(), "second");
    assert!(now(store.get(&key, at(30))).is_none());
    assert!(matches!(now(store.swap_tokens(&key, 1, tokens("fourth"), at(30))), Swap::Gone));
}

#[test]
fn sessions_are_found_by_their_person_and_by_the_providers_session() {
    let (store, ada) = store_with("ada");
    let (again, bob) = (key(), key());
    now(store.create(again.clone(), Session { created: at(5), last_used: at(5), ..session("ada") }));
    now(store.create(bob, session("bob")));
    let owner = Owner::User("ada".to_owned());
    assert_eq!(now(store.list(&owner, at(10))).len(), 2);
    assert_eq!(now(store.list(&Owner::ProviderSession("sid of ada".to_owned()), at(10))).len(), 2);
    assert_eq!(now(store.list(&owner, at(32))).len(), 1, "the first has ended");
    assert!(now(store.delete(&again)).is_some());
    assert!(now(store.delete(&ada)).is_none());
    assert!(now(store.list(&owner, at(10))).is_empty());
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

#[test]
fn a_lease_has_one_holder_who_may_prolong_it_until_it_ends_or_is_given_back() {
    let (store, key) = store_with("ada");
    assert!(matches!(now(store.lease(&key, 1, at(0), at(10))), Lease::Yours));
    let Lease::Held(over) = now(store.lease(&key, 2, at(1), at(11))) else { panic!() };
    let mut over = Box::pin(over);
    assert!(matches!(now(store.lease(&key, 1, at(5), at(15))), Lease::Yours));
    now(store.release(&key, 2, None));
    assert!(
        matches!(now(store.lease(&key, 2, at(11), at(21))), Lease::Held(_)),
        "who does not hold it gives nothing back"
    );
    assert!(over.as_mut().now_or_never().is_none());
    now(store.release(&key, 1, None));
    assert!(over.now_or_never().is_some(), "who waits is woken");
    assert!(matches!(now(store.lease(&key, 2, at(12), at(22))), Lease::Yours));
    assert!(matches!(now(store.lease(&key, 3, at(22), at(30))), Lease::Yours), "it ends by itself");
    now(store.release(&key, 3, Some(at(24))));
    assert!(matches!(now(store.lease(&key, 4, at(23), at(33))), Lease::Cooling));
    assert!(matches!(now(store.lease(&key, 4, at(24), at(34))), Lease::Yours));
}

#[test]
fn security_02_a_sign_in_under_way_can_be_taken_once_and_not_too_late() {
    let store = MemoryStore::new(LIVES, 1);
    let attempt = Attempt {
        state: Secret::new("s"),
        nonce: Secret::new("n"),
        verifier: Secret::new("v"),
        return_url: "/".to_owned(),
        replaces: None,
    };
    let (one, two) = (key(), key());
    now(store.keep_attempt(one.clone(), attempt.clone(), at(0), at(10)));
    now(store.keep_attempt(two.clone(), attempt.clone(), at(0), at(10)));
    assert_eq!(now(store.take_attempt(&one, at(9))), Some(attempt));
    assert_eq!(now(store.take_attempt(&one, at(9))), None);
    assert_eq!(now(store.take_attempt(&two, at(10))), None);
}

#[test]
fn an_id_is_first_once_until_it_is_forgotten() {
    let store = MemoryStore::new(LIVES, 1);
    assert!(now(store.is_first("a", at(0), at(10))));
    assert!(!now(store.is_first("a", at(9), at(20))));
    assert!(now(store.is_first("b", at(9), at(20))));
    assert!(now(store.is_first("a", at(10), at(20))));
}
