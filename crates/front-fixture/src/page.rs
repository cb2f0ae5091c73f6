//! The code blocks of a page of the documentation.

use std::{fs, path::Path};

/// The text of a page, by its path in the repository.
#[must_use]
pub fn text(page: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(page);
    fs::read_to_string(&path).unwrap_or_else(|err| panic!("{}: {err}", path.display()))
}

/// The code blocks in `language` of a page, in its order.
#[must_use]
pub fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = text(page);
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

/// The one block of them that has `words` in it.
#[must_use]
pub fn block(page: &str, language: &str, words: &str) -> String {
    let mut found = blocks(page, language);
    found.retain(|block| block.contains(words));
    assert_eq!(found.len(), 1, "blocks of {page} with {words:?}");
    found.remove(0)
}
