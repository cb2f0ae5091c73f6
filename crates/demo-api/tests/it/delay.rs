//! `?delay=`.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::demo::Demo;

#[actix_web::test]
async fn any_route_can_be_delayed() {
    let demo = Demo::start().await;
    for path in ["/todos/1", "/nowhere", "/auth/me"] {
        let asked = Instant::now();
        demo.get(&format!("{path}?delay=60")).await;
        assert!(asked.elapsed() >= Duration::from_millis(60), "{path}");
    }
}

#[actix_web::test]
async fn a_delayed_request_does_not_hold_up_others() {
    let demo = Demo::start().await;
    let slow = async {
        demo.get("/todos/1?delay=400").await;
        Instant::now()
    };
    let quick = async {
        demo.get("/todos/1").await;
        Instant::now()
    };
    let (slow, quick) = futures_util::future::join(slow, quick).await;
    assert!(quick < slow);
}

#[actix_web::test]
async fn a_delay_outside_0_to_5000_is_refused_at_once() {
    let demo = Demo::start().await;
    let negative = "Delay should be a positive number in milliseconds";
    let long = "Delay should be less than 5 seconds (5000 milliseconds)";
    for (delay, message) in
        [("-1", negative), ("abc", negative), ("5001", long), ("1e99", long), ("Infinity", long)]
    {
        let answer = demo.get(&format!("/todos?delay={delay}")).await;
        answer.assert(400, &json!({ "message": message }).to_string());
    }
    for delay in ["", "0"] {
        assert_eq!(demo.get(&format!("/todos?delay={delay}")).await.status, 200);
    }
}
