//! The OpenID client, against a certified provider and without a browser.

mod id_token;
mod logout;
mod refresh;

use std::sync::Arc;

use actix_web::rt::System;
use bff::{
    Config,
    config::Source,
    keys::Secret,
    session::{SignedIn, login_state::LoginState},
    sign_in::{
        ProviderError,
        oidc::{CallbackQuery, OidcProvider, OidcShared, PassedParameters},
        renewed::KnownPerson,
    },
};
use front_fixture::unused_port;
use oidc_fixture::{OidcFixture, Person};
use serde_json::{Value, json};
use url::Url;

/// The address of the server, as the provider knows it.
const PUBLIC_URL: &str = "http://127.0.0.1:9";

/// The person as a session without claims knows her.
const ADA: KnownPerson<'_> = KnownPerson { id: "ada", claims: None };

/// A provider that knows the server, and the server's side of it.
fn set_up(settings: &[(&str, &str)]) -> (OidcFixture, OidcProvider) {
    let fixture = OidcFixture::start();
    fixture.register(PUBLIC_URL);
    let oidc = before(&fixture.settings(), settings);
    (fixture, oidc)
}

fn before(provider: &[(&str, &str)], settings: &[(&str, &str)]) -> OidcProvider {
    let all = provider.iter().chain(settings).copied();
    let config = Config::from_source(&Source::of(all)).unwrap();
    let shared = OidcShared::new(config.sign_in.oidc.unwrap(), &Url::parse(PUBLIC_URL).unwrap());
    OidcProvider::new(Arc::new(shared), config.upstream, None)
}

fn query(url: &str) -> CallbackQuery {
    let mut query = CallbackQuery::default();
    for (name, value) in Url::parse(url).unwrap().query_pairs() {
        let value = Some(value.into_owned());
        match &*name {
            "code" => query.code = value,
            "state" => query.state = value,
            "iss" => query.iss = value,
            "error" => query.error = value,
            "error_description" => query.error_description = value,
            other => panic!("{other}"),
        }
    }
    query
}

/// Goes to the provider and comes back.
async fn visit(oidc: &OidcProvider) -> (LoginState, CallbackQuery) {
    let (url, attempt) = oidc.begin("/todos".to_owned(), &PassedParameters::default()).await.unwrap();
    (attempt, query(&Person::named("ada").sign_in(url.as_str())))
}

async fn sign_in(oidc: &OidcProvider) -> Result<SignedIn, ProviderError> {
    let (attempt, answer) = visit(oidc).await;
    let code = answer.code.clone().unwrap();
    let result = oidc.finish(attempt, answer).await;
    if let Err(err) = &result {
        // Every error is logged, and must not hold the code.
        assert!(!format!("{err} {err:?}").contains(&code));
    }
    result
}

#[track_caller]
fn assert_refused<T>(result: Result<T, ProviderError>, why: &str) {
    match result {
        Err(ProviderError::Refused(reason)) => assert!(reason.contains(why), "{reason}"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was taken: {why}"),
    }
}

#[test]
fn security_01_a_code_is_exchanged_with_pkce_for_the_tokens_of_a_person() {
    System::new().block_on(async {
        let (fixture, oidc) = set_up(&[]);
        let (url, attempt) = oidc.begin("/todos".to_owned(), &PassedParameters::default()).await.unwrap();
        let asked = |name| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        assert_eq!(asked("response_type"), "code");
        assert_eq!(asked("code_challenge_method"), "S256");
        assert_eq!(asked("scope"), "openid profile email offline_access");
        assert_eq!(asked("prompt"), "consent");
        assert_eq!(asked("redirect_uri"), format!("{PUBLIC_URL}/bff/callback"));
        assert_eq!(asked("state"), attempt.state.expose());
        assert_eq!(asked("nonce"), attempt.nonce.expose());
        assert!(attempt.state.expose().len() >= 43 && attempt.state != attempt.nonce);
        assert_eq!(attempt.return_url, "/todos");

        let answer = query(&Person::named("ada").sign_in(url.as_str()));
        let signed_in = oidc.finish(attempt, answer).await.unwrap();
        assert_eq!(signed_in.user.id, "ada");
        assert_eq!(signed_in.user.username, "ada");
        assert_eq!(signed_in.user.name, "Ada Lovelace");
        assert!(signed_in.provider_session.is_some());
        let tokens = signed_in.tokens;
        let life = tokens.expires.unwrap().duration_since(tokens.issued).unwrap().as_secs();
        assert!((3590..=3600).contains(&life), "{life}");
        assert!(tokens.refresh.is_some());
        assert_eq!(fixture.whoami(tokens.access.expose()).body, r#"{"sub":"ada"}"#);
    });
}

#[test]
fn security_01_a_code_is_worth_nothing_without_its_verifier() {
    System::new().block_on(async {
        let (_fixture, oidc) = set_up(&[]);
        let (mut attempt, answer) = visit(&oidc).await;
        attempt.verifier = Secret::new("a".repeat(43));
        assert_refused(oidc.finish(attempt, answer).await, "invalid_grant");

        let (url, attempt) = oidc.begin("/".to_owned(), &PassedParameters::default()).await.unwrap();
        let bare = url.as_str().replace("code_challenge", "ignored");
        let answer = query(&Person::named("ada").sign_in(&bare));
        assert_refused(oidc.finish(attempt, answer).await, "invalid_request");
    });
}

#[test]
fn consent_is_asked_for_only_where_the_operator_says_so() {
    System::new().block_on(async {
        let (_fixture, oidc) = set_up(&[("BFF_OIDC_PARAMS", "")]);
        let (url, _) = oidc.begin("/".to_owned(), &PassedParameters::default()).await.unwrap();
        assert!(!url.as_str().contains("prompt="), "{url}");
        assert_eq!(sign_in(&oidc).await.unwrap().tokens.refresh, None);
    });
}

#[test]
fn security_02_an_unknown_state_is_refused_before_the_token_request() {
    System::new().block_on(async {
        let (fixture, oidc) = set_up(&[]);
        for tampered in [None, Some(String::new()), Some("x".repeat(43))] {
            let (attempt, mut answer) = visit(&oidc).await;
            answer.state = tampered;
            assert_refused(oidc.finish(attempt, answer).await, "state");
        }
        assert_eq!(fixture.count("authorization_code"), 0);
    });
}

#[test]
fn security_02_a_code_is_good_once() {
    System::new().block_on(async {
        let (_fixture, oidc) = set_up(&[]);
        let (attempt, answer) = visit(&oidc).await;
        assert!(oidc.finish(attempt.clone(), answer.clone()).await.is_ok());
        assert_refused(oidc.finish(attempt, answer).await, "invalid_grant");
    });
}

#[test]
fn security_02_an_answer_that_another_provider_slipped_in_is_refused() {
    System::new().block_on(async {
        let (fixture, oidc) = set_up(&[]);
        for issuer in [None, Some("https://evil.example".to_owned()), Some(format!("{}/", fixture.issuer()))]
        {
            let (attempt, mut answer) = visit(&oidc).await;
            answer.iss = issuer;
            assert_refused(oidc.finish(attempt, answer).await, "issuer");
        }
        assert_eq!(fixture.count("authorization_code"), 0);
    });
}

#[test]
fn a_person_who_declines_at_the_provider_is_not_signed_in() {
    System::new().block_on(async {
        let (_fixture, oidc) = set_up(&[]);
        let (url, attempt) = oidc.begin("/".to_owned(), &PassedParameters::default()).await.unwrap();
        let answer = query(&Person::named("ada").deny(url.as_str()));
        assert_refused(oidc.finish(attempt, answer).await, "access_denied");
    });
}

#[test]
fn a_provider_that_is_down_at_first_is_used_once_it_is_up() {
    System::new().block_on(async {
        let port = unused_port();
        let issuer = format!("http://localhost:{port}");
        let settings = [
            ("BFF_OIDC_ISSUER", issuer.as_str()),
            ("BFF_OIDC_CLIENT_ID", oidc_fixture::CLIENT_ID),
            ("BFF_OIDC_CLIENT_SECRET", oidc_fixture::CLIENT_SECRET),
        ];
        let oidc = before(&settings, &[]);
        let down = oidc.begin("/".to_owned(), &PassedParameters::default()).await;
        assert!(matches!(down, Err(ProviderError::Unavailable(_))), "{down:?}");

        let fixture = OidcFixture::start_at(port);
        fixture.register(PUBLIC_URL);
        let up = loop {
            // After a failure the client pauses.
            match sign_in_if_up(&oidc).await {
                Some(up) => break up,
                None => actix_web::rt::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        };
        assert_eq!(up.user.id, "ada");
    });
}

async fn sign_in_if_up(oidc: &OidcProvider) -> Option<SignedIn> {
    let (url, attempt) = oidc.begin("/".to_owned(), &PassedParameters::default()).await.ok()?;
    let answer = query(&Person::named("ada").sign_in(url.as_str()));
    Some(oidc.finish(attempt, answer).await.unwrap())
}

#[test]
fn another_issuer_s_document_is_not_believed() {
    System::new().block_on(async {
        let fixture = OidcFixture::start();
        let issuer = fixture.issuer().replace("localhost", "127.0.0.1");
        let settings = [("BFF_OIDC_ISSUER", issuer.as_str()), ("BFF_OIDC_CLIENT_ID", "bff")];
        let begun = before(&settings, &[]).begin("/".to_owned(), &PassedParameters::default()).await;
        assert!(matches!(&begun, Err(ProviderError::Unusable(why)) if why.contains("issuer")), "{begun:?}");
    });
}
