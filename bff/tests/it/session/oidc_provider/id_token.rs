//! Verification of ID tokens, and the user that they name.

use super::{System, Value, assert_refused, json, set_up, sign_in};

#[test]
fn security_02_an_id_token_without_the_nonce_of_the_attempt_is_refused() {
    System::new().block_on(async {
        let (fixture, oidc) = set_up(&[]);
        for tampered in [json!({ "claims": { "nonce": "another" } }), json!({ "remove": ["nonce"] })] {
            fixture.tamper(&tampered);
            assert_refused(sign_in(&oidc).await, "nonce");
        }
        assert!(sign_in(&oidc).await.is_ok());
    });
}

#[test]
fn security_01_an_id_token_is_taken_only_where_all_of_it_is_right() {
    System::new().block_on(async {
        let (fixture, oidc) = set_up(&[]);
        let claim = |name: &str, value: Value| json!({ "claims": { name: value } });
        for (tampered, why) in [
            (claim("exp", json!({ "in": -70 })), "Expired"),
            (claim("iat", json!({ "in": 70 })), "future"),
            (claim("aud", json!("somebody else")), "audience"),
            (claim("aud", json!(["bff", "somebody else"])), "audience"),
            (claim("azp", json!("somebody else")), "another"),
            (claim("iss", json!("https://evil.example")), "issuer"),
            (claim("at_hash", json!("AAAA")), "access token"),
            (json!({ "header": { "typ": "logout+jwt" } }), "type"),
            (json!({ "header": { "crit": ["x"], "x": 1 } }), "critical"),
            (json!({ "by": "stranger" }), "ignature"),
            (json!({ "by": "nobody" }), "ignature"),
            (json!({ "by": "public key" }), "ignature"),
        ] {
            fixture.tamper(&tampered);
            assert_refused(sign_in(&oidc).await, why);
        }
        for tolerated in [
            claim("exp", json!({ "in": -50 })),
            claim("iat", json!({ "in": 50 })),
            // Some providers date their tokens back.
            claim("iat", json!({ "in": -300 })),
            claim("azp", json!("bff")),
        ] {
            fixture.tamper(&tolerated);
            sign_in(&oidc).await.unwrap();
        }
    });
}

#[test]
fn a_new_key_of_the_provider_works_at_once() {
    System::new().block_on(async {
        let (fixture, oidc) = set_up(&[]);
        sign_in(&oidc).await.unwrap();
        fixture.rotate_key();
        sign_in(&oidc).await.unwrap();
        sign_in(&oidc).await.unwrap();
        assert_eq!(fixture.count("/.well-known/openid-configuration"), 1);
        assert_eq!(fixture.count("/jwks"), 2);
    });
}

#[test]
fn userinfo_is_asked_only_for_names_that_the_id_token_does_not_hold() {
    System::new().block_on(async {
        let (fixture, oidc) = set_up(&[]);
        fixture.tamper(&json!({ "claims": { "preferred_username": "countess", "name": "Ada King" } }));
        let user = sign_in(&oidc).await.unwrap().user;
        assert_eq!(
            (user.id.as_str(), user.username.as_str(), user.name.as_str()),
            ("ada", "countess", "Ada King")
        );
        assert_eq!(fixture.count("/me"), 0);

        fixture.tamper(&json!({ "claims": { "email": "ada@example.com" } }));
        let user = sign_in(&oidc).await.unwrap().user;
        assert_eq!((user.username.as_str(), user.name.as_str()), ("ada@example.com", "Ada Lovelace"));
        assert_eq!(fixture.count("/me"), 1);

        fixture.tamper(&json!({ "claims": { "sub": "bob" } }));
        assert_refused(sign_in(&oidc).await, "another person");

        let (fixture, oidc) = set_up(&[("BFF_OIDC_SCOPES", "openid")]);
        let user = sign_in(&oidc).await.unwrap().user;
        assert_eq!((user.username.as_str(), user.name.as_str()), ("ada", "ada"));
        assert_eq!(fixture.count("/me"), 0);
    });
}
