//! Joins the style sheets of a page: one file is one request, and compresses better than nine.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::app_files::{PAGE, digest};

/// How trunk begins the link to a style sheet.
const LINK: &str = "<link rel=\"stylesheet\" href=\"";

/// Puts the sheets that `index.html` in `folder` links into one file, in their order, without comments and indentation. A
/// page with one sheet or none stays as it is, and a folder without a page.
///
/// # Errors
/// When a file cannot be read, written or removed.
pub(crate) fn join(folder: &Path) -> Result<()> {
    let page_file = folder.join(PAGE);
    if !page_file.exists() {
        return Ok(());
    }
    let page = fs::read_to_string(&page_file).with_context(|| format!("reading {}", page_file.display()))?;
    let addresses: Vec<&str> = page.lines().filter_map(address).collect();
    let [first, _, ..] = addresses.as_slice() else { return Ok(()) };
    let mut joined = String::new();
    for address in &addresses {
        let sheet = folder.join(name(address));
        let text = fs::read_to_string(&sheet).with_context(|| format!("reading {}", sheet.display()))?;
        fs::remove_file(&sheet).with_context(|| format!("removing {}", sheet.display()))?;
        joined.push_str(&without_layout(&text));
    }
    let file = format!("styles-{}.css", digest(&joined));
    fs::write(folder.join(&file), joined).with_context(|| format!("writing {file}"))?;

    let link = format!("{LINK}{}{file}\">", first.strip_suffix(name(first)).unwrap_or_default());
    let mut link = Some(link);
    let lines = page.lines().filter_map(|line| match address(line) {
        // The first one's place is that of all.
        Some(_) => link.take(),
        None => Some(line.to_owned()),
    });
    let page: Vec<String> = lines.collect();
    fs::write(&page_file, page.join("\n") + "\n").context("writing the page")?;
    Ok(())
}

/// The address of the sheet that a line of the page links.
fn address(line: &str) -> Option<&str> {
    let (address, _) = line.trim_start().strip_prefix(LINK)?.split_once('"')?;
    Some(address)
}

/// The name of the file at an address.
fn name(address: &str) -> &str {
    address.rsplit_once('/').map_or(address, |(_, name)| name)
}

/// The sheet without comments, indentation and empty lines. No text in it holds the beginning of a comment.
fn without_layout(sheet: &str) -> String {
    let mut pieces = sheet.split("/*");
    let mut code = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        code.push_str(piece.split_once("*/").map_or("", |(_comment, code)| code));
    }
    let lines = code.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(address: &str) -> String {
        format!("    {LINK}{address}\" integrity=\"sha384-x\"/>\n")
    }

    #[test]
    fn sheets_become_one_file_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("b-1.css", "/* Why. */\n.b {\n  color: red;\n}\n");
        write("a-2.css", ".a {}\n\n.c {}\n");
        write(
            "index.html",
            &["<head>\n", &link("/app/b-1.css"), &link("/app/a-2.css"), "</head>\n"].concat(),
        );
        join(folder.path()).unwrap();

        let mut names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        let sheet = names[1].to_str().unwrap();
        assert!(names.len() == 2 && sheet.starts_with("styles-") && sheet.len() == 27, "{names:?}");
        let text = fs::read_to_string(folder.path().join(sheet)).unwrap();
        assert_eq!(text, ".b {\ncolor: red;\n}\n.a {}\n.c {}\n");
        let page = fs::read_to_string(folder.path().join(PAGE)).unwrap();
        assert_eq!(page, format!("<head>\n{LINK}/app/{sheet}\">\n</head>\n"));
    }

    #[test]
    fn a_page_with_one_sheet_stays() {
        let folder = tempfile::tempdir().unwrap();
        let page = link("/only.css");
        fs::write(folder.path().join(PAGE), &page).unwrap();
        join(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join(PAGE)).unwrap(), page);
    }

    #[test]
    fn the_text_of_this_apps_sheets_holds_no_beginning_of_a_comment() {
        let folder = crate::workspace::root().join("frontend/styles");
        for entry in fs::read_dir(folder).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            let quoted = |line: &str| line.split('"').skip(1).step_by(2).any(|text| text.contains("/*"));
            assert!(!text.lines().any(quoted));
        }
    }
}
