//! SECURITY.md names the tests that exist, each under its requirement.

use std::{collections::BTreeSet, fs, path::Path};

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
