//! The contract of `SessionStore`: each test runs against every store.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use actix_web::rt::{System, time::sleep};
use bff::{
    keys::StoreKey,
    session::{
        PersonClaims,
        memory::MemoryStore,
        redis::RedisSessions,
        store::{NewTokens, Owner, RefreshLease, Session, SessionStore, Swap, Term},
    },
};

use crate::harness::{
    browser::PATIENCE,
    redis_server::{RedisServer, link},
    session_data::{KEY, LIVES, at, key, keys, session, tokens},
};

type Store = Arc<dyn SessionStore>;

fn in_memory<F: Future<Output = ()>>(test: impl FnOnce(Store) -> F) {
    System::new().block_on(test(Arc::new(MemoryStore::new(LIVES, 10))));
}

/// The store beside cookie sessions, which merges newer state.
fn beside_cookies<F: Future<Output = ()>>(test: impl FnOnce(Store) -> F) {
    System::new().block_on(test(Arc::new(MemoryStore::merging(LIVES, 10))));
}

fn in_redis<F: Future<Output = ()>>(test: impl FnOnce(Store) -> F) {
    let server = RedisServer::start();
    behind(&server.url(), test);
}

fn in_a_cluster<F: Future<Output = ()>>(test: impl FnOnce(Store) -> F) {
    let server = RedisServer::cluster();
    behind(&server.cluster_url(), test);
}

fn behind<F: Future<Output = ()>>(url: &str, test: impl FnOnce(Store) -> F) {
    System::new().block_on(async {
        let link = link(url).await;
        assert!(link.is_open());
        test(Arc::new(RedisSessions::new(link, &keys(&[KEY]), LIVES))).await;
    });
}

macro_rules! every_store {
    ($($test:ident),+ $(,)?) => {
        mod memory { $(#[test] fn $test() { super::in_memory(super::$test) })+ }
        mod beside_cookies { $(#[test] fn $test() { super::beside_cookies(super::$test) })+ }
        mod redis { $(#[test] fn $test() { super::in_redis(super::$test) })+ }
        mod redis_cluster { $(#[test] fn $test() { super::in_a_cluster(super::$test) })+ }
    };
}

every_store! {
    a_session_comes_back_as_it_went_in,
    security_07_a_session_ends_when_it_is_idle,
    security_07_a_session_ends_at_its_greatest_age_however_busy,
    new_tokens_do_not_prolong_a_session_and_replace_only_the_seen_version,
    claims_change_with_the_tokens_of_their_version_and_not_without,
    sessions_are_found_by_their_person_and_by_the_providers_session,
    a_lease_has_one_holder_who_may_prolong_it_until_it_is_given_back,
    a_lease_that_nobody_gives_back_ends_and_so_does_its_cooling,
    an_id_is_first_once_until_it_is_forgotten,
}

async fn with(store: &Store, user: &str) -> StoreKey {
    let key = key();
    store.create(key.clone(), session(user)).await.unwrap();
    key
}

async fn lives(store: &Store, key: &StoreKey, now: SystemTime) -> bool {
    store.get(key, now).await.unwrap().is_some()
}

async fn a_session_comes_back_as_it_went_in(store: Store) {
    let (key, sent) = (key(), session("ada"));
    assert!(store.get(&key, at(0)).await.unwrap().is_none());
    store.create(key.clone(), sent.clone()).await.unwrap();
    let stored = store.get(&key, at(0)).await.unwrap().unwrap();
    assert_eq!(stored.version, 0);
    assert_eq!(format!("{:?}", stored.session), format!("{sent:?}"));
    assert_eq!(stored.session.tokens, sent.tokens);
    let deleted = store.delete(&key).await.unwrap().unwrap();
    assert_eq!(deleted.tokens, sent.tokens);
    assert!(store.delete(&key).await.unwrap().is_none());
    assert!(!lives(&store, &key, at(0)).await);
}

async fn security_07_a_session_ends_when_it_is_idle(store: Store) {
    let key = with(&store, "ada").await;
    assert!(lives(&store, &key, at(29)).await);
    store.touch(&key, at(29)).await.unwrap();
    assert!(lives(&store, &key, at(58)).await);
    assert!(!lives(&store, &key, at(59)).await);
    store.touch(&key, at(60)).await.unwrap();
    assert!(!lives(&store, &key, at(0)).await, "what has ended is not brought back");
}

async fn security_07_a_session_ends_at_its_greatest_age_however_busy(store: Store) {
    let key = with(&store, "ada").await;
    for second in (0..100).step_by(10) {
        store.touch(&key, at(second)).await.unwrap();
    }
    assert!(lives(&store, &key, at(99)).await);
    assert!(!lives(&store, &key, at(100)).await);
}

async fn new_tokens_do_not_prolong_a_session_and_replace_only_the_seen_version(store: Store) {
    let key = with(&store, "ada").await;
    let Swap::Done(second) = store
        .swap_tokens(&key, NewTokens { version: 0, tokens: tokens("second"), claims: None }, at(20))
        .await
        .unwrap()
    else {
        panic!("nobody was first");
    };
    assert_eq!((second.version, second.session.tokens.access.expose()), (1, "second"));
    assert!(
        store.delete_version(&key, 0).await.unwrap().is_none(),
        "a loser does not end the winner's session"
    );
    let Swap::Lost(winner) = store
        .swap_tokens(&key, NewTokens { version: 0, tokens: tokens("third"), claims: None }, at(20))
        .await
        .unwrap()
    else {
        panic!("somebody was first");
    };
    assert_eq!((winner.version, winner.session.tokens.access.expose()), (1, "second"));
    assert!(matches!(
        store
            .swap_tokens(&key, NewTokens { version: 1, tokens: tokens("fourth"), claims: None }, at(30))
            .await
            .unwrap(),
        Swap::Gone
    ));
    assert!(!lives(&store, &key, at(30)).await);
    let other = with(&store, "ada").await;
    assert!(store.delete_version(&other, 0).await.unwrap().is_some());
    assert!(matches!(
        store
            .swap_tokens(&other, NewTokens { version: 0, tokens: tokens("x"), claims: None }, at(0))
            .await
            .unwrap(),
        Swap::Gone
    ));
}

async fn claims_change_with_the_tokens_of_their_version_and_not_without(store: Store) {
    let role = |role: &str| {
        let named = [("/realm/roles".to_owned(), serde_json::json!([role]))].into_iter().collect();
        PersonClaims { named, acr: Some("mfa".to_owned()), auth_time: Some(7) }.kept()
    };
    let key = key();
    store.create(key.clone(), Session { claims: role("user"), ..session("ada") }).await.unwrap();
    let claims = async || store.get(&key, at(1)).await.unwrap().unwrap().session.claims.clone();
    assert_eq!(claims().await, role("user"));
    let new = |version, role| NewTokens { version, tokens: tokens("x"), claims: role };
    let swapped = store.swap_tokens(&key, new(0, role("admin")), at(1)).await.unwrap();
    assert!(matches!(swapped, Swap::Done(stored) if stored.session.claims == role("admin")));
    let lost = store.swap_tokens(&key, new(0, role("owner")), at(1)).await.unwrap();
    assert!(matches!(lost, Swap::Lost(stored) if stored.session.claims == role("admin")));
    assert_eq!(claims().await, role("admin"));
    store.swap_tokens(&key, new(1, None), at(1)).await.unwrap();
    assert_eq!(claims().await, None);
}

async fn sessions_are_found_by_their_person_and_by_the_providers_session(store: Store) {
    let ada = with(&store, "ada").await;
    let (again, bob) = (key(), key());
    let later = Session { created: at(5), last_used: at(5), ..session("ada") };
    store.create(again.clone(), later).await.unwrap();
    store.create(bob, session("bob")).await.unwrap();
    let owner = Owner::User("ada".to_owned());
    let of_provider = Owner::ProviderSession("sid of ada".to_owned());
    let count = async |owner: &Owner, now| store.list(owner, now).await.unwrap().len();
    assert_eq!(count(&owner, at(10)).await, 2);
    assert_eq!(count(&of_provider, at(10)).await, 2);
    assert_eq!(count(&owner, at(32)).await, 1, "the first has ended");
    assert!(store.delete(&again).await.unwrap().is_some());
    assert!(store.delete(&ada).await.unwrap().is_none());
    assert_eq!(count(&owner, at(10)).await, 0);
    assert_eq!(count(&of_provider, at(10)).await, 0);
}

/// Asks for a lease of that length.
async fn ask(store: &Store, key: &StoreKey, holder: u128, length: Duration) -> RefreshLease {
    let now = SystemTime::now();
    store.lease(key, holder, Term::of(now, length)).await.unwrap()
}

async fn a_lease_has_one_holder_who_may_prolong_it_until_it_is_given_back(store: Store) {
    const LONG: Duration = Duration::from_secs(60);
    let key = with(&store, "ada").await;
    assert!(matches!(ask(&store, &key, 1, LONG).await, RefreshLease::Yours));
    let RefreshLease::Held(mut over) = ask(&store, &key, 2, LONG).await else { panic!("it has a holder") };
    assert!(matches!(ask(&store, &key, 1, LONG).await, RefreshLease::Yours));
    store.release(&key, 2, None).await.unwrap();
    assert!(
        matches!(ask(&store, &key, 2, LONG).await, RefreshLease::Held(_)),
        "who does not hold it gives nothing back"
    );
    let waited = actix_web::rt::time::timeout(Duration::from_millis(100), &mut over).await;
    assert!(waited.is_err(), "it is not over yet");
    store.release(&key, 1, None).await.unwrap();
    actix_web::rt::time::timeout(PATIENCE, over).await.expect("who waits is woken");
    assert!(matches!(ask(&store, &key, 2, LONG).await, RefreshLease::Yours));
}

async fn a_lease_that_nobody_gives_back_ends_and_so_does_its_cooling(store: Store) {
    const SHORT: Duration = Duration::from_millis(200);
    let key = with(&store, "ada").await;
    let began = Instant::now();
    assert!(matches!(ask(&store, &key, 1, SHORT).await, RefreshLease::Yours));
    loop {
        match ask(&store, &key, 2, SHORT).await {
            RefreshLease::Inherited => break,
            RefreshLease::Held(_) => assert!(began.elapsed() < PATIENCE, "it does not end"),
            RefreshLease::Yours => panic!("nobody gave it back"),
            RefreshLease::Cooling => panic!("nobody tried in vain"),
        }
        sleep(Duration::from_millis(5)).await;
    }
    assert!(began.elapsed() >= SHORT - Duration::from_millis(5), "{:?}", began.elapsed());

    // A holder may prolong its lease, and a late release of another changes nothing.
    assert!(matches!(ask(&store, &key, 2, PATIENCE).await, RefreshLease::Yours));
    store.release(&key, 1, None).await.unwrap();
    assert!(matches!(ask(&store, &key, 3, SHORT).await, RefreshLease::Held(_)));

    let began = Instant::now();
    store.release(&key, 2, Some(SystemTime::now() + SHORT)).await.unwrap();
    loop {
        match ask(&store, &key, 3, SHORT).await {
            RefreshLease::Yours => break,
            RefreshLease::Cooling => assert!(began.elapsed() < PATIENCE, "it cools for ever"),
            RefreshLease::Held(_) | RefreshLease::Inherited => panic!("it was given back"),
        }
        sleep(Duration::from_millis(5)).await;
    }
    assert!(began.elapsed() >= SHORT - Duration::from_millis(5), "{:?}", began.elapsed());
}

async fn an_id_is_first_once_until_it_is_forgotten(store: Store) {
    const SHORT: Duration = Duration::from_millis(200);
    let is_first = async |id: &'static str, length| {
        let now = SystemTime::now();
        store.is_first(id, Term::of(now, length)).await.unwrap()
    };
    let began = Instant::now();
    assert!(is_first("a", SHORT).await);
    assert!(!is_first("a", PATIENCE).await);
    assert!(is_first("b", PATIENCE).await);
    while !is_first("a", SHORT).await {
        assert!(began.elapsed() < PATIENCE, "it is not forgotten");
        sleep(Duration::from_millis(5)).await;
    }
    assert!(began.elapsed() >= SHORT - Duration::from_millis(5), "{:?}", began.elapsed());
    assert!(!is_first("b", SHORT).await);
}
