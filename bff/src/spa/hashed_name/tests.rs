use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};

use super::*;

/// Names that are drawn to count how many are recognised.
const DRAWN: usize = 20_000;

#[test]
fn names_by_the_known_bundlers_hold_a_hash() {
    for name in [
        // trunk
        "frontend-0123456789abcdef.js",
        "frontend-0123456789abcdef_bg.wasm",
        "styles-89abcdef.css",
        // webpack
        "main.8f3a2b1c9d0e.js",
        "static/js/2.8f3a2b1c.chunk.js",
        "static/media/logo.6ce24c58023cc2f8fd88fe9d219db6c6.svg",
        "8f3a2b1c9d0e8f3a2b1c.woff2",
        "main.8f3a2b1c9d0e.js.LICENSE.txt",
        // Vite and Rollup
        "assets/index-BqTk3_0x.js",
        "assets/index-C3oXnq9v.css",
        "assets/index-B-qT_k3x.js",
        "assets/index--xBqT3k0.js",
        "assets/vendor.Cx9_fQ-2.js",
        "assets/index-legacy-BqTk3_0x.js",
        "assets/inter-latin-400-normal-C38fXH4l.woff2",
        // esbuild and Angular
        "main-ABCD2345.js",
        "chunk-5Y7DKLQV.mjs",
        "media/logo-A2BC3D4E.svg",
        // Next.js
        "_next/static/chunks/main-app-4f0fc1bd8be5a9ee.js",
        // Source maps
        "main.8f3a2b1c9d0e.js.map",
        "assets/index-BqTk3_0x.js.map",
    ] {
        assert!(holds_hash(name), "{name}");
    }
}

#[test]
fn words_dates_sizes_and_numbers_are_no_hashes() {
    for name in [
        "index.html",
        "favicon.svg",
        "index-BqTk3_0x.html",
        "deadbeef.css",
        "main.deadbeef.js",
        "page-decade2024.js",
        "BqTk3_0x.js",
        "-BqTk3_0x.js",
        "noextension-BqTk3_0x",
        "icon-180.png",
        "icon-original.png",
        "icon-android.png",
        "apple-touch-icon-precomposed.png",
        "my-dashboard.js",
        "index-MyButton.js",
        "index-myButton.js",
        "index-MYBUTTON.js",
        "index-svgIcons.js",
        "index-URLUtils.js",
        "index-parseURL.js",
        "index-HTMLPage.js",
        "page-section10.js",
        "page-Section2.js",
        "page.module12.js",
        "chunk-VERSION2.js",
        "logo-big-icon.svg",
        "logo-Big_Icon.svg",
        "docs-API-Logo.svg",
        "guide-a11y-faq.pdf",
        "guide-w3c-html.pdf",
        "app-_layout1.js",
        "report-20240131.pdf",
        "report-20240131a.pdf",
        "report-20240131120000.pdf",
        "report-2024_1_31.pdf",
        "banner-1280x720.png",
        "banner-1920x1080.png",
        "sprite-banner2x.png",
        "photo-IMG_2024.jpg",
        "photo-DSCN2345.jpg",
        "photo-550e8400-e29b-41d4-a716-446655440000.jpg",
        "lib-1.2.3-beta.4.js",
        "jquery-3.7.1.min.js",
        "bücher-überüber.png",
        "a-\u{fc}1234567.js",
        "",
        ".map",
    ] {
        assert!(!holds_hash(name), "{name}");
    }
}

/// The share of drawn names that are recognised.
fn recognised(alphabet: &str, length: usize, name: impl Fn(&str) -> String) -> f64 {
    let seed = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), seed);
    let letters = proptest::sample::select(alphabet.chars().collect::<Vec<_>>());
    let hash = proptest::collection::vec(letters, length);
    let mut draw = || hash.new_tree(&mut runner).unwrap().current().into_iter().collect::<String>();
    let known = (0..DRAWN).filter(|_| holds_hash(&name(&draw()))).count();
    known as f64 / DRAWN as f64
}

#[test]
fn most_hashes_by_chance_are_recognised() {
    let (upper, lower) = ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz");
    let base64url = format!("{upper}{lower}0123456789-_");
    let (base32, hex) = (format!("{upper}234567"), "0123456789abcdef");
    for (alphabet, length, name, least) in [
        (base64url.as_str(), 8, "assets/index-HASH.js", 0.95),
        (&base64url, 8, "assets/logo-HASH.svg", 0.95),
        (hex, 20, "main.HASH.js", 0.999),
        (hex, 8, "main.HASH.js", 0.92),
        (&base32, 8, "chunk-HASH.js", 0.7),
    ] {
        let share = recognised(alphabet, length, |hash| name.replace("HASH", hash));
        assert!(share >= least, "{name} of {length}: {share}");
    }
}

proptest! {
    #[test]
    fn lower_case_words_and_numbers_are_never_a_hash(
        words in proptest::collection::vec("[a-z]{1,12}|[g-z]{2,8}[0-9]{1,4}|[0-9]{1,14}|[0-9]{2,4}x[0-9]{2,4}", 1..5),
        separator in "[-_.]",
    ) {
        let name = format!("{}.png", words.join(&separator));
        prop_assert!(!holds_hash(&name), "{name}");
    }

    #[test]
    fn any_text_is_judged(name in ".{0,40}") {
        holds_hash(&name);
    }
}
