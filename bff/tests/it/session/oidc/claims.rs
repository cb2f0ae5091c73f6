//! Claims in the session: where they come from, what routes require of them, and how they follow a refresh.

use oidc_fixture::Person;
use serde_json::{Value, json};

use crate::harness::{
    browser::{Request, Response},
    keys::KEY_A,
    oidc::{Scene, cookies, path_of},
    polling::wait_until,
    redis_server::RedisServer,
    test_app::RouteTable,
    token_upstream::with,
};

const CLAIMS: (&str, &str) = ("BFF_OIDC_CLAIMS", "email,roles,/realm/roles,missing");

const TABLE: &str = r#"
[[route]]
path = "/whoami"
methods = ["GET"]
require = { claim = "roles", any = ["owner", "admin"] }
cache = { ttl = "60s", private = true }

[[route]]
path = "/{*rest}"
methods = ["GET"]
"#;

/// The claims that the server shows of the person.
fn claims(scene: &Scene, cookie: &str) -> Value {
    scene.app.send(&with(cookie, Request::get("/bff/session"))).json()["user"]["claims"].clone()
}

/// A browser in a session, which keeps the newest cookie: a slow machine may see tokens end between any two requests.
struct Browser<'a> {
    scene: &'a Scene,
    cookie: String,
}

impl Browser<'_> {
    fn send(&mut self, request: Request) -> Response {
        let answer = self.scene.app.send(&with(&self.cookie, request));
        if let Some(newer) = cookies(&answer).into_iter().find(|cookie| cookie.starts_with("bff=")) {
            self.cookie = newer;
        }
        answer
    }

    fn whoami(&mut self) -> Response {
        self.send(Request::get("/api/server/whoami"))
    }
}

#[test]
fn claims_come_from_the_id_token_and_else_from_userinfo() {
    let scene = Scene::set_up(&[CLAIMS]);
    scene.fixture.say("ada", &json!({ "roles": ["user"], "realm": { "roles": ["a", "b"] } }));
    let cookie = scene.sign_in();
    let by_userinfo = json!({ "email": "ada@example.org", "roles": ["user"], "/realm/roles": ["a", "b"] });
    assert_eq!(claims(&scene, &cookie), by_userinfo);
    assert_eq!(scene.fixture.count("/me"), 1, "names and claims are asked for once");

    scene.fixture.tamper(&json!({ "claims": {
        "roles": "admin", "preferred_username": "ada", "name": "Ada", "email": null, "realm": {}, "missing": 1,
    }}));
    let by_both =
        json!({ "email": "ada@example.org", "roles": "admin", "/realm/roles": ["a", "b"], "missing": 1 });
    assert_eq!(claims(&scene, &scene.sign_in()), by_both);
}

#[test]
fn claims_over_their_limit_sign_nobody_in_and_end_a_session() {
    let scene = Scene::set_up(&[CLAIMS]);
    scene.make_tokens_brief();
    let cookie = scene.sign_in();
    scene.fixture.say("ada", &json!({ "roles": "x".repeat(9000) }));
    let (callback, login) = scene.visit("/");
    assert_eq!(scene.come_back(&callback, &login).status, 502);
    scene.let_tokens_end();
    scene.whoami(&cookie).problem(401, "unauthenticated");
}

/// A role route in front of the provider's API, with sessions as `settings` say.
fn role_route_follows_a_refresh(settings: &[(&str, &str)]) {
    let table = RouteTable::new(TABLE);
    let scene = Scene::set_up(&[&[CLAIMS, table.setting()], settings].concat());
    scene.make_tokens_brief();
    scene.whoami("").problem(401, "unauthenticated");
    scene.fixture.say("ada", &json!({ "roles": ["user"] }));
    let mut browser = Browser { scene: &scene, cookie: scene.sign_in() };
    browser.whoami().problem(403, "forbidden");
    let items = r#"{"requests":[{"url":"/whoami","method":"GET"}]}"#;
    let batch = Request::new("POST", "/api/server/batch").json(items);
    assert_eq!(browser.send(batch).json()["responses"][0]["problem"]["code"], "forbidden");
    for spelling in ["/Whoami", "/whoami/", "/whoami.json"] {
        let request = Request::get(&format!("/api/server{spelling}"));
        browser.send(request).problem(400, "ambiguous_path");
    }
    assert_eq!(scene.fixture.count("/api/whoami"), 0, "the upstream was not asked");

    scene.fixture.say("ada", &json!({ "roles": ["user", "admin"] }));
    scene.let_tokens_end();
    let granted = browser.whoami();
    assert_eq!(granted.status, 200, "{}", granted.text());
    let session = browser.send(Request::get("/bff/session")).json();
    assert_eq!(session["user"]["claims"]["roles"], json!(["user", "admin"]));

    // Nor does a stored answer pass the check by.
    let kept = browser.whoami();
    assert!(kept.header("cache-status").unwrap().contains("hit"), "{:?}", kept.header("cache-status"));
    scene.fixture.say("ada", &json!({}));
    scene.let_tokens_end();
    let taken = browser.whoami();
    taken.problem(403, "forbidden");
    assert_eq!(taken.header("cache-control"), Some("private, no-store"));
    assert_eq!(scene.fixture.count("/api/whoami"), 1);
}

#[test]
fn security_62_a_role_route_follows_a_refresh_with_sessions_in_memory() {
    role_route_follows_a_refresh(&[]);
}

#[test]
fn a_role_route_follows_a_refresh_with_sessions_in_cookies() {
    role_route_follows_a_refresh(&[("BFF_SESSION_STORE", "cookie"), ("BFF_SESSION_KEY", KEY_A)]);
}

#[test]
fn a_role_route_follows_a_refresh_with_sessions_in_redis() {
    let redis = RedisServer::start();
    role_route_follows_a_refresh(&[("REDIS_URL", &redis.url()), ("BFF_SESSION_KEY", KEY_A)]);
}

/// Has the provider answer a refresh as `tamper` says; the roles after it, or none where the session has ended.
fn roles_after(scene: &Scene, cookie: &str, tamper: &Value) -> Option<Value> {
    scene.let_tokens_end();
    scene.fixture.tamper(tamper);
    scene.whoami(cookie);
    scene.is_signed_in(cookie).then(|| claims(scene, cookie)["roles"].clone())
}

#[test]
fn claims_of_a_refresh_are_taken_only_from_a_token_that_is_right() {
    let scene = Scene::set_up(&[CLAIMS]);
    scene.make_tokens_brief();
    scene.fixture.say("ada", &json!({ "roles": "userinfo" }));
    let cookie = scene.sign_in();
    let says = |roles: &str| json!({ "claims": { "roles": roles } });
    let token = |roles: &str, more: Value| {
        let mut changes = says(roles);
        changes.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        changes
    };
    assert_eq!(roles_after(&scene, &cookie, &says("token")), Some(json!("token")));
    let no_nonce = token("no nonce", json!({ "remove": ["nonce"] }));
    assert_eq!(roles_after(&scene, &cookie, &no_nonce), Some(json!("no nonce")));
    for wrong in [
        token("stranger", json!({ "by": "stranger" })),
        json!({ "claims": { "roles": "x", "iss": "https://evil.example" } }),
        json!({ "claims": { "roles": "x", "aud": "somebody else" } }),
        json!({ "claims": { "roles": "x", "exp": { "in": -70 } } }),
        json!({ "drop": true }),
    ] {
        assert_eq!(roles_after(&scene, &cookie, &wrong), Some(json!("userinfo")), "{wrong}");
    }

    scene.fixture.disturb_userinfo(&json!({ "status": 503 }));
    assert_eq!(roles_after(&scene, &cookie, &says("newer")), Some(json!("newer")), "it is in the token");
    assert_eq!(claims(&scene, &cookie)["email"], "ada@example.org", "nobody can be asked for it");
    assert_eq!(roles_after(&scene, &cookie, &json!({ "drop": true })), Some(json!("newer")));
    scene.fixture.disturb_userinfo(&json!({}));

    let another = json!({ "claims": { "sub": "eve", "roles": "admin" } });
    assert_eq!(roles_after(&scene, &cookie, &another), None);
    wait_until(|| scene.fixture.tokens().is_empty(), || "tokens of another person live on");
}

#[test]
fn a_person_with_two_sessions_has_claims_in_each_of_its_own() {
    let scene = Scene::set_up(&[CLAIMS]);
    scene.fixture.say("ada", &json!({ "roles": "first" }));
    let first = scene.sign_in();
    scene.fixture.say("ada", &json!({ "roles": "second" }));
    let (url, login) = scene.begin("/");
    let callback = path_of(&Person::named("ada").sign_in(&url));
    let second = cookies(&scene.come_back(&callback, &login)).remove(0);
    assert_eq!(
        (claims(&scene, &first)["roles"].clone(), claims(&scene, &second)["roles"].clone()),
        (json!("first"), json!("second"))
    );
}
