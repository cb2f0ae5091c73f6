//! Error reports from the browser to the server.

use browser_tests::{Setup, Stage, eventually, heading, link, play};

/// The setting of the server's metrics listener.
const METRICS: (&str, &str) = ("BFF_METRICS_LISTEN", "127.0.0.1:0");

/// Waits until the server has heard of something of this kind.
async fn is_reported(stage: &Stage, kind: &str) {
    let series = format!("bff_browser_reports_total{{kind=\"{kind}\"}} ");
    eventually("the server is told", async || {
        let metrics = stage.server.metrics();
        if metrics.contains(&series) { Ok(()) } else { Err(metrics) }
    })
    .await;
}

#[test]
fn what_the_policy_keeps_from_happening_is_reported() {
    play(Setup::default().setting(METRICS.0, METRICS.1), async |stage| {
        stage.page.open("/").await;
        stage.page.sees(&heading("Recent todos")).await;
        stage.page.expect_policy_report("Content Security Policy directive: \"img-src");
        let elsewhere = format!("http://{}/x.png?s3cret", stage.demo.address());
        stage.page.evaluate("new Image().src = arguments[0]", vec![elsewhere.into()]).await;
        is_reported(stage, "csp_violation").await;
    });
}

#[test]
fn an_app_that_breaks_says_so_offers_to_load_again_and_reports_it() {
    play(Setup::default().setting(METRICS.0, METRICS.1), async |stage| {
        let page = &stage.page;
        page.open("/").await;
        page.sees(&heading("Recent todos")).await;
        page.is_whole().await;
        page.expect_a_panic();
        // No browser does this. It looks from inside like a fault of the app.
        page.evaluate("Element.prototype.setAttribute = () => { throw new Error('broken') }", Vec::new())
            .await;
        page.click(&link("All todos")).await;
        page.sees(&heading("Something broke")).await;
        page.sees(&link("Reload")).await;
        is_reported(stage, "browser_panic").await;
    });
}

#[test]
fn only_unexpected_errors_are_reported() {
    play(Setup::default().faulty().setting(METRICS.0, METRICS.1), async |stage| {
        let page = &stage.page;
        stage.upstream().refuse("GET /todos", 429, &["Retry-After: 16"]);
        page.open("/todos").await;
        page.sees(&heading("Too many requests")).await;
        stage.upstream().behave();
        stage.upstream().refuse("GET /todos", 500, &[]);
        page.expect_failed_requests("the server responded with a status of 500");
        page.open("/todos").await;
        page.sees(&heading("The server failed")).await;
        is_reported(stage, "query_error").await;
        assert!(stage.server.metrics().contains("bff_browser_reports_total{kind=\"query_error\"} 1\n"));
    });
}
