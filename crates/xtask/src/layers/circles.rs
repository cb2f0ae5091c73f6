//! Circles: files of a crate that cannot be understood one after the other, because each needs the others. Tests are
//! left out: nothing needs them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::imports::{Imports, Target};
use super::paths::Path;

/// The circles of one crate, each with the names of its files.
pub(super) struct Circles(pub(super) Vec<Vec<String>>);

impl Circles {
    /// Finds the circles. An import of a module is no edge, nor is one that is only handed on: a file needs the items
    /// that its code names.
    pub(super) fn of(imports: &Imports) -> Self {
        let mut edges = BTreeMap::<usize, BTreeSet<usize>>::new();
        let counts = |file: usize, path: &Path| !path.is_test && !imports.only_hands_on(file, path);
        for (file, path) in imports.paths.iter().filter(|(file, path)| counts(*file, path)) {
            let target = imports.absolute(path).map(|absolute| imports.target(&absolute));
            let module = match target {
                Some(Target::Item(module)) => module,
                Some(Target::Module(module)) if path.name.as_deref() == Some("*") => module,
                _ => continue,
            };
            edges.entry(*file).or_default().extend(imports.file(&module));
        }
        let reached: BTreeMap<usize, BTreeSet<usize>> =
            edges.keys().map(|&file| (file, reached_from(file, &edges))).collect();
        let needs = |from: usize, to: usize| reached.get(&from).is_some_and(|files| files.contains(&to));
        let mut circles = BTreeSet::new();
        for &file in edges.keys() {
            let circle: Vec<usize> = edges
                .keys()
                .copied()
                .filter(|&other| other == file || needs(file, other) && needs(other, file))
                .collect();
            if circle.len() > 1 {
                circles.insert(circle);
            }
        }
        let names = |circle: Vec<usize>| circle.into_iter().map(|file| imports.files[file].clone()).collect();
        Self(circles.into_iter().map(names).collect())
    }
}

impl fmt::Display for Circles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: usize = self.0.iter().map(Vec::len).sum();
        let noun = if self.0.len() == 1 { "circle" } else { "circles" };
        write!(f, "{files} in {} {noun}", self.0.len())
    }
}

/// All files that `file` needs, directly or through others.
fn reached_from(file: usize, edges: &BTreeMap<usize, BTreeSet<usize>>) -> BTreeSet<usize> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![file]);
    while let Some(next) = open.pop() {
        for &to in edges.get(&next).into_iter().flatten() {
            if reached.insert(to) {
                open.push(to);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::super::imports::tests::imports;
    use super::*;

    fn circles(sources: &[(&str, &str)]) -> Vec<Vec<String>> {
        Circles::of(&imports(sources)).0
    }

    #[test]
    fn files_that_need_each_other_through_a_third_are_a_circle() {
        let sources = [
            ("a", "use crate::b::B;"),
            ("b", "fn f() { crate::c::g() }"),
            ("c", "use super::a::A;"),
            ("d", "use crate::a::A;"),
        ];
        assert_eq!(circles(&sources), [["bff/src/a.rs", "bff/src/b.rs", "bff/src/c.rs"]]);
    }

    #[test]
    fn a_child_that_needs_its_parent_s_type_is_a_circle_with_it() {
        let sources = [("a", "mod b; use self::b::C; struct D(C);"), ("a::b", "use super::D; struct C;")];
        assert_eq!(circles(&sources).len(), 1);
    }

    #[test]
    fn a_child_that_needs_a_sibling_re_exported_above_is_none() {
        let sources = [
            ("a", "mod b; mod c; pub use b::B; pub use c::C;"),
            ("a::b", "use super::C; struct B;"),
            ("a::c", "struct C;"),
        ];
        assert!(circles(&sources).is_empty());
    }

    #[test]
    fn a_parent_that_only_hands_a_child_on_does_not_need_it() {
        let parent = "mod b; pub use self::b::B; struct D;";
        let child = ("a::b", "use super::D; pub struct B;");
        assert!(circles(&[("a", parent), child]).is_empty());
        assert_eq!(circles(&[("a", &format!("{parent} fn f(b: B) {{}}")), child]).len(), 1);
    }

    #[test]
    fn tests_and_mere_imports_of_a_module_make_no_circle() {
        let sources = [
            ("a", "use crate::b::B; #[cfg(test)] mod tests { use super::*; }"),
            ("b", "use crate::a; #[cfg(test)] mod tests { use crate::a::A; }"),
        ];
        assert!(circles(&sources).is_empty());
    }

    #[test]
    fn the_number_of_files_and_circles_is_shown() {
        let files = |count: usize| vec!["a.rs".to_owned(); count];
        assert_eq!(Circles(vec![files(2), files(3)]).to_string(), "5 in 2 circles");
        assert_eq!(Circles(vec![files(2)]).to_string(), "2 in 1 circle");
        assert_eq!(Circles(vec![]).to_string(), "0 in 0 circles");
    }
}
