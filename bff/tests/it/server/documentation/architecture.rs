//! ARCHITECTURE.md and code agree: layers, files, types, and invariants, each with the test that holds it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::{code, names_after, prose, read, root, rows, sources};

const PAGE: &str = "ARCHITECTURE.md";

/// The longest that the page may be, in words.
const WORDS_MAX: usize = 2500;

/// The table of ranks that the layers step goes by.
const RANKS: &str = "crates/xtask/src/layers/ranks.rs";

/// Rooms of the server that know its web framework.
const ACTIX_ROOMS: [&str; 5] = ["app", "handlers", "http", "main", "metrics"];

/// Statuses that a handler may name: those of an answer that is no error.
const STATUSES_OF_HANDLERS: [&str; 9] = [
    "OK",
    "Ok",
    "NoContent",
    "PartialContent",
    "SWITCHING_PROTOCOLS",
    "SeeOther",
    "NotModified",
    "build",
    "new",
];

#[test]
fn the_architecture_page_stays_short() {
    let words = read(PAGE).split_whitespace().count();
    assert!(words <= WORDS_MAX, "{words} words; a page in docs is the place for more");
}

/// The rooms of the table in [`RANKS`], each with its rank.
fn ranks() -> Vec<(String, String)> {
    let text = read(RANKS);
    let (_, table) = text.split_once("const RANKS").unwrap();
    let (table, _) = table.split_once("];\n").unwrap();
    let ranks = table.lines().filter(|line| line.trim_start().starts_with("&["));
    let rooms = ranks.enumerate().flat_map(|(index, line)| {
        let names = line.split('"').skip(1).step_by(2);
        names.map(move |name| ((index + 1).to_string(), name.to_owned()))
    });
    rooms.collect()
}

#[test]
fn the_layer_table_is_that_of_the_layers_step() {
    let page = read(PAGE);
    let listed = rows(&page, &["rank", "room"]).into_iter().map(|row| {
        let room = code(&row[1]).concat();
        (row[0].clone(), room)
    });
    assert_eq!(listed.collect::<Vec<_>>(), ranks());
}

#[test]
fn every_test_lint_and_step_of_an_invariant_exists() {
    let page = read(PAGE);
    let tests = names_after(&["fn"]);
    let (lints, steps) = (read("Cargo.toml"), read("crates/xtask/src/gates.rs"));
    let invariants = rows(&page, &["invariant", "held by"]);
    assert!(!invariants.is_empty());
    for row in invariants {
        let holders = code(&row[1]);
        assert!(!holders.is_empty(), "nothing holds: {}", row[0]);
        for holder in holders {
            let is_test = tests.contains(holder);
            let is_lint = lints.lines().any(|line| line.starts_with(&format!("{holder} = ")));
            let is_step = steps.contains(&format!("make(\"{holder}\""));
            assert!(is_test || is_lint || is_step, "{holder} does not exist");
        }
    }
}

#[test]
fn every_source_file_that_the_architecture_names_exists() {
    let page = prose(&read(PAGE));
    let named = code(&page).into_iter().filter(|word| word.ends_with(".rs"));
    let roots = ["", "bff/src", "crates"];
    let is_there = |name: &str| roots.iter().any(|folder| root().join(folder).join(name).exists());
    let missing: Vec<_> = named.filter(|name| !is_there(name)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_type_that_the_architecture_names_exists() {
    let page = prose(&read(PAGE));
    let types = names_after(&["struct", "enum", "trait", "type"]);
    let named = code(&page).into_iter().map(|word| word.split("::").next().unwrap());
    let named = named.filter(|word| {
        word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.contains(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_alphanumeric())
    });
    let missing: Vec<_> = named.filter(|word| !types.contains(*word)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The dependencies of every crate, those of its tests left out.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let crates = fs::read_dir(root().join("crates")).unwrap();
    let crates = crates.map(|entry| format!("crates/{}", entry.unwrap().file_name().to_str().unwrap()));
    let folders = ["bff", "frontend", "shared"].map(str::to_owned).into_iter().chain(crates);
    let folders = folders.filter(|folder| root().join(folder).join("Cargo.toml").exists());
    let of_manifest = |folder: String| {
        let manifest: toml::Table = read(&format!("{folder}/Cargo.toml")).parse().unwrap();
        let table = manifest.get("dependencies").and_then(toml::Value::as_table);
        let names = table.into_iter().flat_map(toml::Table::keys).cloned().collect();
        (folder.rsplit('/').next().unwrap().to_owned(), names)
    };
    folders.map(of_manifest).collect()
}

/// The crates with a dependency of which `is` says true.
fn dependents(is: impl Fn(&str) -> bool) -> Vec<String> {
    let all = dependencies().into_iter();
    all.filter(|(_, names)| names.iter().any(|name| is(name))).map(|(name, _)| name).collect()
}

#[test]
fn no_other_crate_depends_on_actix_or_yew() {
    let actix = dependents(|name| name.starts_with("actix") || name == "awc");
    assert_eq!(actix, ["bench", "bff", "browser-tests", "demo-api", "upstream"]);
    assert_eq!(dependents(|name| name == "yew"), ["frontend", "query-yew"]);
}

#[test]
fn the_contract_depends_on_serde_alone() {
    assert_eq!(dependencies()["shared"], BTreeSet::from(["serde".to_owned()]));
}

/// The code of a file: comments left out, and the tests that stand at its end.
fn code_of(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let (text, _) = text.split_once("#[cfg(test)]\nmod tests {").unwrap_or((&text, ""));
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The files of a folder that are no tests, by their path from the root.
fn code_files(folder: &str) -> Vec<(String, String)> {
    let files = sources(&root().join(folder)).into_iter().filter(|file| !file.ends_with("tests.rs"));
    files
        .map(|file| (file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned(), code_of(&file)))
        .collect()
}

#[test]
fn no_room_below_the_handlers_names_actix_web() {
    for (file, code) in code_files("bff/src") {
        let room = file["bff/src/".len()..].split(['/', '.']).next().unwrap();
        assert!(!code.contains("actix_web") || ACTIX_ROOMS.contains(&room), "{file}");
    }
}

#[test]
fn no_rule_of_a_cache_asks_a_clock() {
    for folder in ["crates/http-cache/src", "crates/query-core/src"] {
        for (file, code) in code_files(folder) {
            assert!(!code.contains("::now()") && !code.contains(".elapsed()"), "{file}");
        }
    }
}

#[test]
fn no_handler_names_the_status_of_an_error() {
    for (file, code) in code_files("bff/src/handlers") {
        for kind in ["StatusCode::", "HttpResponse::"] {
            for rest in code.split(kind).skip(1) {
                let name = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap();
                assert!(STATUSES_OF_HANDLERS.contains(&name), "{file}: {kind}{name}");
            }
        }
    }
}

#[test]
fn no_public_type_name_has_two_meanings_in_a_crate() {
    let crates =
        ["http-message", "telemetry", "upstream", "http-cache"].map(|name| format!("crates/{name}/src"));
    for folder in crates.into_iter().chain(["bff/src".to_owned()]) {
        let mut known = BTreeMap::new();
        for (file, code) in code_files(&folder) {
            for line in code.lines() {
                let words: Vec<_> = line.split(|c: char| !c.is_alphanumeric()).collect();
                if let ["pub", "struct" | "enum" | "trait" | "type", name, ..] = words[..]
                    && let Some(other) = known.insert(name.to_owned(), file.clone())
                {
                    panic!("{name} stands in {other} and in {file}");
                }
            }
        }
    }
}
