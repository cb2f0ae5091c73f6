//! Logout at the provider, and logout tokens from it.

use std::time::SystemTime;

use super::{System, Value, assert_refused, json, set_up, sign_in};

#[test]
fn security_08_signing_out_at_the_provider_hands_no_token_to_the_browser() {
    System::new().block_on(async {
        let (fixture, oidc) = set_up(&[]);
        let url = oidc.sign_out_url().await.unwrap();
        assert!(url.as_str().starts_with(&format!("{}/session/end?", fixture.issuer())));
        let mut query: Vec<_> = url.query_pairs().collect();
        query.sort();
        assert_eq!(query[0], ("client_id".into(), "bff".into()));
        assert_eq!(query[1], ("post_logout_redirect_uri".into(), "http://127.0.0.1:9/".into()));
        assert_eq!(query.len(), 2);
    });
}

#[test]
fn security_09_a_logout_token_names_a_person_and_a_session() {
    System::new().block_on(async {
        let (fixture, oidc) = set_up(&[]);
        let signed_in = sign_in(&oidc).await.unwrap();
        let now = SystemTime::now();
        let claims = oidc.verify_logout_token(&fixture.logout_token(&json!({})), now).await.unwrap();
        assert_eq!(claims.subject.as_deref(), Some("ada"));
        assert_eq!(claims.provider_session, signed_in.provider_session);
        // Until then the same token could come again.
        let life = claims.expires.duration_since(now).unwrap().as_secs();
        assert!((175..=181).contains(&life), "{life}");

        for good in [
            json!({ "remove": ["sub"] }),
            json!({ "remove": ["sid"] }),
            json!({ "header": { "typ": "application/LOGOUT+JWT" } }),
            json!({ "claims": { "aud": ["bff"], "sid": "" } }),
            json!({ "claims": { "exp": { "in": -50 } } }),
        ] {
            let verified = oidc.verify_logout_token(&fixture.logout_token(&good), SystemTime::now()).await;
            assert!(verified.is_ok(), "{good}: {verified:?}");
        }
        fixture.rotate_key();
        assert!(oidc.verify_logout_token(&fixture.logout_token(&json!({})), now).await.is_ok());
    });
}

#[test]
fn security_09_a_logout_token_with_any_fault_is_refused() {
    System::new().block_on(async {
        let (fixture, oidc) = set_up(&[]);
        sign_in(&oidc).await.unwrap();
        let claim = |name: &str, value: Value| json!({ "claims": { name: value } });
        for (bad, why) in [
            (json!({ "by": "stranger" }), "key"),
            (json!({ "by": "nobody" }), "is signed in a way"),
            (json!({ "by": "public key" }), "is signed in a way"),
            (json!({ "header": { "kid": "unknown" } }), "key"),
            (json!({ "header": { "typ": "JWT" } }), "type"),
            (json!({ "header": { "typ": null } }), "type"),
            (json!({ "header": { "crit": ["x"], "x": 1 } }), "is signed in a way"),
            (claim("iss", json!("https://evil.example")), "issuer"),
            (claim("aud", json!("somebody else")), "somebody else"),
            (claim("aud", json!(["somebody else", "bff"])), "somebody else"),
            (claim("exp", json!({ "in": -70 })), "expired"),
            (claim("iat", json!({ "in": 70 })), "future"),
            (claim("nonce", json!("n")), "nonce"),
            (claim("events", json!({})), "hold"),
            (claim("events", json!({ "http://schemas.openid.net/event/backchannel-logout": 1 })), "hold"),
            (claim("jti", json!("")), "id"),
            (json!({ "remove": ["sub", "sid"] }), "neither"),
            (claim("sub", json!("a".repeat(600))), "neither"),
            (json!({ "remove": ["jti"] }), "hold"),
            (json!({ "remove": ["exp"] }), "hold"),
            (json!({ "remove": ["iat"] }), "hold"),
            (json!({ "remove": ["events"] }), "hold"),
        ] {
            let token = fixture.logout_token(&bad);
            assert_refused(oidc.verify_logout_token(&token, SystemTime::now()).await, why);
        }
        for garbage in ["", ".", "..", "a.b.c", "{}", &"a".repeat(10_000)] {
            assert_refused(oidc.verify_logout_token(garbage, SystemTime::now()).await, "");
        }
        // However many tokens name keys that do not exist, the provider is asked once.
        assert_eq!(fixture.count("/jwks"), 2);
    });
}

#[test]
fn security_09_a_signature_covers_every_byte() {
    System::new().block_on(async {
        let (fixture, oidc) = set_up(&[]);
        let (one, other) = (fixture.logout_token(&json!({})), fixture.logout_token(&json!({ "sub": "bob" })));
        let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
        let (one, other) = (parts(&one), parts(&other));
        let mixed = format!("{}.{}.{}", one[0], other[1], one[2]);
        assert_refused(oidc.verify_logout_token(&mixed, SystemTime::now()).await, "key");
    });
}
