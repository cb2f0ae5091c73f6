//! The rate limit of 100 requests in 10 s.

use demo_api::DemoConfig;

use crate::demo::{Answer, Demo, config};

async fn get_for(demo: &Demo, method: &str, client: &str) -> Answer {
    let request = demo.request(method.parse().unwrap(), "/test").insert_header(("x-forwarded-for", client));
    Answer::to(request.send().await).await
}

#[actix_web::test]
async fn the_101st_request_of_a_client_is_refused() {
    let demo = Demo::with(DemoConfig { rate_limit: true, ..config() }).await;
    for used in 1..=100 {
        let answer = get_for(&demo, "GET", "192.0.2.1, 10.0.0.1").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-ratelimit-limit"), "100");
        assert_eq!(answer.header("x-ratelimit-remaining"), (100 - used).to_string());
        assert!(answer.header("x-ratelimit-reset").parse::<u64>().is_ok());
    }
    let refused = get_for(&demo, "GET", "192.0.2.1").await;
    refused.assert(429, r#"{"message":"request limit exceeded, please wait a few seconds"}"#);
    assert_eq!((refused.header("retry-after"), refused.header("x-ratelimit-remaining")), ("10", "0"));
    assert_eq!(get_for(&demo, "OPTIONS", "192.0.2.1").await.status, 429, "the limit comes before everything");
    assert_eq!(
        get_for(&demo, "GET", "192.0.2.2, 192.0.2.1").await.status,
        200,
        "the leftmost address counts"
    );
    assert_eq!(
        demo.get("/test").await.header("x-ratelimit-remaining"),
        "99",
        "without the header, the peer counts"
    );
}

#[actix_web::test]
async fn the_limit_can_be_switched_off() {
    let demo = Demo::start().await;
    for _ in 0..=100 {
        let answer = demo.get("/test").await;
        assert_eq!((answer.status, answer.header("x-ratelimit-limit")), (200, ""));
    }
}
