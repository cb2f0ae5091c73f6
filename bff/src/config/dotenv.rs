//! The `.env` file: variables that the environment does not give.

use std::{collections::HashMap, fmt::Display, fs, io::ErrorKind, path::Path};

/// Reads the file's variables; none where there is no file.
///
/// # Errors
/// A message with the number of a line that does not parse. The line may hold a secret, and is not repeated.
pub(super) fn read(path: &Path) -> Result<HashMap<String, String>, String> {
    let unreadable = |err: &dyn Display| format!("{} cannot be read: {err}", path.display());
    let content = match fs::read(path) {
        Ok(content) => content,
        Err(err) if err.kind() == ErrorKind::NotFound => return Ok(HashMap::new()),
        Err(err) => return Err(unreadable(&err)),
    };
    // Some editors put a byte order mark in front.
    let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&content);
    dotenvy::from_read_iter(content).collect::<Result<_, _>>().map_err(|err| match err {
        dotenvy::Error::LineParse(line, _) => {
            let place =
                line_of(content, &line).map_or("a line".to_owned(), |number| format!("line {number}"));
            unreadable(&format!("{place} is not NAME=value; quote a value that holds spaces or quotes"))
        }
        err => unreadable(&err),
    })
}

/// The value of one variable, from a file that may not parse elsewhere.
pub(super) fn variable(path: &Path, name: &str) -> Option<String> {
    let content = fs::read(path).ok()?;
    let mut lines = content.split(|byte| *byte == b'\n').filter_map(|line| {
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        dotenvy::from_read_iter(line).next()?.ok()
    });
    lines.find_map(|(found, value)| (found == name).then_some(value))
}

/// The number of the first line that holds the beginning of `text`. That may be a part of a line, or go on over several.
fn line_of(content: &[u8], text: &str) -> Option<usize> {
    let content = String::from_utf8_lossy(content);
    let first = text.lines().next().map(str::trim).filter(|first| !first.is_empty())?;
    content.lines().position(|line| line.contains(first)).map(|index| index + 1)
}

/// Whether everybody on this machine can write the file.
#[cfg(unix)]
pub(super) fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    const WRITTEN_BY_OTHERS: u32 = 0o002;
    fs::metadata(path).is_ok_and(|file| file.permissions().mode() & WRITTEN_BY_OTHERS != 0)
}

/// Other systems keep such rights elsewhere.
#[cfg(not(unix))]
pub(super) fn is_open(_: &Path) -> bool {
    false
}
