//! Sizes, schemes and contrast.

use browser_tests::{Page, Scheme, Screen, Setup, button, eventually, heading, link, play, textbox};

const ADDRESSES: [&str; 6] = ["/", "/todos", "/todos?q=nothing+like+this", "/todos/7", "/nope", "/login"];

/// Opens every page and waits until its content is there.
async fn open(page: &Page, address: &str) {
    page.open(address).await;
    shows_content(page, address).await;
}

async fn shows_content(page: &Page, address: &str) {
    match address {
        "/" => {
            page.sees(&button("Show all 30 people")).await;
            page.does_not_read("Person 1").await;
        }
        "/todos" => page.sees(&heading("1–12 of 254 todos")).await,
        "/todos/7" => page.sees(&button("Edit")).await,
        "/nope" => page.is_on("Page not found").await,
        "/login" => page.sees(&textbox("Name")).await,
        "/sessions" => {
            page.reads("This browser").await;
            page.click(&button("Account: Ada Okafor")).await;
            page.sees(&link("Your sessions")).await;
        }
        _ => page.sees(&heading("Nothing matches")).await,
    }
}

#[test]
fn no_page_scrolls_sideways_on_any_screen() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        for screen in [Screen::PHONE, Screen::TABLET, Screen::DESKTOP] {
            page.on_screen(screen).await;
            for address in ADDRESSES {
                open(page, address).await;
                let width = page.evaluate("return document.documentElement.scrollWidth", Vec::new()).await;
                let wide = width.as_u64().unwrap();
                assert!(wide <= u64::from(screen.width), "{address} is {wide} wide on {}", screen.width);
            }
        }
    });
}

/// Loads a page with its requests held back, and lets them go once its skeleton is shown.
async fn open_slowly(page: &Page, address: &str) {
    page.open(address).await;
    let shown = "return document.querySelectorAll('[data-testid=skeleton]').length";
    eventually("the skeleton", async || match page.evaluate(shown, Vec::new()).await.as_u64() {
        Some(1) => Ok(()),
        count => Err(format!("there are {count:?}")),
    })
    .await;
    page.release_requests().await;
}

/// The layout shift of a page, fully loaded, is under a tenth of what counts as good (0.1).
async fn holds_still(page: &Page, address: &str, screen: Screen) {
    let (sum, shifts) = page.layout_shift().await;
    assert!(sum < 0.01, "{address}, {} wide, shifts by {sum}: {shifts:#}", screen.width);
}

#[test]
fn no_page_shifts_when_its_content_replaces_the_skeleton() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.hold_requests().await;
        for screen in [Screen::PHONE, Screen::DESKTOP] {
            page.on_screen(screen).await;
            for address in ADDRESSES.into_iter().filter(|address| *address != "/nope") {
                open_slowly(page, address).await;
                shows_content(page, address).await;
                holds_still(page, address, screen).await;
            }
        }
        page.release_requests().await;
        page.begin_session("ada", "adapass").await;
        for screen in [Screen::PHONE, Screen::DESKTOP] {
            page.on_screen(screen).await;
            open_slowly(page, "/sessions").await;
            page.reads("This browser").await;
            holds_still(page, "/sessions", screen).await;
        }
    });
}

#[test]
fn no_page_shifts_when_names_arrive_after_the_todos() {
    play(Setup::default().setting("BFF_CACHE_MAX", "off").faulty(), async |stage| {
        let page = &stage.page;
        for screen in [Screen::PHONE, Screen::DESKTOP] {
            page.on_screen(screen).await;
            for (address, content, nameless) in [
                ("/", button("Show all 30 people"), "Person 1"),
                ("/todos", heading("1–12 of 254 todos"), "Person 1"),
                ("/todos/7", button("Edit"), "Person 25"),
            ] {
                stage.upstream().hold("GET /users");
                page.open(address).await;
                page.sees(&content).await;
                page.reads(nameless).await;
                stage.upstream().behave();
                page.does_not_read(nameless).await;
                holds_still(page, address, screen).await;
            }
        }
    });
}

#[test]
fn everything_on_a_phone_is_large_enough_for_a_finger() {
    const SMALL: &str = r#"
        const small = [];
        const things = "button, select, input:not(label input), label:has(input), nav a";
        for (const e of document.querySelectorAll(things)) {
            const box = e.getBoundingClientRect();
            const shown = e.checkVisibility({ visibilityProperty: true }) && box.width > 1;
            if (shown && box.height < 40) small.push(e.outerHTML.slice(0, 120) + " " + box.height);
        }
        return small;
    "#;
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.on_screen(Screen::PHONE).await;
        for address in ADDRESSES {
            open(page, address).await;
            assert_eq!(page.evaluate(SMALL, Vec::new()).await, serde_json::json!([]), "{address}");
        }
        page.begin_session("ada", "adapass").await;
        open(page, "/sessions").await;
        assert_eq!(page.evaluate(SMALL, Vec::new()).await, serde_json::json!([]), "/sessions");
    });
}

#[test]
fn parts_of_a_row_stand_in_the_order_of_the_tab_key() {
    const PLACES: &str = r#"
        const parts = [...document.querySelector("[data-todo]").querySelectorAll("input, a, button:not(.todo__person)")];
        return parts.map((part) => part.getBoundingClientRect().x);
    "#;
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        for screen in [Screen::PHONE, Screen::TABLET, Screen::DESKTOP] {
            page.on_screen(screen).await;
            open(page, "/todos").await;
            let places = page.evaluate(PLACES, Vec::new()).await;
            let places: Vec<f64> = serde_json::from_value(places).unwrap();
            assert_eq!(places.len(), 4, "box, text, edit, delete");
            assert!(places.is_sorted(), "{screen:?}: {places:?}");
        }
    });
}

/// Texts whose contrast to what is behind them is below WCAG 2.2 §1.4.3: 4.5, for large text 3.
const FAINT: &str = r#"
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const paint = canvas.getContext("2d", { willReadFrequently: true });
    const layer = (colour) => { paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1); };
    const luminance = () => {
        const [r, g, b] = [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => {
            const part = value / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const faint = [];
    let checked = 0;
    for (const e of document.querySelectorAll("body *")) {
        const texts = [...e.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
        const own = e.dataset.initials || texts.some((text) => text.data.trim());
        const box = e.getBoundingClientRect();
        if (!own || e.closest("svg, :disabled, option") || box.width <= 1) continue;
        if (!e.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
        // Initials are written by the style sheet.
        const style = getComputedStyle(e, e.dataset.initials ? "::before" : null);
        layer("white");
        const parents = [];
        for (let at = e; at; at = at.parentElement) parents.unshift(at);
        parents.forEach((parent) => layer(getComputedStyle(parent).backgroundColor));
        if (e.dataset.initials) layer(style.backgroundColor);
        const behind = luminance();
        layer(style.color);
        const text = luminance();
        const contrast = (Math.max(behind, text) + 0.05) / (Math.min(behind, text) + 0.05);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        checked += 1;
        if (contrast < (large ? 3 : 4.5)) faint.push(e.outerHTML.slice(0, 120) + " " + contrast.toFixed(2));
    }
    return { checked, faint };
"#;

async fn stands_out(page: &Page, address: &str, scheme: Scheme) {
    let found = page.evaluate(FAINT, Vec::new()).await;
    assert!(found["checked"].as_u64() > Some(4), "{address}: hardly any text");
    assert_eq!(found["faint"], serde_json::json!([]), "{address}, {}", scheme.name());
}

#[test]
fn every_text_stands_out_in_both_schemes() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        for scheme in [Scheme::Light, Scheme::Dark] {
            page.in_scheme(scheme).await;
            for address in ADDRESSES {
                open(page, address).await;
                stands_out(page, address, scheme).await;
            }
        }
        page.begin_session("ada", "adapass").await;
        for scheme in [Scheme::Light, Scheme::Dark] {
            page.in_scheme(scheme).await;
            open(page, "/sessions").await;
            stands_out(page, "/sessions", scheme).await;
        }
    });
}

#[test]
fn scheme_follows_the_system_until_one_is_chosen_for_good() {
    const BACKGROUND: &str = "return getComputedStyle(document.documentElement).colorScheme + ' ' + \
        getComputedStyle(document.body).backgroundColor";
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.in_scheme(Scheme::Light).await;
        page.open("/nope").await;
        page.is_on("Page not found").await;
        let light = page.evaluate(BACKGROUND, Vec::new()).await;
        page.in_scheme(Scheme::Dark).await;
        page.reload().await;
        page.sees(&button("Switch to light theme")).await;
        let dark = page.evaluate(BACKGROUND, Vec::new()).await;
        assert_ne!(light, dark);

        page.click(&button("Switch to light theme")).await;
        page.sees(&button("Switch to dark theme")).await;
        page.reload().await;
        page.sees(&button("Switch to dark theme")).await;
        let chosen = page.evaluate(BACKGROUND, Vec::new()).await;
        let colour = |value: &serde_json::Value| {
            value.as_str().unwrap().split_once(' ').map(|(_, colour)| colour.to_owned())
        };
        // "light dark" has become "light": the words differ, the colour does not.
        assert_ne!(colour(&chosen), colour(&dark));
    });
}

#[test]
fn a_very_long_text_breaks_instead_of_widening_a_phone() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let long = "W".repeat(200);
        page.on_screen(Screen::PHONE).await;
        page.open("/todos?person=1").await;
        page.fill(&textbox("New todo"), &long).await;
        page.click(&button("Add")).await;
        page.sees(&link(&long)).await;
        let widths = "return document.documentElement.scrollWidth";
        assert_eq!(page.evaluate(widths, Vec::new()).await, 390);
        page.click(&link(&long)).await;
        page.is_on(&long).await;
        assert_eq!(page.evaluate(widths, Vec::new()).await, 390);
        page.open("/").await;
        page.sees(&link(&long)).await;
        assert_eq!(page.evaluate(widths, Vec::new()).await, 390);
    });
}
