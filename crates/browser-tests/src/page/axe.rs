//! The rules of axe-core, on the page as it is.

use std::{env, fs, path::PathBuf};

use serde_json::{Value, json};

use super::{Page, looks::Scheme};

/// The folder with the package without `BFF_TEST_AXE`.
const PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.tools/axe");

/// Each rule that is broken, with what breaks it; two frames later, when colours have come to their end.
const RUN: &str = r#"
    const done = arguments[arguments.length - 1];
    const place = (node) => node.target.join(" ") + " (" + [...node.any, ...node.all, ...node.none][0]?.message + ")";
    const told = (rule) => rule.id + ": " + rule.nodes.map(place).slice(0, 3).join(" | ");
    const frame = () => new Promise(requestAnimationFrame);
    frame().then(frame).then(() => axe.run(document, { resultTypes: ["violations"] }))
        .then((result) => done(result.violations.map(told)), (error) => done([String(error)]));
"#;

impl Page {
    /// Has axe-core find no fault with the page, in both schemes.
    ///
    /// # Panics
    /// If it finds one, or is not there.
    pub async fn breaks_no_rule(&self, what: &str) {
        if self.evaluate("return !window.axe", Vec::new()).await == true {
            self.evaluate(&axe(), Vec::new()).await;
        }
        for scheme in [Scheme::Dark, Scheme::Light] {
            self.in_scheme(scheme).await;
            let broken: Value = self.evaluate_async(RUN, Vec::new()).await;
            assert_eq!(broken, json!([]), "{what}, {}", scheme.name());
        }
    }
}

/// The script that makes `window.axe`.
fn axe() -> String {
    let folder = env::var_os("BFF_TEST_AXE").map_or_else(|| PathBuf::from(PACKAGE), PathBuf::from);
    let script = folder.join("node_modules/axe-core/axe.min.js");
    fs::read_to_string(&script)
        .unwrap_or_else(|err| panic!("{}: {err}; `cargo xtask test` installs it", script.display()))
}
