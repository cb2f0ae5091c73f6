//! What the documents say is there: SECURITY.md names the tests that exist, each under its requirement, and the dashboard for
//! Grafana shows the metrics that exist.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

/// How many requirements there are.
const REQUIREMENTS: u32 = 37;

/// Every test whose name begins with `security_`, in all crates.
fn tests_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            tests_in(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let names = text.lines().filter_map(|line| line.trim_start().strip_prefix("fn security_"));
            let names = names
                .chain(text.lines().filter_map(|line| line.trim_start().strip_prefix("async fn security_")));
            found.extend(names.map(|rest| format!("security_{}", rest.split('(').next().unwrap())));
        }
    }
}

#[test]
fn the_security_page_lists_every_requirement_and_exactly_the_tests_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let mut listed = BTreeSet::new();
    for number in 1..=REQUIREMENTS {
        let start = format!("| {number} |");
        let row = page.lines().find(|line| line.starts_with(&start));
        let row = row.unwrap_or_else(|| panic!("requirement {number} has no row"));
        let names = row.split('`').filter(|word| word.starts_with("security_"));
        listed.extend(names.map(str::to_owned));
    }
    let mut existing = BTreeSet::new();
    for folder in ["bff", "crates", "frontend/src", "shared"] {
        tests_in(&root.join(folder), &mut existing);
    }
    let missing: Vec<_> = existing.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&existing).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not listed: {missing:#?}\nnot there: {gone:#?}");
}

/// Every word in `text` that is the name of one of our metrics, or would be.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("bff_")).map(str::to_owned).collect()
}

/// The values of all members of this name.
fn members<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get(name).and_then(Value::as_str));
            object.values().for_each(|value| members(value, name, found));
        }
        Value::Array(items) => items.iter().for_each(|item| members(item, name, found)),
        _ => {}
    }
}

#[test]
fn the_dashboard_for_grafana_shows_all_metrics_and_no_others() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    let dashboard: Value = serde_json::from_str(&read("docs/grafana-dashboard.json")).unwrap();
    let mut expressions = Vec::new();
    members(&dashboard, "expr", &mut expressions);
    // A histogram is asked for by the names of its series.
    let shown: BTreeSet<String> = metrics_in(&expressions.join("\n"))
        .into_iter()
        .map(|name| {
            let histogram = ["_bucket", "_count", "_sum"].iter().find_map(|part| name.strip_suffix(part));
            histogram.unwrap_or(&name).to_owned()
        })
        .collect();
    // The table of names; what has not been counted yet is not in the text that Prometheus gets.
    let recorded = metrics_in(&read("bff/src/telemetry/metrics.rs"));
    assert_eq!(shown, recorded);
    let mut sources = Vec::new();
    members(&dashboard, "uid", &mut sources);
    assert!(sources.iter().all(|uid| ["${DS_PROMETHEUS}", "bff-overview"].contains(uid)), "{sources:?}");
}
