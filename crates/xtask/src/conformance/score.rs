//! The score of the suite: tests that passed, tests that failed, and the failures that were known before.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Context, Result, bail};

/// The kind of a test, as the suite names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Demanded by the specifications.
    Required,
    /// Done by a good cache.
    Optimal,
    /// Done by caches in different ways.
    Check,
}

/// The outcome of all tests.
#[derive(Debug)]
pub(super) struct Score(Vec<Test>);

#[derive(Debug)]
struct Test {
    kind: Kind,
    /// `pass`, `fail`, `setup` (it could not be set up) or `blocked` (one that it depends on does not pass).
    outcome: String,
    id: String,
    reason: String,
}

/// The failures that are known, by the first column of a table.
#[derive(Debug)]
pub(super) struct Record(BTreeSet<String>);

impl Score {
    /// Reads the lines of the script.
    ///
    /// # Errors
    /// When a line is none of it, or there is none.
    pub(super) fn parse(output: &str) -> Result<Self> {
        let mut tests = Vec::new();
        for line in output.lines() {
            let mut parts = line.splitn(4, '\t').map(str::to_owned);
            let kind = match parts.next().as_deref() {
                Some("required") => Kind::Required,
                Some("optimal") => Kind::Optimal,
                Some("check") => Kind::Check,
                _ => bail!("the suite's script said {line:?}"),
            };
            let mut next = || parts.next().with_context(|| format!("the suite's script said {line:?}"));
            tests.push(Test { kind, outcome: next()?, id: next()?, reason: next()? });
        }
        if tests.is_empty() {
            bail!("the suite's script said nothing");
        }
        Ok(Self(tests))
    }

    /// Number of tests of a kind that passed.
    pub(super) fn passed(&self, kind: Kind) -> usize {
        self.of(kind).filter(|test| test.outcome == "pass").count()
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = &Test> {
        self.0.iter().filter(move |test| test.kind == kind)
    }

    /// Those of a kind that did not pass.
    fn failing(&self, kind: Kind) -> impl Iterator<Item = &Test> {
        self.of(kind).filter(|test| test.outcome != "pass")
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, name) in
            [(Kind::Required, "required"), (Kind::Optimal, "optimal"), (Kind::Check, "checks")]
        {
            let (passed, total) = (self.passed(kind), self.of(kind).count());
            let blocked = self.of(kind).filter(|test| test.outcome == "blocked").count();
            write!(f, "{name}: {passed}/{total} ({})", percent(passed, total))?;
            writeln!(
                f,
                "; of those that apply {passed}/{} ({})",
                total - blocked,
                percent(passed, total - blocked)
            )?;
            for test in self.failing(kind) {
                writeln!(f, "  {:7}  {}: {}", test.outcome, test.id, test.reason)?;
            }
        }
        write!(f, "setup: it could not be set up; blocked: one that it depends on does not pass")
    }
}

impl Record {
    /// Reads the page: every row of a table that begins with an id in backticks.
    pub(super) fn parse(page: &str) -> Self {
        let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
        Self(rows.map(|(id, _)| id.to_owned()).collect())
    }

    /// Differences from the page: required and optimal tests that fail unknown, and known ones that pass.
    pub(super) fn drops(&self, score: &Score) -> Vec<String> {
        let failing: Vec<&Test> = score.failing(Kind::Required).chain(score.failing(Kind::Optimal)).collect();
        let new = failing.iter().filter(|test| !self.0.contains(&test.id));
        let new = new.map(|test| format!("{} fails: {}", test.id, test.reason));
        let old = self.0.iter().filter(|id| !failing.iter().any(|test| test.id == **id));
        new.chain(old.map(|id| format!("{id} passes now, and docs/cache-conformance.md says otherwise")))
            .collect()
    }
}

/// With one digit, in whole numbers: `95.4 %`.
fn percent(part: usize, whole: usize) -> String {
    let thousandths = (part * 1000).checked_div(whole).unwrap_or_default();
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "required\tpass\ta\t\nrequired\tfail\tb\twrong\nrequired\tblocked\tc\t\noptimal\tpass\td\t\ncheck\tfail\te\tno\n";

    #[test]
    fn the_score_counts_by_kind_and_names_the_failures() {
        let shown = Score::parse(OUTPUT).unwrap().to_string();
        assert!(shown.contains("required: 1/3 (33.3 %); of those that apply 1/2 (50.0 %)"), "{shown}");
        assert!(shown.contains("  fail     b: wrong"), "{shown}");
        assert!(shown.contains("optimal: 1/1 (100.0 %)"), "{shown}");
    }

    #[test]
    fn a_failure_must_be_known_and_a_known_one_must_fail() {
        let score = Score::parse(OUTPUT).unwrap();
        let drops = |page| Record::parse(page).drops(&score);
        assert!(drops("| `b` | why |\n| `c` | why |").is_empty());
        assert_eq!(drops("| `b` | why |"), ["c fails: "]);
        assert_eq!(drops("| `a` | why |\n| `b` | why |\n| `c` | why |").len(), 1);
    }

    #[test]
    fn a_script_that_fails_is_no_score() {
        assert!(Score::parse("").is_err());
        assert!(Score::parse("Error: no such file").is_err());
        assert!(Score::parse("required\tpass").is_err());
    }
}
