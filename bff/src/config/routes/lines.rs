//! Lines about a route table: which line of the file, which route or upstream, and what is wrong there.

use std::{fmt, ops::Range};

/// One line about the table, for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::config) struct TableLine {
    line: Option<usize>,
    /// The kind and the name of the table's part that the line is about.
    part: Option<(&'static str, String)>,
    problem: String,
}

impl TableLine {
    /// About the whole table.
    pub(super) fn of_table(problem: impl Into<String>) -> Self {
        Self { line: None, part: None, problem: problem.into() }
    }

    /// About the route with this path, which stands in this line.
    pub(super) fn of_route(line: usize, path: &str, problem: impl Into<String>) -> Self {
        Self { line: Some(line), part: Some(("route", path.to_owned())), problem: problem.into() }
    }

    /// About the upstream of this name, which stands in this line.
    pub(super) fn of_upstream(line: usize, name: &str, problem: impl Into<String>) -> Self {
        Self { line: Some(line), part: Some(("upstream", name.to_owned())), problem: problem.into() }
    }

    /// About text that is no table. The parser's own message has several lines, and a drawing.
    pub(super) fn of_toml(text: &str, err: &toml::de::Error) -> Self {
        let line = err.span().map(|span| line_of(text, &span));
        let problem = err.message().lines().map(str::trim).collect::<Vec<_>>().join("; ");
        Self { line, part: None, problem }
    }
}

impl fmt::Display for TableLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some((kind, name)) = &self.part {
            write!(f, "{kind} {name:?}: ")?;
        }
        f.write_str(&self.problem)
    }
}

/// The number of the line in which a part of `text` begins, from 1.
pub(super) fn line_of(text: &str, part: &Range<usize>) -> usize {
    text.bytes().take(part.start).filter(|byte| *byte == b'\n').count() + 1
}
