//! Session cookies, and the sealed session in one.

use std::{sync::LazyLock, time::Duration};

use http::HeaderValue;
use url::Url;

use bff::{
    keys::{Seal, SessionId, SessionKeys, StoreKey, seal::SealContext},
    session::{
        cookie::{COOKIE_MAX, CookieRule},
        cookie_store::CookieStore,
        store::Lifetimes,
    },
};
use http_message::HeaderBlock;

/// The purpose under which sessions are sealed into cookies.
const PURPOSE: &str = "carried";

struct Server {
    rule: CookieRule,
    store: CookieStore,
    seal: Seal,
    name: StoreKey,
}

static SERVER: LazyLock<Option<Server>> = LazyLock::new(|| {
    let keys = SessionKeys::parse("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").ok()?;
    let lives = Lifetimes { idle: Duration::from_secs(3000), max: Duration::from_secs(10_000) };
    Some(Server {
        rule: CookieRule::session(&Url::parse("https://app.example").ok()?)?,
        store: CookieStore::new(&keys, lives, 10),
        seal: Seal::new(&keys),
        name: StoreKey::from_bytes([7; 32]),
    })
});

/// A cookie that we did not seal never opens. Of one whose sealed content is anything, what opens comes back the same once it
/// is sealed again, and no other text opens.
pub fn run(data: &[u8]) {
    let Some(server) = SERVER.as_ref() else { return };
    let text = String::from_utf8_lossy(data);
    if let Ok(field) = HeaderValue::from_bytes(data) {
        let mut headers = HeaderBlock::new();
        headers.insert(http::header::COOKIE, field);
        if let Some(value) = server.rule.value(&headers) {
            assert!(text.contains(value), "{value:?} is not what was sent");
            let id = SessionId::parse(value);
            assert_eq!(server.rule.read(&headers), id);
            assert!(id.is_none_or(|id| id.to_cookie_value() == value), "an id has one text");
        }
    }
    assert!(server.store.open(&text).is_none(), "nobody can seal a session but we");

    let context = SealContext { purpose: PURPOSE, name: &server.name, version: 0 };
    let Ok(value) = server.seal.seal_text(context, data) else { return };
    let opened = server.seal.open_text(PURPOSE, &value);
    assert_eq!(opened, Some((server.name.clone(), data.to_vec())), "what is sealed opens");
    assert!(server.seal.open_text("another", &value).is_none(), "it opens for its own purpose alone");
    let at = data.iter().fold(0, |sum, byte| sum * 31 % 65_521 + usize::from(*byte)) % value.len();
    let other = if value.as_bytes()[at] == b'A' { "B" } else { "A" };
    let changed = [&value[..at], other, &value[at + 1..]].concat();
    assert!(server.seal.open_text(PURPOSE, &changed).is_none(), "one letter of it was changed");
    assert!(server.seal.open_text(PURPOSE, &value[..at]).is_none(), "it was cut off");

    let Some((name, first)) = server.store.open(&value) else { return };
    assert_eq!(name, server.name);
    let Ok(field) = server.store.set(&server.rule, &name, &first) else { return };
    let pair = field.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    assert!(pair.len() <= COOKIE_MAX, "{} bytes are more than a browser keeps", pair.len());
    let again = pair.split_once('=').and_then(|(_, value)| server.store.open(value));
    let second = again.map(|(_, second)| second);
    // What was cut to its length on the way stays so.
    let Some(second) = second else {
        assert!(field.is_empty(), "what was sealed does not open");
        return;
    };
    assert_eq!(second.version, first.version);
    assert_eq!(second.session.tokens, first.session.tokens);
    assert_eq!(second.session.user, first.session.user);
    assert_eq!(
        (second.session.created, second.session.last_used),
        (first.session.created, first.session.last_used)
    );
    assert!(first.session.user_agent.starts_with(&second.session.user_agent));
}
