//! Pages and code agree: settings and their defaults, metrics, error codes, route fields, links, and the tests that SECURITY.md
//! names.

mod architecture;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use bff::{
    Config,
    config::{SETTINGS, Source},
};
use serde_json::Value;
use shared::ProblemCode;

use crate::harness::documentation::production_commands;

/// The requirements of SECURITY.md.
const REQUIREMENTS: std::ops::RangeInclusive<u32> = 1..=63;

/// The longest that the README may be, in lines.
const README_MAX: usize = 150;

/// Pages beside those in `docs`.
const PAGES: [&str; 5] = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"];

/// The page that adds a domain, whose files for notes are still to be written.
const EXTENDING: &str = "docs/extending.md";

/// Variables of the tests, which are no settings of the server.
const TEST_VARIABLES: &str = "BFF_TEST_";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|err| panic!("{path}: {err}"))
}

/// Every page, by its path from the root.
fn pages() -> Vec<(String, String)> {
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let docs = docs.map(|entry| format!("docs/{}", entry.unwrap().file_name().into_string().unwrap()));
    let names = PAGES.map(str::to_owned).into_iter().chain(docs.filter(|name| name.ends_with(".md")));
    names.map(|name| (name.clone(), read(&name))).collect()
}

/// The pages that say how the program is; the changelog says how it was.
fn pages_of_today() -> impl Iterator<Item = (String, String)> {
    pages().into_iter().filter(|(name, _)| name != "CHANGELOG.md")
}

/// Every Rust file below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// A page without its code blocks.
fn prose(page: &str) -> String {
    let mut in_block = false;
    let lines = page.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        in_block ^= fence;
        !in_block && !fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The rows of every table whose header begins with these cells.
fn rows(page: &str, header: &[&str]) -> Vec<Vec<String>> {
    let cells = |line: &str| -> Vec<String> {
        let line = line.trim().trim_start_matches('|').trim_end_matches('|');
        line.split(" | ").map(|cell| cell.trim().to_owned()).collect()
    };
    let mut rows = Vec::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with('|') && cells(line).iter().zip(header).all(|(cell, wanted)| cell == wanted) {
            lines.next();
            while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
                rows.push(cells(row));
            }
        }
    }
    rows
}

/// The words between backticks.
fn code(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The first code of each row.
fn names_in(rows: &[Vec<String>]) -> BTreeSet<&str> {
    rows.iter().flat_map(|row| code(&row[0]).into_iter().next()).collect()
}

/// The names that follow one of these keywords in the sources.
fn names_after(keywords: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["bff", "crates", "frontend/src", "shared"] {
        for file in sources(&root().join(folder)) {
            let text = fs::read_to_string(file).unwrap();
            let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect::<Vec<_>>();
            let pairs = words.windows(2).filter(|pair| keywords.contains(&pair[0]));
            found.extend(pairs.map(|pair| pair[1].to_owned()));
        }
    }
    found
}

#[test]
fn the_readme_stays_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= README_MAX, "{lines} lines; a page in docs is the place for more");
}

#[test]
fn every_requirement_names_tests_that_exist() {
    let existing = names_after(&["fn"]);
    let page = read("SECURITY.md");
    let rows = rows(&page, &["#", "requirement", "tests"]);
    let numbers: Vec<u32> = rows.iter().map(|row| row[0].parse().unwrap()).collect();
    assert_eq!(numbers, REQUIREMENTS.collect::<Vec<_>>());
    for (number, row) in numbers.into_iter().zip(&rows) {
        let listed: Vec<_> = code(&row[2]).into_iter().filter(|word| word.starts_with("security_")).collect();
        let gone: Vec<_> = listed.iter().filter(|name| !existing.contains(**name)).collect();
        assert!(!listed.is_empty() && gone.is_empty(), "requirement {number}: not there: {gone:#?}");
        let own = format!("security_{number:02}_");
        assert!(listed.iter().any(|name| name.starts_with(&own)), "requirement {number} has no test");
    }
}

/// The address of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_of_a_page_leads_to_a_place_that_exists() {
    let mut broken = Vec::new();
    for (name, page) in pages() {
        let folder = root().join(&name).parent().unwrap().to_owned();
        let text = prose(&page);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://")) {
            let (file, place) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { root().join(&name) } else { folder.join(file) };
            let is_there = path.exists()
                && (place.is_empty()
                    || prose(&fs::read_to_string(&path).unwrap())
                        .lines()
                        .any(|line| line.starts_with('#') && anchor(line) == place));
            if !is_there {
                broken.push(format!("{name}: {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_file_that_a_page_names_exists() {
    let folders = ["bff/", "shared/", "frontend/", "crates/", "docs/", ".cargo/"];
    let mut missing = Vec::new();
    for (name, page) in pages_of_today() {
        let text = prose(&page);
        let named =
            code(&text).into_iter().filter(|word| folders.iter().any(|folder| word.starts_with(folder)));
        let named = named.filter(|word| !(name == EXTENDING && word.contains("note")));
        missing
            .extend(named.filter(|path| !root().join(path).exists()).map(|path| format!("{name}: {path}")));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_variable_of_a_page_is_a_setting() {
    let mut known: BTreeSet<String> = SETTINGS.iter().map(|setting| setting.variable.to_owned()).collect();
    let secrets = SETTINGS.iter().filter(|setting| setting.is_secret());
    known.extend(secrets.map(|setting| setting.file_variable()));
    let prefixes = ["BFF_", "OTEL_", "DEMO_"];
    for (name, page) in pages_of_today() {
        let words = page.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        for word in words.filter(|word| prefixes.iter().any(|prefix| word.starts_with(prefix))) {
            assert!(known.contains(word) || word.starts_with(TEST_VARIABLES), "{name}: {word}");
        }
    }
}

#[test]
fn every_default_of_a_page_is_the_settings() {
    for (name, page) in pages_of_today() {
        for row in rows(&page, &["variable", "default"]) {
            let variables = code(&row[0]);
            let given = code(&row[1]);
            for (index, variable) in variables.iter().enumerate() {
                let setting = SETTINGS.iter().find(|setting| setting.variable == *variable);
                let setting = setting.unwrap_or_else(|| panic!("{name}: {variable} is no setting"));
                match setting.default {
                    Some(default) => assert_eq!(given.get(index), Some(&default), "{name}: {variable}"),
                    None => assert!(row[1].starts_with("unset"), "{name}: {variable} has no default"),
                }
            }
        }
    }
}

#[test]
fn every_production_command_of_a_page_is_safe() {
    let routes = root().join("routes.example.toml");
    let mut count = 0;
    for (name, page) in pages_of_today() {
        for settings in production_commands(&page) {
            let pairs = settings.iter().map(|(variable, value)| match variable.as_str() {
                "BFF_ROUTES" => ("BFF_ROUTES", routes.to_str().unwrap()),
                variable => (variable, value.as_str()),
            });
            let errors = Config::from_source(&Source::of(pairs)).err();
            assert!(errors.is_none(), "{name}: {errors:#?}");
            count += 1;
        }
    }
    assert!(count > 0, "no page says how to start in production");
}

#[test]
fn the_table_of_error_codes_is_that_of_the_contract() {
    let page = read("docs/endpoints.md");
    let rows = rows(&page, &["code", "status"]);
    let codes: BTreeSet<&str> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(names_in(&rows), codes);
}

/// The fields that a route table may have where `text` has one that it may not.
fn fields_instead_of_the_unknown(text: &str) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.toml");
    fs::write(&file, text).unwrap();
    let source = Source::of([("BFF_ROUTES", file.to_str().unwrap())]);
    let errors = Config::from_source(&source).unwrap_err();
    let said = errors[0].to_string();
    let (_, expected) = said.split_once("expected one of ").unwrap_or_else(|| panic!("{said}"));
    code(expected).into_iter().map(str::to_owned).collect()
}

#[test]
fn the_tables_of_route_fields_are_those_of_the_parser() {
    let of_route = fields_instead_of_the_unknown("[[route]]\nunknown = 1");
    let endpoints = read("docs/endpoints.md");
    let listed = rows(&endpoints, &["field", "default"]);
    assert_eq!(names_in(&listed), of_route.iter().map(String::as_str).collect());
    let of_cache = fields_instead_of_the_unknown("[[route]]\npath = '/'\ncache = { unknown = 1 }");
    let caching = read("docs/caching.md");
    let listed = rows(&caching, &["field of `cache`"]);
    assert_eq!(names_in(&listed), of_cache.iter().map(String::as_str).collect());
    let of_upstream =
        fields_instead_of_the_unknown("[[route]]\npath = '/'\n[upstream.x]\nunknown = 1\nurl = 'http://x'");
    let upstreams = read("docs/upstreams.md");
    let listed = rows(&upstreams, &["field of `[upstream.NAME]`", "default"]);
    assert_eq!(names_in(&listed), of_upstream.iter().map(String::as_str).collect());
    // Every field is explained in the example as well.
    let example = read("routes.example.toml");
    for field in of_route {
        let explained = example.lines().any(|line| line.starts_with(&format!("#   {field} ")));
        assert!(explained, "{field} is not explained in routes.example.toml");
    }
}

/// What the names of metrics begin with: our own, and those that every program has.
const METRICS: [&str; 2] = ["bff_", "process_"];

/// Every word in `text` that is the name of one of our metrics, or would be.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let is_ours = |word: &&str| METRICS.iter().any(|prefix| word.starts_with(prefix));
    words.filter(is_ours).map(str::to_owned).collect()
}

/// Every string of the sources that is a metric's name. The text for Prometheus shows only those that have been counted.
fn recorded() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["bff/src", "crates"] {
        for file in sources(&root().join(folder)) {
            let text = fs::read_to_string(file).unwrap();
            let begins = METRICS.map(|prefix| format!("\"{prefix}"));
            let places = begins.iter().flat_map(|begin| text.match_indices(begin.as_str()));
            let strings = places.filter_map(|(place, _)| text[place + 1..].split('"').next());
            let is_name = |text: &&str| text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            names.extend(strings.filter(is_name).map(str::to_owned));
        }
    }
    names
}

#[test]
fn the_table_of_metrics_is_what_is_recorded() {
    let page = read("docs/observability.md");
    let rows = rows(&page, &["metric", "labels"]);
    assert_eq!(names_in(&rows), recorded().iter().map(String::as_str).collect());
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
    assert_eq!(shown, recorded());
    let mut sources = Vec::new();
    members(&dashboard, "uid", &mut sources);
    assert!(sources.iter().all(|uid| ["${DS_PROMETHEUS}", "bff-overview"].contains(uid)), "{sources:?}");
}
