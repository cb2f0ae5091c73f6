//! Secrets that the browser must never learn, and scripts that it must never run.

use browser_tests::{Setup, UNAUTHENTICATED, button, eventually, heading, link, play, textbox};

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
        // An upstream that is down tempts servers into naming its address.
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
fn security_03_browser_never_receives_shows_or_stores_a_token() {
    play(Setup::default().network_log().faulty(), async |stage| {
        let page = &stage.page;
        page.open("/").await;
        let sign_in = "const done = arguments[0]; fetch('/bff/login', { method: 'POST', \
            headers: { 'content-type': 'application/json' }, \
            body: '{\"username\":\"ada\",\"password\":\"adapass\"}' }).then((answer) => done(answer.status))";
        assert_eq!(page.evaluate_async(sign_in, Vec::new()).await, 200);
        // A refusal of tokens that are no longer new makes the server refresh them.
        stage.upstream().refuse("GET /test", 401, &[]);
        page.expect_failed_requests(UNAUTHENTICATED);
        let ask =
            "const [address, done] = arguments; fetch(address).then((answer) => answer.text()).then(done)";
        eventually("the tokens are renewed", async || {
            page.evaluate_async(ask, vec!["/api/server/test".into()]).await;
            let renewed = stage.upstream().count("POST /auth/refresh") > 0;
            renewed.then_some(()).ok_or_else(|| "none has been asked for".to_owned())
        })
        .await;
        for address in ["/api/server/auth/me", "/bff/session", "/bff/sessions"] {
            let told = page.evaluate_async(ask, vec![address.into()]).await;
            assert!(told.as_str().unwrap().contains("ada") || address == "/bff/sessions", "{told}");
        }
        for address in ["/", "/todos", "/todos/7"] {
            page.open(address).await;
            // A page that is left takes its bodies along: this one has come.
            page.sees(&button("Account: Ada Okafor")).await;
        }

        let received = page.network_log().await;
        assert!(
            received.contains("x-request-id") && received.contains("Okafor"),
            "heads and bodies are there"
        );
        let shown = page
            .evaluate(
                "return JSON.stringify([document.documentElement.outerHTML, {...localStorage}, \
                 {...sessionStorage}, document.cookie])",
                Vec::new(),
            )
            .await;
        let kept = page.devtools("Storage.getCookies", serde_json::json!({})).await;
        let cookies = kept["cookies"].as_array().unwrap();
        let names: Vec<_> = cookies.iter().map(|cookie| cookie["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["bff", "bff-device"]);
        assert!(cookies.iter().all(|cookie| cookie["httpOnly"] == true));
        assert!(shown.as_str().unwrap().ends_with(r#",{},{},""]"#), "{shown}");

        page.evaluate("console.log('the console is read')", Vec::new()).await;
        let console = page.console().await;
        assert!(console.contains("the console is read") && console.contains("401"), "{console}");

        let tokens = stage.upstream().tokens();
        assert!(tokens.len() >= 4, "those of the sign-in and of the renewal");
        let address = format!(":{}", stage.upstream().address().port());
        for secret in tokens.iter().chain([&address]) {
            for (place, text) in [
                ("received", &received),
                ("shown", &shown.to_string()),
                ("kept", &kept.to_string()),
                ("in the console", &console),
            ] {
                assert!(!text.contains(secret.as_str()), "{secret} is {place}");
            }
        }
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
fn security_54_scripts_and_styles_of_the_upstream_are_none_of_the_pages() {
    let routes = "[[route]]\npath = '/active/{*rest}'\nactive = true\n[[route]]\npath = '/{*rest}'";
    play(Setup::default().faulty().routes(routes), async |stage| {
        let page = &stage.page;
        for folder in ["/uploads", "/active"] {
            let upstream = stage.upstream();
            upstream.answer(&format!("GET {folder}/a.js"), "text/javascript", "window.wasRun = true");
            upstream.answer(&format!("GET {folder}/a.css"), "text/css", "main { outline: 7px solid }");
        }
        page.open("/").await;
        page.sees(&heading("Recent todos")).await;
        page.expect_policy_report("Failed to load module script");
        page.expect_policy_report("Refused to apply style from");
        let module = "const [address, done] = arguments; import(address).then(() => done('ran'), () => done('refused'))";
        let style = "const [address, done] = arguments; const link = document.createElement('link'); \
            link.onload = () => done('ran'); link.onerror = () => done('refused'); \
            link.rel = 'stylesheet'; link.href = address; document.head.append(link)";
        let effects = "return [window.wasRun === true, getComputedStyle(document.querySelector('main')).outlineWidth === '7px']";
        // The second folder shows that they would be, were it not for their types.
        for (folder, outcome, has_effect) in [("/uploads", "refused", false), ("/active", "ran", true)] {
            for (script, file) in [(module, "a.js"), (style, "a.css")] {
                let address = format!("/api/server{folder}/{file}");
                assert_eq!(
                    page.evaluate_async(script, vec![address.clone().into()]).await,
                    outcome,
                    "{address}"
                );
            }
            let both = serde_json::json!([has_effect, has_effect]);
            assert_eq!(page.evaluate(effects, Vec::new()).await, both, "{folder}");
        }
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
