//! The ranks of the server's rooms: imports go down only, and rooms of one rank do not know each other.

use std::collections::BTreeSet;
use std::path::Path as FilePath;

use anyhow::{Context, Result};

use super::imports::{Imports, Target};
use super::paths::Path;

/// The rooms of `bff/src`, lowest first. A name that is a crate in `crates/` stands for that crate.
const RANKS: [&[&str]; 14] = [
    &["http-message", "keys"],
    &["telemetry"],
    &["upstream", "redis"],
    &["session", "rate_limit", "response", "http-cache"],
    &["sign_in", "replicas", "route_table"],
    &["guard"],
    &["failure"],
    &["connection", "pipeline", "spa", "otlp"],
    &["batch"],
    &["handlers"],
    &["http", "metrics"],
    &["config"],
    &["app"],
    // The two crate roots: one declares the rooms, the other starts what they make.
    &["lib", "main"],
];

/// Rooms of a lower rank that a room must not import all the same.
const UNKNOWN: [(&str, &[&str]); 1] = [("http-cache", &["upstream"])];

/// Everything that the table forbids, one line each.
pub(super) struct Broken {
    /// Imports that point upwards or sideways.
    pub(super) imports: Vec<String>,
    /// Number of different pairs of rooms among these.
    pub(super) pairs: usize,
    /// Rooms without a rank, and ranks without a room.
    pub(super) rows: Vec<String>,
}

/// The place where one room imports another.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Import {
    file: String,
    line: usize,
    from: String,
    to: String,
}

/// Compares the imports of the server, and the manifests of the crates that have a rank, with the table.
///
/// # Errors
/// When a manifest cannot be read.
pub(super) fn broken(root: &FilePath, imports: &Imports) -> Result<Broken> {
    let mut names: BTreeSet<String> = imports.files.iter().map(|file| room(file).to_owned()).collect();
    let mut all = between_rooms(imports);
    let manifest = |package: &str| format!("crates/{package}/Cargo.toml");
    let packages: Vec<&str> =
        RANKS.into_iter().flatten().copied().filter(|name| root.join(manifest(name)).exists()).collect();
    for package in &packages {
        let file = manifest(package);
        let text = std::fs::read_to_string(root.join(&file)).with_context(|| format!("reading {file}"))?;
        all.extend(between_crates(package, &file, &text, &packages));
        names.insert((*package).to_owned());
    }
    all.retain(|import| forbidden(import).is_some());
    let pairs: BTreeSet<_> = all.iter().map(|import| (&import.from, &import.to)).collect();
    Ok(Broken {
        imports: all.iter().filter_map(forbidden).collect(),
        pairs: pairs.len(),
        rows: unmatched(&names),
    })
}

/// The room that a file of the server belongs to.
fn room(file: &str) -> &str {
    let inside = file.split_once("/src/").map_or(file, |(_, inside)| inside);
    inside.split(['/', '.']).next().unwrap_or(inside)
}

/// Every import of one room by another. Tests are held to the same ranks: one that needs more belongs higher up.
fn between_rooms(imports: &Imports) -> BTreeSet<Import> {
    let import = |(file, path): &(usize, Path)| {
        let file = &imports.files[*file];
        // A path that begins with an imported name was counted where that name is imported.
        let is_written_out = matches!(path.segments[0].as_str(), "crate" | "self" | "super");
        let absolute = imports.absolute(path).filter(|absolute| is_written_out && !absolute.is_empty())?;
        let to = match absolute.first() {
            Some(first) if imports.file(&vec![first.clone()]).is_some() => first.clone(),
            // A name of the crate root means the room that it comes from.
            _ => match imports.target(&absolute) {
                Target::Module(module) | Target::Item(module) => {
                    module.first().cloned().unwrap_or("lib".to_owned())
                }
            },
        };
        let from = room(file).to_owned();
        (from != to).then(|| Import { file: file.clone(), line: path.line, from, to })
    };
    imports.paths.iter().filter_map(import).collect()
}

/// The crates of the table among the dependencies of one of them. A name of a room alone is a crate of others here.
fn between_crates(package: &str, file: &str, manifest: &str, packages: &[&str]) -> Vec<Import> {
    let mut section = "";
    let mut imports = Vec::new();
    for (index, text) in manifest.lines().enumerate() {
        if text.starts_with('[') {
            section = text.trim();
        }
        let name = text.split(['.', '=', ' ']).next().unwrap_or_default();
        if section == "[dependencies]" && packages.contains(&name) {
            let (from, to) = (package.to_owned(), name.to_owned());
            imports.push(Import { file: file.to_owned(), line: index + 1, from, to });
        }
    }
    imports
}

/// The rank of a room, from 1.
fn rank(room: &str) -> Option<usize> {
    RANKS.iter().position(|rooms| rooms.contains(&room)).map(|index| index + 1)
}

/// The line that forbids an import; none for one that points downwards.
fn forbidden(import: &Import) -> Option<String> {
    let Import { file, line, from, to } = import;
    let (own, other) = (rank(from)?, rank(to)?);
    let place = format!("{file}:{line}: `{from}` (rank {own}) imports `{to}` (rank {other})");
    if own > other {
        let unknown = UNKNOWN.iter().any(|(room, others)| room == from && others.contains(&to.as_str()));
        return unknown.then(|| format!("{place}, which it must not know"));
    }
    Some(match own {
        1 => format!("{place}; it may import no other room"),
        2 => format!("{place}; it may import from rank 1"),
        _ => format!("{place}; it may import from ranks 1 to {}", own - 1),
    })
}

/// Names on one side only: of the rooms and crates that exist, and of the table.
fn unmatched(names: &BTreeSet<String>) -> Vec<String> {
    let without_rank = names.iter().filter(|name| rank(name).is_none());
    let without_room = RANKS.into_iter().flatten().filter(|name| !names.contains(**name));
    without_rank
        .map(|name| format!("bff/src/{name}: this room has no rank; give it one in {}", file!()))
        .chain(without_room.map(|name| format!("{}: `{name}` has a rank and does not exist", file!())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::imports::tests::imports;
    use super::*;

    fn lines(sources: &[(&str, &str)]) -> Vec<String> {
        between_rooms(&imports(sources)).iter().filter_map(forbidden).collect()
    }

    const ROOMS: [(&str, &str); 5] =
        [("", "pub use app::Application;"), ("app", ""), ("session", ""), ("keys", ""), ("telemetry", "")];

    fn lines_of(room: &str, source: &str) -> Vec<String> {
        lines(&[&[(room, source)], &ROOMS[..]].concat())
    }

    #[test]
    fn an_import_sideways_is_reported_with_its_place_and_the_rule() {
        assert_eq!(
            lines_of("response::headers", "\nuse crate::{\n    session::id,\n};"),
            [
                "bff/src/response/headers.rs:3: `response` (rank 4) imports `session` (rank 4); it may import from ranks 1 to 3"
            ]
        );
    }

    #[test]
    fn a_path_in_the_code_and_one_by_super_are_imports_too() {
        assert_eq!(lines_of("redis", "fn f() { crate::session::g() }").len(), 1);
        assert_eq!(lines_of("redis::link", "use super::super::session;").len(), 1);
    }

    #[test]
    fn imports_downwards_and_within_a_room_are_allowed() {
        assert!(
            lines_of("guard", "use crate::{session::Session, guard::csrf, telemetry}; use std::io;")
                .is_empty()
        );
    }

    #[test]
    fn a_comment_and_a_visibility_are_no_imports() {
        assert!(
            lines_of("redis", "// crate::session\npub(crate) struct A; pub(in crate::redis) struct B;")
                .is_empty()
        );
    }

    #[test]
    fn a_name_of_the_crate_root_is_its_room_s() {
        let [line] = &lines_of("redis", "use crate::Application;")[..] else { panic!("one line") };
        assert!(line.contains("imports `app` (rank 13)"), "{line}");
    }

    #[test]
    fn the_lowest_ranks_have_a_rule_of_their_own() {
        assert!(lines_of("keys", "use crate::session;")[0].ends_with("it may import no other room"));
        assert!(lines_of("telemetry", "use crate::session;")[0].ends_with("it may import from rank 1"));
    }

    #[test]
    fn the_cache_does_not_know_the_upstream_although_it_is_lower() {
        let manifest = "[dependencies]\nhttp-message.workspace = true\nupstream.workspace = true\n";
        let packages = ["http-cache", "http-message", "upstream"];
        let imports = between_crates("http-cache", "crates/http-cache/Cargo.toml", manifest, &packages);
        let [line] = &imports.iter().filter_map(forbidden).collect::<Vec<_>>()[..] else {
            panic!("one line")
        };
        assert!(line.ends_with("which it must not know"), "{line}");
    }

    #[test]
    fn a_crate_of_the_table_is_judged_by_its_dependencies() {
        let manifest = "[package]\nname = \"telemetry\"\n[dependencies]\nhttp.workspace = true\nupstream = { path = \"u\" }\n[dev-dependencies]\napp.workspace = true\n";
        let imports =
            between_crates("telemetry", "crates/telemetry/Cargo.toml", manifest, &["telemetry", "upstream"]);
        assert_eq!(
            imports.iter().filter_map(forbidden).collect::<Vec<_>>(),
            [
                "crates/telemetry/Cargo.toml:5: `telemetry` (rank 2) imports `upstream` (rank 3); it may import from rank 1"
            ]
        );
    }

    #[test]
    fn a_room_without_a_rank_and_a_rank_without_a_room_are_reported() {
        let mut names: BTreeSet<String> =
            RANKS.into_iter().flatten().map(|name| (*name).to_owned()).collect();
        assert!(unmatched(&names).is_empty());
        names.remove("batch");
        names.insert("helpers".to_owned());
        let [new, gone] = &unmatched(&names)[..] else { panic!("two lines") };
        assert!(new.starts_with("bff/src/helpers: this room has no rank"), "{new}");
        assert!(gone.ends_with("`batch` has a rank and does not exist"), "{gone}");
    }
}
