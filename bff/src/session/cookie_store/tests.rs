use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::FutureExt as _;
use http::header;
use url::Url;

use super::*;
use crate::session::{Sessions, store::NewTokens};
use http_message::HeaderBlock;
use telemetry::security::SessionEnd;

const LIVES: Lifetimes = Lifetimes { idle: Duration::from_secs(3000), max: Duration::from_secs(10_000) };
const OLD: &str = "0a1b";
const NEW: &str = "0b1a";

fn at(seconds: u64) -> SystemTime {
    from_millis(1_000_000_000 + seconds * 1000)
}

fn keys(keys: &[&str]) -> SessionKeys {
    let keys: Vec<String> = keys.iter().map(|key| key.repeat(16)).collect();
    SessionKeys::parse(&keys.join(",")).unwrap()
}

fn rule(public_url: &str) -> CookieRule {
    CookieRule::session(&Url::parse(public_url).unwrap()).unwrap()
}

fn cookie_store(with: &[&str]) -> CookieStore {
    CookieStore::new(&keys(with), LIVES, 10)
}

fn stored(access: &str) -> Stored {
    let session = Session {
        handle: "handle".to_owned(),
        user: SessionUser { id: "7".to_owned(), username: "ada".to_owned(), name: "Ada Okafor".to_owned() },
        tokens: Tokens {
            access: Secret::new(access),
            refresh: Some(Secret::new("refresh-token")),
            issued: at(0),
            expires: Some(at(3600)),
        },
        provider_session: Some("sid".to_owned()),
        claims: None,
        created: at(0),
        last_used: at(0),
        user_agent: "browser".to_owned(),
        address: Some([192, 0, 2, 1].into()),
    };
    Stored { session: Arc::new(session), version: 3 }
}

/// The value in a `Set-Cookie`.
fn value(field: &HeaderValue) -> String {
    let pair = field.to_str().unwrap().split(';').next().unwrap();
    pair.split_once('=').unwrap().1.to_owned()
}

fn carry(cookie_store: &CookieStore, stored: &Stored) -> String {
    let name = CookieStore::name().unwrap();
    value(&cookie_store.set(&rule("https://app.example"), &name, stored).unwrap())
}

#[test]
fn a_session_comes_back_as_it_was_carried_away() {
    let (cookie_store, sent) = (cookie_store(&[OLD]), stored("access-token"));
    let name = CookieStore::name().unwrap();
    let field = cookie_store.set(&rule("https://app.example"), &name, &sent).unwrap();
    let attributes = field.to_str().unwrap().split_once(';').unwrap().1;
    assert_eq!(attributes, " Path=/; HttpOnly; SameSite=Strict; Secure");
    let (found, back) = cookie_store.open(&value(&field)).unwrap();
    assert_eq!((found, back.version), (name, 3));
    assert_eq!(format!("{:?}", back.session), format!("{:?}", sent.session));
    assert_eq!(back.session.tokens, sent.session.tokens);
}

#[test]
fn a_cookie_without_claims_is_that_of_the_release_before() {
    let before = r#"{"v":3,"h":"handle","w":["7","ada","Ada Okafor"],"t":"access-token","r":"refresh-token","i":1000000000,"e":1003600000,"s":"sid","c":1000000000,"u":1000000000,"b":"browser","a":"192.0.2.1"}"#;
    let now = SealedSession::of(&stored("access-token"));
    assert_eq!(serde_json::to_string(&now).unwrap(), before);
    let (cookie_store, name) = (cookie_store(&[OLD]), CookieStore::name().unwrap());
    let value = cookie_store.seal.seal_text(context_of(&name), before.as_bytes()).unwrap();
    let (_, opened) = cookie_store.open(&value).unwrap();
    assert_eq!(opened.session.claims, None);
    assert_eq!(format!("{:?}", opened.session), format!("{:?}", stored("access-token").session));
}

#[test]
fn claims_come_back_in_the_cookie_and_follow_its_version() {
    let cookie_store = cookie_store(&[OLD]);
    let name = CookieStore::name().unwrap();
    let with_role = |role: &str, version: u64| {
        let Stored { session, .. } = stored("access-token");
        let named = [("roles".to_owned(), role.into())].into_iter().collect();
        let claims = PersonClaims { named, ..PersonClaims::default() }.kept();
        Stored { session: Arc::new(Session { claims, ..(*session).clone() }), version }
    };
    let shows =
        |stored: &Stored| value(&cookie_store.set(&rule("https://app.example"), &name, stored).unwrap());
    let (first, second) = (shows(&with_role("user", 3)), shows(&with_role("admin", 4)));
    let roles = |value: &str| {
        let found = cookie_store.find(value, at(1)).unwrap();
        found.stored.session.claims.as_ref().unwrap().named["roles"].clone()
    };
    assert_eq!(roles(&first), "user");
    assert_eq!(roles(&second), "admin", "another replica has renewed them");
    assert_eq!(roles(&first), "admin", "an older cookie stands for what the session has become");
}

#[test]
fn security_03_a_sealed_session_shows_nothing_and_opens_only_if_intact() {
    let cookie_store = cookie_store(&[OLD]);
    let value = carry(&cookie_store, &stored("access-token"));
    let bytes = URL_SAFE_NO_PAD.decode(&value).unwrap();
    // Shorter words would stand in random letters now and then.
    for told in ["access-token", "refresh-token", "Okafor", "handle", "browser"] {
        let is_in = |text: &[u8]| text.windows(told.len()).any(|piece| piece == told.as_bytes());
        assert!(!is_in(&bytes) && !is_in(value.as_bytes()), "{told}");
    }
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        assert!(cookie_store.open(&URL_SAFE_NO_PAD.encode(changed)).is_none(), "byte {index}");
        assert!(cookie_store.open(&URL_SAFE_NO_PAD.encode(&bytes[..index])).is_none(), "cut at {index}");
    }
    for other in
        ["", "planted", &"A".repeat(43), &"A".repeat(5000), &format!("{value}="), &format!("{value}A")]
    {
        assert!(cookie_store.open(other).is_none(), "{other}");
    }
    let foreign = CookieStore::new(&keys(&[NEW]), LIVES, 10);
    assert!(foreign.open(&value).is_none(), "another deployment's key");
}

#[test]
fn security_05_a_session_over_4096_bytes_makes_no_cookie() {
    let cookie_store = cookie_store(&[OLD]);
    for public_url in ["https://app.example", "http://localhost"] {
        let (rule, name) = (rule(public_url), CookieStore::name().unwrap());
        let mut largest = 0;
        for length in 2000..3200 {
            match cookie_store.set(&rule, &name, &stored(&"x".repeat(length))) {
                Ok(field) => largest = field.to_str().unwrap().split(';').next().unwrap().len() - 1,
                Err(err) => {
                    let CookieStoreError::TooLarge { cookie, access, refresh, .. } = err else {
                        panic!("{err}")
                    };
                    assert!(cookie > COOKIE_MAX && access == length && refresh == 13, "{err}");
                    break;
                }
            }
        }
        // Name and value, without what is between them; the last byte of four may not be reached.
        assert!((COOKIE_MAX - 1..=COOKIE_MAX).contains(&largest), "{largest}");
    }
}

#[test]
fn a_new_key_seals_cookies_and_an_old_one_still_opens_them() {
    let before = carry(&cookie_store(&[OLD]), &stored("access-token"));
    let rotated = cookie_store(&[NEW, OLD]);
    assert!(rotated.open(&before).is_some());
    let after = carry(&rotated, &stored("access-token"));
    assert!(cookie_store(&[NEW]).open(&after).is_some());
    assert!(cookie_store(&[OLD]).open(&after).is_none());
}

/// Sessions, and the fields of a request that shows one which began at second 0.
fn in_a_session() -> (Sessions, HeaderBlock, StoreKey) {
    let cookies = Some((rule("http://localhost"), rule("http://localhost")));
    let sessions = Sessions::in_cookies(Arc::new(keys(&[OLD])), LIVES, 10, cookies);
    let (cookie_store, name) = (cookie_store(&[OLD]), CookieStore::name().unwrap());
    let field = cookie_store.set(&rule("http://localhost"), &name, &stored("access-token")).unwrap();
    (sessions, shows(&field), name)
}

fn shows(field: &HeaderValue) -> HeaderBlock {
    let mut headers = HeaderBlock::new();
    headers.insert(header::COOKIE, HeaderValue::from_str(&format!("bff={}", value(field))).unwrap());
    headers
}

fn after(sessions: &Sessions, headers: &HeaderBlock, now: SystemTime) -> Option<HeaderValue> {
    sessions.cookie_after(headers, now).now_or_never().expect("memory never waits")
}

#[test]
fn an_answer_brings_what_the_request_did_not_know_and_nothing_otherwise() {
    let (sessions, headers, _) = in_a_session();
    let find = |headers: &HeaderBlock, now| sessions.find(headers, now).now_or_never().unwrap().unwrap();
    let current = find(&headers, at(1)).unwrap();
    assert_eq!(after(&sessions, &headers, at(1)), None);
    sessions.touch(&current, at(59)).now_or_never().unwrap().unwrap();
    assert_eq!(after(&sessions, &headers, at(59)), None, "uses are not written down that often");
    sessions.touch(&current, at(60)).now_or_never().unwrap().unwrap();
    let newer = shows(&after(&sessions, &headers, at(60)).unwrap());
    assert_eq!(after(&sessions, &newer, at(60)), None);
    assert!(after(&sessions, &headers, at(61)).is_some(), "whoever asks with the older one is told again");
    assert_eq!(find(&newer, at(61)).unwrap().stored.session.last_used, at(60));
    // In a process that begins, the newer one lives for longer.
    let (fresh, ..) = in_a_session();
    let lives =
        |headers: &HeaderBlock| fresh.find(headers, at(3030)).now_or_never().unwrap().unwrap().is_some();
    assert!(!lives(&headers) && lives(&newer));
}

#[test]
fn security_08_an_answer_that_comes_late_does_not_sign_in_again() {
    let (sessions, headers, name) = in_a_session();
    let current = sessions.find(&headers, at(1)).now_or_never().unwrap().unwrap().unwrap();
    sessions.touch(&current, at(100)).now_or_never().unwrap().unwrap();
    sessions.end(&name, SessionEnd::SignedOut).now_or_never().unwrap().unwrap();
    assert_eq!(after(&sessions, &headers, at(100)), None);
    assert!(sessions.find(&headers, at(100)).now_or_never().unwrap().unwrap().is_none());
}

#[test]
fn a_session_whose_renewed_tokens_do_not_fit_ends_with_the_answer() {
    let (sessions, headers, name) = in_a_session();
    assert!(sessions.find(&headers, at(1)).now_or_never().unwrap().unwrap().is_some());
    let tokens = Tokens { access: Secret::new("x".repeat(4000)), ..stored("").session.tokens.clone() };
    let swapped = sessions
        .store()
        .swap_tokens(&name, NewTokens { version: 3, tokens, claims: None }, at(2))
        .now_or_never()
        .unwrap();
    assert!(matches!(swapped, Ok(crate::session::store::Swap::Done(_))));
    let removed = after(&sessions, &headers, at(2)).unwrap();
    assert!(removed.to_str().unwrap().contains("Max-Age=0"), "{removed:?}");
    assert!(sessions.find(&headers, at(2)).now_or_never().unwrap().unwrap().is_none());
}
