//! What the browser must never learn, and what it must never run.

use browser_tests::{Setup, button, heading, link, play, textbox};

#[test]
fn the_page_asks_nobody_but_its_own_server() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let origin = stage.server.origin() + "/";
        for address in ["/", "/todos", "/todos/7", "/nope"] {
            page.open(address).await;
            page.sees(&link("Overview")).await;
            let asked = page.requested().await;
            assert!(asked.iter().any(|address| address.contains(".wasm")), "{asked:?}");
            for address in asked {
                assert!(address.starts_with(&origin), "{address} is not of {origin}");
            }
        }
    });
}

#[test]
fn the_upstreams_address_is_in_nothing_that_the_browser_receives_or_keeps() {
    play(Setup::default().network_log(), async |stage| {
        stage.page.open("/").await;
        stage.page.sees(&heading("Recent todos")).await;
        stage.page.click(&link("All todos")).await;
        stage.page.choose(&browser_tests::combobox("Filter by person"), "Ada Okafor").await;
        stage.page.fill(&textbox("New todo"), "Spy on the upstream").await;
        stage.page.click(&button("Add")).await;
        stage.page.click(&link("Spy on the upstream")).await;
        stage.page.is_on("Spy on the upstream").await;
        // An upstream that is down tempts servers into telling where it was looked for.
        stage.demo.stop().await;
        let page = &stage.page;
        page.expect_failed_requests("the server responded with a status of 502");
        page.click(&button("Mark as done")).await;
        page.announces("Couldn’t save").await;

        let received = page.network_log().await;
        assert!(received.contains("Spy on the upstream"), "the bodies are there");
        assert!(received.contains("x-request-id"), "the heads are there");
        assert!(received.contains("upstream_unreachable"), "the error is there");
        let port = format!(":{}", stage.demo.address().port());
        let at = received.find(&port);
        let context = at.map(|at| {
            received[..at].chars().rev().take(80).collect::<Vec<_>>().into_iter().rev().collect::<String>()
        });
        assert_eq!(context, None, "the upstream's port");

        let kept = page
            .evaluate(
                "return JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])",
                Vec::new(),
            )
            .await;
        assert_eq!(kept, r#"[{},{},""]"#);
    });
}

#[test]
fn a_script_that_gets_into_the_page_does_not_run() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/").await;
        page.sees(&heading("Recent todos")).await;
        page.expect_policy_report("This document requires 'TrustedScript' assignment");
        page.expect_policy_report("This document requires 'TrustedHTML' assignment");
        let inject = "const script = document.createElement('script'); \
            script.append('window.wasRun = true'); document.body.append(script); \
            return window.wasRun === undefined";
        assert_eq!(page.evaluate(inject, Vec::new()).await, true);
        // Strings do not even become markup or handlers (Trusted Types).
        for sink in [
            "document.body.setAttribute('onclick', 'window.wasRun = true')",
            "document.body.innerHTML = '<img src=x onerror=\"window.wasRun = true\">'",
        ] {
            let attempt = format!("try {{ {sink} }} catch (err) {{ return err.name }} return 'done'");
            assert_eq!(page.evaluate(&attempt, Vec::new()).await, "TypeError", "{sink}");
        }
        assert_eq!(page.evaluate("return window.wasRun === undefined", Vec::new()).await, true);
    });
}

#[test]
fn the_page_cannot_be_made_to_tell_another_server_anything() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let elsewhere = format!("http://{}/todos", stage.demo.address());
        page.open("/").await;
        page.sees(&heading("Recent todos")).await;
        for report in [
            "Refused to connect because it violates the document's Content Security Policy",
            "Content Security Policy directive: \"connect-src",
            "Content Security Policy directive: \"img-src",
            "Content Security Policy directive 'style-src",
        ] {
            page.expect_policy_report(report);
        }
        let fetch = "const [address, done] = arguments; fetch(address).then(() => done('sent'), () => done('refused'))";
        assert_eq!(page.evaluate_async(fetch, vec![elsewhere.clone().into()]).await, "refused");
        let picture = "const [address, done] = arguments; const picture = new Image(); \
            picture.onload = () => done('sent'); picture.onerror = () => done('refused'); picture.src = address";
        assert_eq!(page.evaluate_async(picture, vec![elsewhere.into()]).await, "refused");
        let style = "const style = document.createElement('style'); style.append('main { display: none }'); \
            document.head.append(style); return getComputedStyle(document.querySelector('main')).display";
        assert_ne!(page.evaluate(style, Vec::new()).await, "none");
    });
}

#[test]
fn html_in_a_text_is_shown_and_not_obeyed() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let text = "<img src=x onerror=alert(1)><b>bold</b>";
        page.open("/todos?person=1").await;
        page.fill(&textbox("New todo"), text).await;
        page.click(&button("Add")).await;
        page.click(&link(text)).await;
        page.is_on(text).await;
        page.open("/todos").await;
        page.sees(&link(text)).await;
        assert_eq!(page.evaluate("return document.images.length", Vec::new()).await, 0);
    });
}
