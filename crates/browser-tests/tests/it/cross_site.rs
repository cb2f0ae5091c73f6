//! A page of another site cannot make a signed-in browser do anything.

use browser_tests::{ForeignSite, Setup, Stage, play};

const SIGN_IN: &str = "const done = arguments[0]; fetch('/bff/login', { method: 'POST', \
    headers: { 'content-type': 'application/json' }, body: '{\"username\":\"ada\",\"password\":\"adapass\"}' }) \
    .then((answer) => done(answer.status))";

const WHO: &str = "const done = arguments[0]; fetch('/bff/session').then((answer) => answer.json()) \
    .then((session) => done(session.user ? session.user.username : 'nobody'))";

/// A form that is posted into a frame, as old as the web.
const FORM: &str = "const [address, done] = arguments; document.body.replaceChildren(); const frame = document.createElement('iframe'); \
    frame.name = 'target'; document.body.append(frame); const form = document.createElement('form'); \
    form.method = 'post'; form.action = address; form.target = 'target'; form.enctype = 'text/plain'; \
    const field = document.createElement('input'); field.name = '{\"todo\":\"forged\",\"userId\":1,\"x\":\"'; \
    field.value = '\"}'; form.append(field); document.body.append(form); \
    frame.addEventListener('load', () => setTimeout(() => done('sent'))); form.submit()";

/// A request that needs no leave and whose answer stays unread.
const NO_CORS: &str = "const [address, done] = arguments; fetch(address, { method: 'POST', mode: 'no-cors', \
    credentials: 'include', body: '{\"todo\":\"forged\",\"userId\":1}' }).then(() => done('sent'), () => done('refused'))";

const EVENT_SOURCE: &str = "const [address, done] = arguments; \
    const source = new EventSource(address, { withCredentials: true }); \
    source.onopen = () => done('open'); source.onerror = () => { source.close(); done('refused') }";

/// The browser's words for an answer that it keeps from a foreign page.
const BLOCKED: &str = "net::ERR_BLOCKED_BY_RESPONSE";
const FAILED: &str = "net::ERR_FAILED";

async fn nothing_changes_from(stage: &mut Stage, foreign: &str, complaints: &[&str]) {
    let page = &stage.page;
    page.open("/").await;
    assert_eq!(page.evaluate_async(SIGN_IN, Vec::new()).await, 200);
    assert_eq!(page.evaluate_async(WHO, Vec::new()).await, "ada");
    let before = stage.demo.todos();
    let origin = stage.server.origin();

    for complaint in complaints {
        page.expect_failed_requests(complaint);
    }
    page.expect_policy_report("frame-ancestors");
    page.expect_policy_report("blocked by CORS policy");
    page.open_elsewhere(foreign).await;
    for (script, path) in [
        (FORM, "/api/server/todos/add"),
        (FORM, "/bff/logout"),
        (NO_CORS, "/api/server/todos/add"),
        (NO_CORS, "/bff/logout"),
        (NO_CORS, "/bff/login"),
        (EVENT_SOURCE, "/api/server/todos"),
    ] {
        let outcome = page.evaluate_async(script, vec![format!("{origin}{path}").into()]).await;
        assert_ne!(outcome, "open", "{path}");
    }
    assert_eq!(stage.upstream().count("POST /todos"), 0, "the upstream heard nothing of it");
    assert_eq!(stage.upstream().count("POST /auth/login"), 1, "but for our own sign-in");
    assert_eq!(stage.demo.todos(), before);
    page.open("/").await;
    assert_eq!(page.evaluate_async(WHO, Vec::new()).await, "ada", "the session is still there");
}

#[test]
fn security_12_to_14_same_site_page_changes_nothing_despite_the_cookie() {
    play(Setup::default().faulty(), async |stage| {
        let complaints = ["the server responded with a status of 403", BLOCKED, FAILED];
        nothing_changes_from(stage, &ForeignSite::open().on_the_same_site(), &complaints).await;
    });
}

#[test]
fn security_12_to_14_a_page_of_another_site_changes_nothing() {
    play(Setup::default().faulty(), async |stage| {
        nothing_changes_from(stage, &ForeignSite::open().on_another_site(), &[BLOCKED, FAILED]).await;
    });
}
