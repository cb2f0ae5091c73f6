//! The page of the results, `docs/benchmarks.md`: every table stands between marks of its own, and only what is measured
//! anew is replaced.

use std::fs;

use anyhow::{Context, Result};

use crate::workspace;

/// Puts `text` between the marks of `name`.
///
/// # Errors
/// When the page cannot be read or written, or lacks the marks.
pub(super) fn replace(name: &str, text: &str) -> Result<()> {
    let file = workspace::root().join("docs/benchmarks.md");
    let page = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let page = between(&page, name, text).with_context(|| format!("{} has no `{name}`", file.display()))?;
    fs::write(&file, page).with_context(|| format!("writing {}", file.display()))
}

fn between(page: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- bench: {name} -->\n"), format!("<!-- end: {name} -->"));
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{}\n{end}{after}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_part_is_replaced() {
        let page = "a\n<!-- bench: x -->\nold\n<!-- end: x -->\n<!-- bench: y -->\ny\n<!-- end: y -->\n";
        let expected = "a\n<!-- bench: x -->\nnew\n<!-- end: x -->\n<!-- bench: y -->\ny\n<!-- end: y -->\n";
        assert_eq!(between(page, "x", "new\n").as_deref(), Some(expected));
        assert_eq!(between(page, "z", "new"), None);
    }
}
