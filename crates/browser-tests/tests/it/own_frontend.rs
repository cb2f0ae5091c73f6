//! A front end of one's own: the React app of the page on it, developed and built with Vite.

use std::collections::BTreeSet;

use browser_tests::{Cdn, Page, Setup, TrunkApp, ViteApp, button, eventually, heading, play, textbox};

/// What such apps bring along from elsewhere.
struct Extras {
    cdn: Cdn,
}

impl Extras {
    fn new() -> Self {
        Self { cdn: Cdn::open() }
    }

    /// What such an app needs besides what the policy allows by itself.
    fn policy(&self) -> String {
        format!(
            "img-src {origin}; font-src {origin}; style-src 'nonce'; worker-src blob:; -require-trusted-types-for",
            origin = self.cdn.origin()
        )
    }

    /// A module with a picture, a font, a style of a library and a worker.
    fn module(&self) -> String {
        format!(
            r#"import createEmotion from "@emotion/css/create-instance";
import Double from "./double.js?worker&inline";

const nonce = document.querySelector("meta[property=csp-nonce]")?.nonce;
const {{ css }} = createEmotion({{ key: "app", nonce }});
document.body.classList.add(css({{ color: "rgb(1, 2, 3)" }}));

const picture = new Image();
picture.onload = () => (document.body.dataset.picture = "seen");
picture.src = "{origin}/picture.svg";

new FontFace("Cdn", "url({origin}/font.woff2)").load().catch(() => {{}});

const worker = new Double();
worker.onmessage = ({{ data }}) => (document.body.dataset.worker = data);
worker.postMessage(21);
"#,
            origin = self.cdn.origin()
        )
    }
}

const SEEN: &str = "return [document.body.dataset.picture, document.body.dataset.worker, \
    getComputedStyle(document.body).color].join()";

/// The app of the page with everything that such apps bring along.
fn app(extras: &Extras) -> ViteApp {
    let app = ViteApp::new(&[("extras.js", &extras.module())]);
    app.write("src/double.js", "onmessage = ({ data }) => postMessage(2 * data);");
    app
}

async fn has_everything(page: &Page, extras: &Extras) {
    page.sees(&heading("Todos")).await;
    eventually("picture, worker and style", async || {
        let found = page.evaluate(SEEN, Vec::new()).await;
        if found == "seen,42,rgb(1, 2, 3)" { Ok(()) } else { Err(found.to_string()) }
    })
    .await;
    eventually("the font", async || {
        let asked = extras.cdn.asked();
        if asked.iter().any(|path| path == "/font.woff2") { Ok(()) } else { Err(format!("{asked:?}")) }
    })
    .await;
}

/// A console that complains fails the scene: that there is no report is checked by [`play`].
#[test]
fn a_built_app_with_font_picture_style_library_and_worker_causes_no_report() {
    let extras = Extras::new();
    let app = app(&extras);
    let setup =
        Setup::default().setting("BFF_SPA_DIR", &app.build("dist")).setting("BFF_CSP", &extras.policy());
    play(setup, async |stage| {
        let page = &stage.page;
        page.open("/").await;
        has_everything(page, &extras).await;
        page.click(&button("Sign in")).await;
        page.is_at("/login?returnUrl=%2F").await;
        page.fill(&textbox("Name"), "ada").await;
        page.fill(&textbox("Password"), "adapass").await;
        page.click(&button("Sign in")).await;
        page.click(&button("Sign out Ada Okafor")).await;
        page.sees(&button("Sign in")).await;
    });
}

#[test]
fn an_app_in_development_reloads_while_it_runs_behind_the_sign_in() {
    let extras = Extras::new();
    let app = app(&extras);
    let dev = app.develop();
    let setup = Setup::default().setting("BFF_SPA_DEV", &dev.address()).setting("BFF_CSP", &extras.policy());
    play(setup, async |stage| {
        let page = &stage.page;
        page.open("/").await;
        has_everything(page, &extras).await;
        page.begin_session("ada", "adapass").await;
        page.reload().await;
        page.sees(&button("Sign out Ada Okafor")).await;
        page.evaluate("window.same = true", Vec::new()).await;
        app.replace("src/App.jsx", "<h1>Todos</h1>", "<h1>Tasks</h1>");
        page.sees(&heading("Tasks")).await;
        page.sees(&button("Sign out Ada Okafor")).await;
        assert_eq!(
            page.evaluate("return window.same", Vec::new()).await,
            true,
            "the page was not loaded again"
        );
    });
}

#[test]
fn a_page_that_is_open_finds_its_files_while_two_replicas_change_to_the_next_build() {
    let extras = Extras::new();
    let app = app(&extras);
    app.write("src/later.js", "export default 'first';");
    app.replace(
        "src/main.jsx",
        "createRoot(",
        "window.later = () => import(\"./later.js\").then((module) => module.default);\ncreateRoot(",
    );
    let first = app.build("first");
    app.write("src/later.js", "export default 'second';");
    app.replace("src/App.jsx", "<h1>Todos</h1>", "<h1>Tasks</h1>");
    let second = app.build("second");
    let setup = Setup::default()
        .setting("BFF_SPA_DIR", &second)
        .setting("BFF_SPA_PREVIOUS", &first)
        .setting("BFF_CSP", &extras.policy());
    let before = [("BFF_SPA_DIR", first.as_str()), ("BFF_SPA_PREVIOUS", second.as_str())];
    play(setup.beside_a_replica(&before), async |stage| {
        let page = &stage.page;
        let later = "const done = arguments[0]; window.later().then(done, (error) => done(String(error)))";
        let mut seen = BTreeSet::new();
        for _ in 0..10 {
            page.open("/").await;
            page.reads("Sign in").await;
            let title = page.evaluate("return document.querySelector('h1').textContent", Vec::new()).await;
            // Each request of the page may reach either replica.
            let found = page.evaluate_async(later, Vec::new()).await;
            assert_eq!(found, if title == "Todos" { "first" } else { "second" });
            seen.insert(found.as_str().unwrap().to_owned());
        }
        assert_eq!(seen.len(), 2, "both builds were seen: {seen:?}");
    });
}

#[test]
fn trunk_serve_reloads_the_page_behind_the_server() {
    let app = TrunkApp::new("one");
    let dev = app.develop();
    play(Setup::default().setting("BFF_SPA_DEV", &dev.address()), async |stage| {
        let page = &stage.page;
        page.open("/").await;
        page.reads("one").await;
        app.shows("two");
        page.reads("two").await;
        assert_eq!(page.evaluate_async(STATUS, vec!["/api/server/todos/1".into()]).await, 200);
    });
}

const STATUS: &str =
    "const [address, done] = arguments; fetch(address).then((answer) => done(answer.status))";
