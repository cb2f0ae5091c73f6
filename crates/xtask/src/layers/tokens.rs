//! Splits Rust source into words and punctuation. Comments, strings and characters are left out: a path that they
//! mention is no import.

/// A word, `::`, or a single character of punctuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    /// Counted from 1.
    pub(super) line: usize,
}

impl Token<'_> {
    pub(super) fn is_word(&self) -> bool {
        self.text.starts_with(is_word_character)
    }
}

/// The tokens of `source` in their order.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let (length, is_token) = match skipped(rest) {
            Some(length) => (length, false),
            None if rest.starts_with("::") => (2, true),
            None if is_word_character(first) => (word(rest), true),
            None => (first.len_utf8(), !first.is_whitespace()),
        };
        let (text, after) = rest.split_at(length);
        if is_token {
            // `r#type` is the word `type`.
            tokens.push(Token { text: text.strip_prefix("r#").unwrap_or(text), line });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    tokens
}

fn is_word_character(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the word at the start, with the mark of a raw one.
fn word(rest: &str) -> usize {
    let mark = if rest.starts_with("r#") { 2 } else { 0 };
    mark + rest[mark..].find(|c| !is_word_character(c)).unwrap_or(rest.len() - mark)
}

/// The length of the comment or literal at the start, if there is one.
fn skipped(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    if rest.starts_with('\'') {
        return Some(character_or_lifetime(rest));
    }
    string(rest)
}

fn block_comment(rest: &str) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        let Some(next) = rest[at..].find(['/', '*']).map(|offset| at + offset) else {
            return rest.len();
        };
        if rest[next..].starts_with("/*") {
            (at, depth) = (next + 2, depth + 1);
        } else if rest[next..].starts_with("*/") {
            (at, depth) = (next + 2, depth - 1);
        } else {
            at = next + 1;
        }
        if depth == 0 {
            return at;
        }
    }
}

fn character_or_lifetime(rest: &str) -> usize {
    let mut inside = rest[1..].chars();
    let first = inside.next().unwrap_or('\'');
    if first == '\\' {
        return closing(rest, 1, '\'');
    }
    if inside.next() == Some('\'') {
        return 1 + first.len_utf8() + 1;
    }
    1 + word(&rest[1..])
}

/// The length of the string at the start, of whatever kind.
fn string(rest: &str) -> Option<usize> {
    let kind = rest.strip_prefix(['b', 'c']).unwrap_or(rest);
    let raw = kind.strip_prefix('r').unwrap_or(kind);
    let quoted = raw.trim_start_matches('#');
    if !quoted.starts_with('"') {
        return None;
    }
    let hashes = &raw[..raw.len() - quoted.len()];
    let open = rest.len() - quoted.len() + 1;
    if raw.len() == kind.len() {
        return hashes.is_empty().then(|| closing(rest, open, '"'));
    }
    let end = format!("\"{hashes}");
    Some(rest[open..].find(&end).map_or(rest.len(), |at| open + at + end.len()))
}

/// The position after the first `quote` from `open` on that no backslash escapes.
fn closing(rest: &str, open: usize, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest[open..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return open + at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        tokens(source).iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_are_left_out() {
        assert_eq!(texts("a // b\n/* c /* d */ e */ f /// g"), ["a", "f"]);
    }

    #[test]
    fn strings_of_every_kind_are_left_out() {
        let source = r###"a "b \" c" b"d" r"e\" r#"f " g"# br##"h "# i"## c"j" k"###;
        assert_eq!(texts(source), ["a", "k"]);
    }

    #[test]
    fn characters_and_lifetimes_are_left_out() {
        assert_eq!(texts(r"'a' '\'' '\u{1f}' '{' &'static str b'/' 'é' x"), ["&", "str", "b", "x"]);
    }

    #[test]
    fn a_raw_identifier_is_the_word_itself() {
        assert_eq!(texts("crate::r#type::r#match"), ["crate", "::", "type", "::", "match"]);
    }

    #[test]
    fn lines_are_counted_through_strings_and_comments() {
        let lines: Vec<usize> = tokens("a\n/*\n*/ b \"\n\n\" c").iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 3, 5]);
    }
}
