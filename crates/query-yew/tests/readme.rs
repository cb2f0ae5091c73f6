//! README.md and the code agree: the example is the guide's app, and the comparison names tests that exist.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails the test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Begins the reason of a row of the comparison that has no test.
const LEFT_OUT: &str = "left out: ";

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|err| panic!("{}: {err}", path.display()))
}

/// Every function of the tests of both crates, and of the rules beside their code.
fn functions() -> BTreeSet<String> {
    let mut functions = BTreeSet::new();
    let mut folders = ["tests/it", "src", "../query-core/tests/it", "../query-core/src"]
        .map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
        .to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(path).unwrap();
            let names = text.split("fn ").skip(1).map(|rest| {
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
            });
            functions.extend(names);
        }
    }
    functions
}

/// The rows of the comparison, without the ones that are headings.
fn rows() -> Vec<[String; 3]> {
    let readme = read("README.md");
    let (_, table) = readme.split_once("## Beside TanStack Query v5").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let lines = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    let rows = lines.map(|line| {
        let cells: Vec<String> =
            line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        <[String; 3]>::try_from(cells).unwrap_or_else(|cells| panic!("{} cells in {line}", cells.len()))
    });
    rows.filter(|[_, here, _]| !here.is_empty()).collect()
}

/// The parts of a cell in backticks.
fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_example_is_the_app_of_the_guide() {
    let readme = read("README.md");
    let blocks = readme.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next());
    let guide = blocks.collect::<Vec<_>>().join("\n");
    let example = read("examples/guide.rs");
    let (_, code) = example.split_once("\n\n").unwrap();
    assert!(code == guide, "examples/guide.rs is to be this after its first paragraph:\n{guide}");
}

#[test]
fn every_row_of_the_comparison_names_its_tests_or_says_why_not() {
    let functions = functions();
    let rows = rows();
    assert!(rows.len() > 80, "{} rows", rows.len());
    for [name, here, test] in rows {
        if let Some(reason) = test.strip_prefix(LEFT_OUT) {
            assert!(!reason.is_empty(), "{name} is left out without a reason");
            continue;
        }
        assert_ne!(here, "—", "{name} is not there, and has a test");
        assert!(!code(&test).is_empty(), "{name} has neither a test nor a reason");
        for test in code(&test) {
            assert!(functions.contains(test), "{name}: there is no test {test}");
        }
    }
}
