//! Reads the paths that one file names: every leaf of a `use`, and every path written out in the code.

use std::collections::BTreeSet;

use super::tokens::{Token, tokens};

/// A module by the names that lead to it from the crate's root, which itself is empty.
pub(super) type Module = Vec<String>;

/// One path, as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// The module that it is written in.
    pub(super) scope: Module,
    pub(super) segments: Vec<String>,
    /// The line of the first segment after `crate`, `self` and `super`.
    pub(super) line: usize,
    /// The name that a `use` gives it, `*` for all names; a path in the code has none.
    pub(super) name: Option<String>,
    /// Whether it is only compiled for tests.
    pub(super) is_test: bool,
    /// Whether the `use` hands the name on (`pub use`, of whatever reach).
    pub(super) is_handed_on: bool,
}

/// The contents of a file, as far as imports go.
#[derive(Default)]
pub(super) struct File {
    pub(super) paths: Vec<Path>,
    /// Modules that the file declares, with or without a file of their own, and whether they are only for tests.
    pub(super) modules: Vec<(Module, bool)>,
    /// Every word in the code that is compiled for more than tests; those of a `use` are left out.
    pub(super) words: BTreeSet<String>,
}

impl File {
    /// Reads `source`, the file of `module`.
    pub(super) fn read(module: &Module, source: &str) -> Self {
        let mut reader = Reader {
            tokens: tokens(source),
            at: 0,
            depth: 0,
            scope: module.clone(),
            inline: Vec::new(),
            test_until: 0,
            is_handed_on: false,
            file: Self::default(),
        };
        reader.read();
        reader.file
    }
}

struct Reader<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    /// Of braces.
    depth: usize,
    scope: Module,
    /// The depths at which the modules within this file opened.
    inline: Vec<usize>,
    /// The first token after the item that is only compiled for tests.
    test_until: usize,
    /// Whether the `use` that is read now begins with `pub`.
    is_handed_on: bool,
    file: File,
}

impl<'a> Reader<'a> {
    fn read(&mut self) {
        while self.at < self.tokens.len() {
            match self.text(0) {
                "#" if is_test_attribute(&self.tokens[self.at..]) => {
                    self.test_until = self.test_until.max(self.last_of_item() + 1);
                    self.at += 1;
                }
                "mod" if self.text(2) == ";" || self.text(2) == "{" => self.module(),
                "use" if self.text(1) != "<" => {
                    let before = self.at.checked_sub(1).map_or("", |before| self.tokens[before].text);
                    self.is_handed_on = matches!(before, "pub" | ")");
                    self.at += 1;
                    self.tree(&[]);
                    self.is_handed_on = false;
                }
                "{" => {
                    self.depth += 1;
                    self.at += 1;
                }
                "}" => self.close(),
                _ if self.starts_path() => self.path(),
                _ => self.word(),
            }
        }
    }

    fn word(&mut self) {
        let token = self.tokens[self.at];
        if token.is_word() && !self.is_test() {
            self.file.words.insert(token.text.to_owned());
        }
        self.at += 1;
    }

    /// The text of a token ahead; empty past the end.
    fn text(&self, ahead: usize) -> &'a str {
        self.tokens.get(self.at + ahead).map_or("", |token| token.text)
    }

    fn is_test(&self) -> bool {
        self.at < self.test_until
    }

    fn module(&mut self) {
        let mut module = self.scope.clone();
        module.push(self.text(1).to_owned());
        self.file.modules.push((module.clone(), self.is_test()));
        if self.text(2) == "{" {
            self.inline.push(self.depth);
            self.scope = module;
            self.depth += 1;
        }
        self.at += 3;
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.inline.last() == Some(&self.depth) {
            self.inline.pop();
            self.scope.pop();
        }
        self.at += 1;
    }

    /// One branch of a `use`, which begins here and continues `prefix`.
    fn tree(&mut self, prefix: &[Token<'a>]) {
        let mut path = prefix.to_vec();
        loop {
            match self.text(0) {
                "{" => {
                    self.at += 1;
                    while !matches!(self.text(0), "}" | ";" | "") {
                        self.tree(&path);
                        self.at += usize::from(self.text(0) == ",");
                    }
                    self.at += 1;
                    return;
                }
                "as" => {
                    self.add(&path, Some(self.text(1)));
                    self.at += 2;
                    return;
                }
                "*" => {
                    self.add(&path, Some("*"));
                    self.at += 1;
                    return;
                }
                "," | "}" | ";" | "" => {
                    let named = path.iter().rfind(|segment| segment.text != "self");
                    self.add(&path, named.map(|segment| segment.text));
                    return;
                }
                // A path that begins with `::` is another crate's, and keeps that mark.
                "::" if !path.is_empty() => self.at += 1,
                _ => {
                    path.push(self.tokens[self.at]);
                    self.at += 1;
                }
            }
        }
    }

    fn starts_path(&self) -> bool {
        let continues = self.at.checked_sub(1).is_some_and(|before| self.tokens[before].text == "::");
        self.tokens[self.at].is_word() && self.text(1) == "::" && !continues
    }

    fn path(&mut self) {
        let mut path = vec![self.tokens[self.at]];
        if !self.is_test() {
            self.file.words.insert(self.text(0).to_owned());
        }
        while self.text(1) == "::" && self.tokens.get(self.at + 2).is_some_and(Token::is_word) {
            self.at += 2;
            path.push(self.tokens[self.at]);
        }
        self.add(&path, None);
        self.at += 1;
    }

    fn add(&mut self, path: &[Token<'_>], name: Option<&str>) {
        let plain = path.iter().find(|segment| !matches!(segment.text, "crate" | "self" | "super"));
        let Some(line) = plain.or(path.first()).map(|segment| segment.line) else {
            return;
        };
        self.file.paths.push(Path {
            scope: self.scope.clone(),
            segments: path.iter().map(|segment| segment.text.to_owned()).collect(),
            line,
            name: name.map(str::to_owned),
            is_test: self.is_test(),
            is_handed_on: self.is_handed_on,
        });
    }

    /// The last token of the item whose attributes begin here: its closing brace, or the semicolon that it ends with.
    fn last_of_item(&self) -> usize {
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate().skip(self.at) {
            match token.text {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                "}" if depth <= 1 => return at,
                "}" => depth -= 1,
                ";" if depth == 0 => return at,
                _ => {}
            }
        }
        self.tokens.len()
    }
}

/// `#[cfg(test)]` and `#[cfg(all(test, …))]`.
fn is_test_attribute(tokens: &[Token<'_>]) -> bool {
    let begins_with = |words: &[&str]| {
        tokens.len() > words.len() && tokens.iter().zip(words).all(|(token, word)| token.text == *word)
    };
    begins_with(&["#", "[", "cfg", "(", "test", ")"])
        || begins_with(&["#", "[", "cfg", "(", "all", "(", "test", ","])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every path that `source` names in a module `room`, as `line name path`.
    fn paths(source: &str) -> Vec<String> {
        let shown = |path: &Path| {
            let name = path.name.as_deref().unwrap_or("-");
            let test = if path.is_test { " (test)" } else { "" };
            format!("{} {name} {} in {}{test}", path.line, path.segments.join("::"), path.scope.join("::"))
        };
        File::read(&vec!["room".to_owned()], source).paths.iter().map(shown).collect()
    }

    #[test]
    fn nested_braces_of_a_use_are_taken_apart() {
        assert_eq!(
            paths("pub use crate::{\n  a::{b, c::{self, D as E}},\n  f::*,\n};"),
            [
                "2 b crate::a::b in room",
                "2 c crate::a::c::self in room",
                "2 E crate::a::c::D in room",
                "3 * crate::f::* in room".replace("::*", "").as_str(),
            ]
        );
    }

    #[test]
    fn paths_in_the_code_are_read() {
        assert_eq!(
            paths("fn f() -> crate::a::B<super::c::D> { e::f::<u8>() ; x.y(); ::std::z::w() }"),
            ["1 - crate::a::B in room", "1 - super::c::D in room", "1 - e::f in room"]
        );
    }

    #[test]
    fn a_module_within_the_file_is_a_scope_of_its_own() {
        assert_eq!(
            paths("mod inner { fn f() { super::a::b() } } use self::c::D;"),
            ["1 - super::a::b in room::inner", "1 D self::c::D in room"]
        );
    }

    #[test]
    fn an_item_for_tests_ends_with_its_brace_or_semicolon() {
        assert_eq!(
            paths("#[cfg(test)] mod t { use super::*; } #[cfg(all(test, unix))] use a::B; use c::D;"),
            ["1 * super in room::t (test)", "1 B a::B in room (test)", "1 D c::D in room"]
        );
    }

    #[test]
    fn a_name_that_is_only_handed_on_is_no_word_of_the_file() {
        let file = File::read(&vec![], "pub(crate) use a::{B, C}; use d::E; fn f(c: C) -> E::F {}");
        assert_eq!(
            file.paths.iter().map(|path| path.is_handed_on).collect::<Vec<_>>(),
            [true, true, false, false]
        );
        assert!(file.words.contains("C") && file.words.contains("E") && !file.words.contains("B"));
    }

    #[test]
    fn modules_that_a_file_declares_are_known() {
        let file = File::read(&vec![], "pub mod a; #[cfg(test)] mod tests; mod b { mod c {} }");
        let names: Vec<_> =
            file.modules.iter().map(|(module, is_test)| (module.join("::"), *is_test)).collect();
        let expected = [("a", false), ("tests", true), ("b", false), ("b::c", false)];
        assert_eq!(names, expected.map(|(name, is_test)| (name.to_owned(), is_test)));
    }
}
