//! The outcome of each scenario, read from the lines of a client: `pass`, `fail` or `none`, the scenario, and a reason,
//! by tabs.

use std::fmt::Write as _;

use super::catalogue::RealServer;

/// The scenarios, each with what it means, in the order of the table.
const SCENARIOS: [(&str, &str); 24] = [
    ("create", "`POST` of JSON, then a `GET` of its `Location`"),
    ("paging", "a list to its end, by `Link` or by addresses in bodies"),
    ("redirect", "redirect after `POST`"),
    ("upload-form", "30 MiB as a form"),
    ("upload-raw", "30 MiB as they are"),
    ("download", "file with its name"),
    ("range", "part of a file, with `If-Range`"),
    ("events", "30 events, one a second"),
    ("not-modified", "`If-None-Match`, 304"),
    ("if-match", "`If-Match`, 200 and 412"),
    ("invalid", "validation error with its body"),
    ("not-found", "404 with its body, HTML replaced"),
    ("fault", "500 with its body replaced"),
    ("fault-passed", "500 with its body, by `errors = \"passthrough\"`"),
    ("cookies", "no cookie crosses"),
    ("slash", "address with the wrong slash at its end"),
    ("head", "`HEAD`"),
    ("options", "`OPTIONS`"),
    ("unicode", "letters of all languages in path and query"),
    ("sign-in", "sign-in, refused and granted"),
    ("signed-in", "read in a session"),
    ("renewal", "read after the access token's end"),
    ("sign-out", "sign-out"),
    ("connections", "20 requests over one connection"),
];

/// What came of one server.
pub(super) struct Outcomes {
    name: &'static str,
    versions: String,
    of: Vec<Outcome>,
}

enum Outcome {
    Passed,
    Failed(String),
    /// The framework has no such thing.
    None(String),
}

impl Outcomes {
    /// Reads the lines of a client.
    pub(super) fn of(server: &RealServer, versions: &str, lines: &str) -> Self {
        let of = SCENARIOS.iter().map(|(scenario, _)| find(lines, scenario)).collect();
        let versions = versions.split_whitespace().collect::<Vec<_>>().join(", ");
        Self { name: server.name, versions, of }
    }

    /// Whether nothing has failed.
    pub(super) fn are_good(&self) -> bool {
        !self.of.iter().any(|outcome| matches!(outcome, Outcome::Failed(_)))
    }
}

fn find(lines: &str, scenario: &str) -> Outcome {
    let outcome = lines.lines().find_map(|line| {
        let mut words = line.splitn(3, '\t');
        let (kind, name, reason) = (words.next()?, words.next()?, words.next().unwrap_or_default());
        (name == scenario).then_some((kind, reason))
    });
    match outcome {
        Some(("pass", _)) => Outcome::Passed,
        Some(("none", reason)) => Outcome::None(reason.to_owned()),
        Some((_, reason)) => Outcome::Failed(reason.to_owned()),
        None => Outcome::Failed("the client does not say".to_owned()),
    }
}

/// A table with a row for each scenario, and below it the reasons of all that did not pass.
pub(super) fn table(all: &[Outcomes]) -> String {
    let mut table =
        format!("| |{}\n|---|{}\n", row(all, |one| one.name.to_owned()), "---|".repeat(all.len()));
    for (at, (_, meaning)) in SCENARIOS.iter().enumerate() {
        let cells = row(all, |one| match one.of[at] {
            Outcome::Passed => "yes".to_owned(),
            Outcome::Failed(_) => "**no**".to_owned(),
            Outcome::None(_) => "–".to_owned(),
        });
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| {meaning} |{cells}");
    }
    for one in all {
        let _ = writeln!(table, "\n{}: {}", one.name, one.versions);
        for (outcome, (scenario, _)) in one.of.iter().zip(&SCENARIOS) {
            if let Outcome::Failed(reason) | Outcome::None(reason) = outcome {
                let _ = writeln!(table, "- {scenario}: {reason}");
            }
        }
    }
    table
}

fn row(all: &[Outcomes], cell: impl Fn(&Outcomes) -> String) -> String {
    all.iter().map(|one| format!(" {} |", cell(one))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servers::catalogue::REAL_SERVERS;

    #[test]
    fn the_page_has_a_row_for_each_scenario() {
        let page = std::fs::read_to_string(crate::workspace::root().join("docs/real-servers.md")).unwrap();
        for (scenario, meaning) in SCENARIOS {
            assert!(page.contains(&format!("| {meaning} |")), "{scenario}");
        }
    }

    #[test]
    fn what_a_client_does_not_say_has_failed() {
        let said: String =
            SCENARIOS.iter().skip(1).map(|(scenario, _)| format!("pass\t{scenario}\n")).collect();
        let outcomes =
            |first: &str| Outcomes::of(&REAL_SERVERS[0], "a==1\nb==2\n", &format!("noise\n{first}{said}"));
        assert!(
            outcomes("pass\tcreate\n").are_good() && outcomes("none\tcreate\tno such thing\n").are_good()
        );
        assert!(!outcomes("").are_good() && !outcomes("fail\tcreate\twhy\n").are_good());
        let table = table(&[outcomes("fail\tcreate\twhy\n")]);
        assert!(table.contains("| **no** |") && table.contains("- create: why"), "{table}");
        assert!(table.contains("fastapi: a==1, b==2"), "{table}");
    }
}
