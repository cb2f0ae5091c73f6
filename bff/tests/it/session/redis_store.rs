//! Sessions in Redis: expiry, secrecy, forged records, key rotation, memory limits.

use std::{sync::Arc, time::SystemTime};

use actix_web::rt::System;
use bff::{
    redis::StoreError,
    session::{
        redis::RedisSessions,
        store::{NewTokens, Owner, PER_USER_MAX, SessionStore as _, Swap, Term},
    },
};
use futures_util::future::join_all;

use crate::harness::{
    redis_server::{RedisServer, link},
    session_data::{KEY, LIVES, at, key, keys, session, tokens},
};

const NEW: &str = "1b0a";

async fn store(server: &RedisServer, with: &[&str]) -> RedisSessions {
    RedisSessions::new(link(&server.url()).await, &keys(with), LIVES)
}

/// A server with something of every kind in it.
async fn filled(server: &RedisServer) -> RedisSessions {
    let store = store(server, &[KEY]).await;
    let name = key();
    store.create(name.clone(), session("ada-lovelace")).await.unwrap();
    store
        .swap_tokens(&name, NewTokens { version: 0, tokens: tokens("second-access"), claims: None }, at(1))
        .await
        .unwrap();
    store.touch(&name, at(2)).await.unwrap();
    store.lease(&name, 1, Term { now: at(0), ends: at(60) }).await.unwrap();
    let cooling = key();
    store.lease(&cooling, 1, Term { now: at(0), ends: at(60) }).await.unwrap();
    store.release(&cooling, 1, Some(SystemTime::now() + LIVES.max)).await.unwrap();
    assert!(store.is_first("jti-of-a-token", Term { now: at(0), ends: at(60) }).await.unwrap());
    store
}

#[test]
fn every_key_ends_by_itself() {
    let server = RedisServer::start();
    System::new().block_on(async {
        filled(&server).await;
        let keys = server.keys();
        for kind in ["session", "lease", "lease-trace", "owner", "seen"] {
            assert!(keys.iter().any(|key| key.starts_with(&format!("bff:{kind}:"))), "no {kind} in {keys:?}");
        }
        for key in &keys {
            let left: i64 = server.ask(&["PTTL", key]).trim().trim_start_matches(':').parse().unwrap();
            assert!((1..=120_000).contains(&left), "{key} ends in {left} ms");
        }
    });
}

#[test]
fn security_03_the_contents_of_redis_show_neither_tokens_nor_people() {
    let server = RedisServer::start();
    System::new().block_on(async {
        filled(&server).await;
        let mut everything = String::new();
        for key in server.keys() {
            let read = match server.ask(&["TYPE", &key]).trim() {
                "+hash" => server.ask(&["HGETALL", &key]),
                "+zset" => server.ask(&["ZRANGE", &key, "0", "-1"]),
                "+string" => server.ask(&["GET", &key]),
                other => panic!("{key} is a {other}"),
            };
            everything.push_str(&format!("{key}\n{read}\n"));
        }
        for secret in [
            "ada-lovelace",
            "first",
            "second-access",
            "refresh",
            "browser",
            "192.0.2.1",
            "sid of",
            "handle",
            "jti-of-a-token",
        ] {
            assert!(!everything.contains(secret), "{secret} in {everything}");
        }
    });
}

#[test]
fn security_03_a_forged_record_in_redis_is_no_session() {
    let server = RedisServer::start();
    System::new().block_on(async {
        let store = store(&server, &[KEY]).await;
        let (one, two) = (key(), key());
        let name = |key: &bff::keys::StoreKey| format!("bff:session:{{{}}}", key.to_text());
        store.create(one.clone(), session("ada")).await.unwrap();
        store.create(two.clone(), session("bob")).await.unwrap();
        // Bob's session under Ada's name.
        server.ask(&["COPY", &name(&two), &name(&one), "REPLACE"]);
        assert!(store.get(&one, at(0)).await.unwrap().is_none());
        assert!(store.get(&two, at(0)).await.unwrap().is_some());
        // An earlier version's tokens.
        server.ask(&["COPY", &name(&two), "kept"]);
        assert!(matches!(
            store
                .swap_tokens(&two, NewTokens { version: 0, tokens: tokens("x"), claims: None }, at(0))
                .await
                .unwrap(),
            Swap::Done(_)
        ));
        server.ask(&["COPY", "kept", &name(&two), "REPLACE"]);
        server.ask(&["HSET", &name(&two), "v", "1"]);
        assert!(store.get(&two, at(0)).await.unwrap().is_none());
        for (field, value) in [("p", ""), ("p", "nonsense"), ("t", "\u{1}"), ("v", "x"), ("u", "-1")] {
            let three = key();
            store.create(three.clone(), session("cleo")).await.unwrap();
            server.ask(&["HSET", &name(&three), field, value]);
            assert!(store.get(&three, at(0)).await.unwrap().is_none(), "{field}={value}");
            assert!(store.delete(&three).await.unwrap().is_none());
        }
        let four = key();
        server.ask(&["SET", &name(&four), "no hash"]);
        assert!(matches!(store.get(&four, at(0)).await, Err(StoreError::Unavailable(_))));
    });
}

#[test]
fn a_session_outlives_a_key_rotation() {
    let server = RedisServer::start();
    System::new().block_on(async {
        let (before, rotated, after) =
            (store(&server, &[KEY]).await, store(&server, &[NEW, KEY]).await, store(&server, &[NEW]).await);
        let (old, new, owner) = (key(), key(), Owner::User("ada".to_owned()));
        before.create(old.clone(), session("ada")).await.unwrap();
        assert!(rotated.get(&old, at(1)).await.unwrap().is_some());
        rotated.create(new.clone(), session("ada")).await.unwrap();
        assert_eq!(rotated.list(&owner, at(1)).await.unwrap().len(), 2);
        assert!(matches!(
            rotated
                .swap_tokens(&old, NewTokens { version: 0, tokens: tokens("x"), claims: None }, at(1))
                .await
                .unwrap(),
            Swap::Done(_)
        ));
        // Now it is sealed with a key that some replica may not have yet, which must not lose it for the others.
        assert_eq!(before.list(&owner, at(1)).await.unwrap().len(), 0);
        assert_eq!(rotated.list(&owner, at(1)).await.unwrap().len(), 2);
        assert!(rotated.delete(&old).await.unwrap().is_some());
        assert_eq!(rotated.list(&owner, at(1)).await.unwrap().len(), 1);
        assert!(after.get(&new, at(1)).await.unwrap().is_some());
        assert_eq!(after.list(&owner, at(1)).await.unwrap().len(), 1);
        assert!(before.get(&new, at(1)).await.unwrap().is_none());
    });
}

#[test]
fn concurrent_sign_ins_of_one_person_stay_within_the_session_limit() {
    let server = RedisServer::start();
    System::new().block_on(async {
        let store = Arc::new(store(&server, &[KEY]).await);
        let begun = (0..PER_USER_MAX + 30).map(|_| store.create(key(), session("ada")));
        assert!(join_all(begun).await.iter().all(Result::is_ok));
        let listed = store.list(&Owner::User("ada".to_owned()), at(1)).await.unwrap();
        assert_eq!(listed.len(), PER_USER_MAX);
        let kept = server.keys().iter().filter(|key| key.starts_with("bff:session:")).count();
        assert_eq!(kept, PER_USER_MAX, "what is not listed is not there");
    });
}

#[test]
fn scripts_that_redis_has_forgotten_are_sent_again() {
    let server = RedisServer::start();
    System::new().block_on(async {
        let store = store(&server, &[KEY]).await;
        let name = key();
        store.create(name.clone(), session("ada")).await.unwrap();
        server.ask(&["SCRIPT", "FLUSH"]);
        store.touch(&name, at(20)).await.unwrap();
        assert!(store.get(&name, at(40)).await.unwrap().is_some());
    });
}

#[test]
fn a_redis_without_room_says_so_and_goes_on_reading() {
    let server = RedisServer::start();
    System::new().block_on(async {
        let store = store(&server, &[KEY]).await;
        let name = key();
        store.create(name.clone(), session("ada")).await.unwrap();
        server.ask(&["CONFIG", "SET", "maxmemory", "1"]);
        assert!(matches!(store.create(key(), session("bob")).await, Err(StoreError::Full)));
        assert!(store.get(&name, at(0)).await.unwrap().is_some());
    });
}
