//! Patterns of file names, such as `static/*` and `**/*.chunk.js`.

use std::fmt;

/// A pattern of paths within the app. `*` stands for any text within a folder, `**` for any text across folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern(String);

impl NamePattern {
    /// Checks a pattern. A slash in front is that of the address, and is left out.
    ///
    /// # Errors
    /// Completes the sentence "`pattern` …".
    pub fn parse(given: &str) -> Result<Self, String> {
        let pattern = given.trim_start_matches('/');
        if pattern.is_empty() {
            return Err("is no pattern of file names".to_owned());
        }
        Ok(Self(pattern.to_owned()))
    }

    /// Whether the path of a file matches.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        matches(self.0.as_bytes(), path.as_bytes())
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether the pattern leads from the start of the path to its end. `reached` are the places that its tokens so far lead to.
fn matches(mut pattern: &[u8], path: &[u8]) -> bool {
    let mut reached = vec![false; path.len() + 1];
    reached[0] = true;
    while let Some(token) = pattern.first() {
        let mut next = vec![false; reached.len()];
        let stars = if *token == b'*' { 1 + usize::from(pattern.get(1) == Some(token)) } else { 0 };
        let is_folders = stars == 2 && pattern.get(2) == Some(&b'/');
        let mut before = false;
        for place in 0..reached.len() {
            let last = place.checked_sub(1).map(|last| (path[last], reached[last], next[last]));
            next[place] = match stars {
                0 => last.is_some_and(|(byte, reached, _)| reached && byte == *token),
                1 => reached[place] || last.is_some_and(|(byte, _, next)| next && byte != b'/'),
                // No folder at all is one of the ways.
                _ if is_folders => reached[place] || (before && last.is_some_and(|(byte, ..)| byte == b'/')),
                _ => reached[place] || last.is_some_and(|(_, _, next)| next),
            };
            before |= reached[place];
        }
        reached = next;
        pattern = &pattern[if is_folders { 3 } else { stars.max(1) }..];
    }
    reached.last().is_some_and(|end| *end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_star_stays_in_its_folder_and_two_do_not() {
        for (pattern, path, expected) in [
            ("static/*", "static/a.js", true),
            ("/static/*", "static/a.js", true),
            ("static/*", "static/js/a.js", false),
            ("static/*", "other/static/a.js", false),
            ("static/**", "static/js/a.js", true),
            ("**/*.chunk.js", "a.chunk.js", true),
            ("**/*.chunk.js", "x/y/a.chunk.js", true),
            ("**/*.chunk.js", "x/y/a.js", false),
            ("*.js", "x/a.js", false),
            ("*-*.js", "a-b.js", true),
            ("_app/immutable/**", "_app/immutable/chunks/BqTk3_0x.js", true),
            ("a.js", "a.js", true),
            ("a.js", "aXjs", false),
            ("**", "x/y", true),
            ("**/a", "xa", false),
            ("**/a", "x/a", true),
            ("a**b", "a/x/b", true),
            ("a*", "a", true),
            ("x/**/a.js", "xa.js", false),
            ("x/**/a.js", "x/a.js", true),
        ] {
            assert_eq!(NamePattern::parse(pattern).unwrap().matches(path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn an_empty_pattern_is_refused_and_one_of_many_stars_is_quick() {
        for given in ["", "/", "//"] {
            assert!(NamePattern::parse(given).is_err(), "{given}");
        }
        let slowest = NamePattern::parse(&format!("{}b", "**a".repeat(50))).unwrap();
        assert!(!slowest.matches(&"a".repeat(200)));
    }
}
