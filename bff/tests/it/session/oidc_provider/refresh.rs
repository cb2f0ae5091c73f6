//! Token refresh at the provider.

use super::{ADA, ProviderError, Secret, System, json, set_up, sign_in};

#[test]
fn a_refresh_brings_new_tokens_and_spends_the_old_refresh_token() {
    System::new().block_on(async {
        let (fixture, oidc) = set_up(&[]);
        fixture.set_access_token_life(2);
        let old = sign_in(&oidc).await.unwrap().tokens;
        let spent = old.refresh.unwrap();
        let new = oidc.refresh(&spent, ADA).await.unwrap().tokens;
        assert_ne!(new.access, old.access);
        assert_ne!(new.refresh.as_ref(), Some(&spent));
        assert_eq!(fixture.whoami(new.access.expose()).status, 200);
        assert_eq!(new.expires.unwrap().duration_since(new.issued).unwrap().as_secs(), 2);

        let again = oidc.refresh(&spent, ADA).await;
        assert!(matches!(again, Err(ProviderError::Refused(_))), "{again:?}");
        assert_eq!(fixture.count("refresh_token"), 2);
    });
}

#[test]
fn security_07_a_dead_refresh_token_is_told_from_a_provider_in_trouble() {
    System::new().block_on(async {
        let (fixture, oidc) = set_up(&[("BFF_UPSTREAM_TIMEOUT", "200ms")]);
        let refresh = sign_in(&oidc).await.unwrap().tokens.refresh.unwrap();
        for trouble in [
            json!({ "status": 500 }),
            json!({ "status": 503, "body": "<html>" }),
            json!({ "status": 429 }),
            json!({ "status": 400, "body": { "error": "temporarily_unavailable" } }),
            json!({ "status": 401, "body": { "error": "invalid_client" } }),
            json!({ "status": 400, "body": "?" }),
            json!({ "status": 302 }),
            json!({ "status": 200, "body": { "access_token": 1 } }),
            json!({ "delay_ms": 1000 }),
        ] {
            fixture.disturb_token_endpoint(&trouble);
            let result = oidc.refresh(&refresh, ADA).await;
            assert!(
                matches!(result, Err(ProviderError::Unavailable(_) | ProviderError::Unusable(_))),
                "{trouble}: {result:?}"
            );
        }
        fixture.disturb_token_endpoint(&json!({ "status": 400, "body": { "error": "invalid_grant" } }));
        assert!(matches!(oidc.refresh(&refresh, ADA).await, Err(ProviderError::Refused(_))));
        drop(fixture);
        let down = oidc.refresh(&refresh, ADA).await;
        assert!(matches!(down, Err(ProviderError::Unavailable(_))), "{down:?}");
    });
}

#[test]
fn security_07_a_refresh_token_that_the_provider_revoked_is_dead() {
    System::new().block_on(async {
        let (fixture, oidc) = set_up(&[]);
        let tokens = sign_in(&oidc).await.unwrap().tokens;
        fixture.revoke("ada");
        assert_eq!(fixture.whoami(tokens.access.expose()).status, 401);
        for dead in [tokens.refresh.unwrap(), Secret::new("never issued")] {
            let refreshed = oidc.refresh(&dead, ADA).await;
            assert!(matches!(&refreshed, Err(ProviderError::Refused(_))), "{refreshed:?}");
            assert!(!format!("{refreshed:?}").contains(dead.expose()));
        }
    });
}
