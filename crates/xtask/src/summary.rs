//! Results of the tests: the counts that each runner prints, and the table and closing line made of them.

use std::fmt::Write as _;

/// The tests that passed and failed. Skipped ones are neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Tally {
    /// Reads the counts from what cargo-nextest or `cargo test` (also with wasm-bindgen's runner) printed.
    ///
    /// A runner that ended badly without a failed test to show for it (a build error, a crash) counts as one failure:
    /// the total must never read as success when the exit code does not.
    pub(crate) fn of_run(output: &str, succeeded: bool) -> Self {
        // nextest repeats what a failed test has printed, and its process has printed a result of its own.
        let by_nextest = output.lines().any(is_nextest_summary);
        let lines = output.lines().filter(|line| !by_nextest || is_nextest_summary(line));
        let mut tally = lines.filter_map(result_line).fold(Self::default(), Self::plus);
        if !succeeded && tally.failed == 0 {
            tally.failed = 1;
        }
        tally
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

fn is_nextest_summary(line: &str) -> bool {
    line.trim_start().starts_with("Summary [")
}

/// The counts in one line, if it is a runner's closing line.
fn result_line(line: &str) -> Option<Tally> {
    let line = without_parentheses(line);
    let line = line.trim();
    let counts = match line.strip_prefix("test result: ") {
        Some(rest) => rest.split_once(". ")?.1,
        None => line.strip_prefix("Summary [")?.split_once("run: ")?.1,
    };
    let mut tally = Tally::default();
    for part in counts.split([',', ';']) {
        let Some((count, what)) = part.trim().split_once(' ') else {
            continue;
        };
        let Ok(count) = count.parse::<usize>() else {
            continue;
        };
        match what {
            "passed" => tally.passed += count,
            "failed" | "timed out" | "exec failed" => tally.failed += count,
            _ => {}
        }
    }
    Some(tally)
}

/// nextest says `12 passed (1 slow, 2 flaky)`: the details would read as counts of their own.
fn without_parentheses(line: &str) -> String {
    let mut depth = 0_usize;
    line.chars()
        .filter(|&c| {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => return depth == 0,
            }
            false
        })
        .collect()
}

/// The table, a row per kind, and last, alone on its line, the total that a CI looks for.
pub(crate) fn table(rows: &[(&str, Tally)]) -> String {
    let width = rows.iter().map(|(kind, _)| kind.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (kind, Tally { passed, failed }) in rows {
        let _ = writeln!(text, "  {kind:width$}  {passed:>5} passed  {failed:>4} failed");
    }
    let total = rows.iter().map(|&(_, tally)| tally).fold(Tally::default(), Tally::plus);
    let _ = write!(text, "\n{} passed, {} failed", total.passed, total.failed);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn tally(passed: usize, failed: usize) -> Tally {
        Tally { passed, failed }
    }

    #[test]
    fn nextest_s_summary_is_read() {
        let output = "        PASS [   0.004s] a::b\n------------\n     Summary [   0.010s] 45 tests run: 43 passed (1 slow, 2 flaky), 1 failed, 1 timed out, 2 skipped\n        FAIL [   0.1s] c";
        assert_eq!(Tally::of_run(output, false), tally(43, 2));
        let repeated = "    test result: FAILED. 0 passed; 1 failed; 0 ignored\n  Summary [ 1s] 9 tests run: 8 passed, 1 failed, 0 skipped";
        assert_eq!(Tally::of_run(repeated, false), tally(8, 1));
        assert_eq!(Tally::of_run("Summary [ 0.1s] 1 test run: 1 passed, 0 skipped", true), tally(1, 0));
    }

    #[test]
    fn the_results_of_every_test_binary_are_added() {
        let output = "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.05s\ntest result: FAILED. 1 passed; 2 failed; 0 ignored; 0 filtered out";
        assert_eq!(Tally::of_run(output, false), tally(13, 2));
    }

    #[test]
    fn a_run_that_ends_badly_without_a_failed_test_is_a_failure() {
        assert_eq!(Tally::of_run("error: could not compile `bff`", false), tally(0, 1));
        assert_eq!(Tally::of_run("test result: ok. 3 passed; 0 failed", false), tally(3, 1));
        assert_eq!(Tally::of_run("no tests to run!", true), tally(0, 0));
    }

    #[test]
    fn the_closing_line_is_last_and_alone() {
        let text = table(&[("unit", tally(40, 0)), ("browser", tally(2, 1))]);
        assert_eq!(text.lines().last(), Some("42 passed, 1 failed"));
        assert!(text.contains("  unit        40 passed     0 failed\n"));
    }
}
