use std::{sync::Arc, time::UNIX_EPOCH};

use futures_util::FutureExt as _;
use http::header;
use url::Url;

use super::*;
use crate::{
    keys::SessionKeys,
    session::{memory::MemoryStore, store::Lifetimes},
};

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
}

fn sessions() -> Sessions {
    let lifetimes = Lifetimes { idle: Duration::from_secs(30), max: Duration::from_secs(100) };
    let url = Url::parse("http://localhost").unwrap();
    let cookies = CookieRule::session(&url).zip(CookieRule::login(&url));
    let store = Arc::new(MemoryStore::new(lifetimes, 10));
    Sessions::new(store, Arc::new(SessionKeys::random()), lifetimes, cookies)
}

fn login(state: &str) -> LoginState {
    LoginState {
        state: Secret::new(state),
        nonce: Secret::new("nonce"),
        verifier: Secret::new("verifier"),
        return_url: "/todos".to_owned(),
        replaces: Some(name_of("a session")),
        auth_since: Some(1_000_000),
    }
}

/// The fields of a browser with the cookies that these fields set.
fn shows(fields: &[HeaderValue]) -> HeaderBlock {
    let pairs = fields.iter().map(|field| field.to_str().unwrap().split(';').next().unwrap());
    let pairs: Vec<&str> = pairs.filter(|pair| !pair.ends_with('=')).collect();
    let mut headers = HeaderBlock::new();
    headers.insert(header::COOKIE, HeaderValue::from_str(&pairs.join("; ")).unwrap());
    headers
}

#[test]
fn the_cookie_of_a_sign_in_lives_as_long_as_the_sign_in() {
    let fields = sessions().begin_login(login("state"), &HeaderBlock::new(), at(0)).unwrap();
    let life = format!("Max-Age={}", LOGIN_STATE_LIFE.as_secs());
    assert!(fields[0].to_str().unwrap().ends_with(&life), "{fields:?}");
}

#[test]
fn security_46_a_sign_in_comes_back_with_its_state_and_in_time_alone() {
    let sessions = sessions();
    let fields = sessions.begin_login(login("state"), &HeaderBlock::new(), at(0)).unwrap();
    let headers = shows(&fields);
    let found = |state, now| sessions.returned_login(&headers, state, now).map(|found| found.state);
    assert_eq!(found("state", at(599)), Some(login("state")));
    assert_eq!(found("state", at(600)), None);
    assert_eq!(found("other", at(1)), None);
    // A cookie under the name of another sign-in.
    let (name, value) = fields[0].to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
    let moved = name.replace(&tag_of(&name_of("state")), &tag_of(&name_of("other")));
    let planted = shows(&[HeaderValue::from_str(&format!("{moved}={value}")).unwrap()]);
    assert!(sessions.returned_login(&planted, "other", at(1)).is_none());
    assert!(sessions.returned_login(&planted, "state", at(1)).is_none());
}

#[test]
fn security_02_a_sign_in_is_used_up_once() {
    let sessions = sessions();
    let headers = shows(&sessions.begin_login(login("state"), &HeaderBlock::new(), at(0)).unwrap());
    let returned = sessions.returned_login(&headers, "state", at(1)).unwrap();
    let use_up = |now| sessions.use_up(&returned, now).now_or_never().unwrap().unwrap();
    assert_eq!([use_up(at(1)), use_up(at(2)), use_up(at(599))], [true, false, false]);
}

#[test]
fn security_47_only_so_many_cookies_of_sign_ins_are_opened_or_removed() {
    let sessions = sessions();
    let planted: Vec<HeaderValue> = (0..1000)
        .map(|number| HeaderValue::from_str(&format!("bff-login-{number:016}=x")).unwrap())
        .collect();
    let fields = sessions.begin_login(login("state"), &shows(&planted), at(0)).unwrap();
    assert_eq!(fields.len(), 1 + COOKIES_MAX);
    for odd in ["bff-login-=x", "bff-login-a=x", "bff-login-\"aaaaaaaaaaaaaa\"=x"] {
        let headers = shows(&[HeaderValue::from_str(odd).unwrap()]);
        assert_eq!(sessions.begin_login(login("state"), &headers, at(0)).unwrap().len(), 1, "{odd}");
    }
}
