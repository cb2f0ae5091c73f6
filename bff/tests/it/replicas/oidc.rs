//! A sign-in whose steps reach different replicas, as a load balancer has it.

use oidc_fixture::{OidcFixture, Person};
use serde_json::json;

use crate::harness::{
    browser::Request,
    oidc::{cookies, path_of},
    redis_server::RedisServer,
    replicas::Replicas,
    token_upstream::with,
};

/// The one address that browsers use for all of them.
const PUBLIC_URL: &str = "http://127.0.0.1:9";

#[test]
fn security_02_a_sign_in_begun_at_one_replica_ends_once_at_another() {
    let (redis, fixture) = (RedisServer::start(), OidcFixture::start());
    fixture.register(PUBLIC_URL);
    let settings: Vec<_> = fixture.settings().into_iter().chain([("BFF_PUBLIC_URL", PUBLIC_URL)]).collect();
    let upstream = format!("{}/api", fixture.issuer());
    let replicas = Replicas::start(3, &upstream, &redis.url(), &settings);

    let begun = replicas.send_to(0, &Request::get("/bff/login?returnUrl=/"));
    let login = cookies(&begun).remove(0);
    let callback = path_of(&Person::named("ada").sign_in(begun.header("location").unwrap()));
    let come_back = |number| replicas.send_to(number, &Request::get(&callback).header("Cookie", &login));
    let back = come_back(1);
    assert_eq!(back.status, 200, "{}", back.text());
    let cookie = cookies(&back).remove(0);
    assert_eq!(come_back(2).status, 400, "it was taken out");
    assert!((0..3).all(|_| replicas.knows(&cookie)));

    let token = fixture.logout_token(&json!({}));
    let send = |number| {
        let request = Request::new("POST", "/bff/backchannel-logout");
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        replicas.send_to(number, &request.body(format!("logout_token={token}")))
    };
    assert_eq!(send(2).status, 200);
    for number in 0..3 {
        let answer = replicas.send_to(number, &with(&cookie, Request::get("/api/server/whoami")));
        answer.problem(401, "unauthenticated");
        send(number).problem(400, "invalid_request");
    }
}

#[test]
fn security_46_redis_holds_finished_sign_ins_until_they_would_have_ended() {
    let (redis, fixture) = (RedisServer::start(), OidcFixture::start());
    fixture.register(PUBLIC_URL);
    let settings: Vec<_> = fixture.settings().into_iter().chain([("BFF_PUBLIC_URL", PUBLIC_URL)]).collect();
    let upstream = format!("{}/api", fixture.issuer());
    let replicas = Replicas::start(2, &upstream, &redis.url(), &settings);
    let kept =
        || -> Vec<String> { redis.keys().into_iter().filter(|key| !key.starts_with("bff:count:")).collect() };
    let begun = replicas.send_to(0, &Request::get("/bff/login?returnUrl=/"));
    assert_eq!(begun.status, 303);
    assert_eq!(kept(), Vec::<String>::new(), "a sign-in under way costs nothing");
    let callback = path_of(&Person::named("ada").sign_in(begun.header("location").unwrap()));
    let spoilt = callback.replace("code=", "code=x");
    let login = cookies(&begun).remove(0);
    let back = replicas.send_to(1, &Request::get(&spoilt).header("Cookie", &login));
    assert_eq!(back.status, 401);
    let [key] = kept().try_into().unwrap();
    let left: i64 = redis.ask(&["PTTL", &key]).trim().trim_start_matches(':').parse().unwrap();
    assert!(key.starts_with("bff:seen:") && (1..=600_000).contains(&left), "{key} ends in {left} ms");
    let again = replicas.send_to(0, &Request::get(&callback).header("Cookie", &login));
    assert_eq!(again.status, 400, "it was used");
}
