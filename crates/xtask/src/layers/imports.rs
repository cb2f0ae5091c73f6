//! The imports of one crate: its modules with their files, and the file that each path leads to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path as FilePath;

use anyhow::{Context, Result};

use super::paths::{File, Module, Path};

/// The longest chain of re-exports that is followed; a longer one ends at the file that it has reached.
const RE_EXPORTS_MAX: usize = 8;

/// The files of a crate and the paths that they name.
#[derive(Default)]
pub(super) struct Imports {
    /// Every module, with the index of its file.
    modules: BTreeMap<Module, usize>,
    /// Paths of the files, from the workspace's root on.
    pub(super) files: Vec<String>,
    /// Every path, with the index of the file that names it.
    pub(super) paths: Vec<(usize, Path)>,
    /// The paths that names were given to, by the module that gives them.
    names: BTreeMap<(Module, String), Vec<String>>,
    /// The words in the code of each file.
    words: Vec<BTreeSet<String>>,
}

/// The end of a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    Module(Module),
    /// An item, known only by the module that defines it or hands it on.
    Item(Module),
}

impl Imports {
    /// Reads every source file of the crate in `folder`.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(super) fn read(root: &FilePath, folder: &str) -> Result<Self> {
        let mut sources = Vec::new();
        collect(&root.join(folder).join("src"), &mut Vec::new(), &mut sources)?;
        sources.sort();
        let named = |(module, file): (Module, std::path::PathBuf)| {
            let text =
                std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
            let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
            Ok((module, name, text))
        };
        Ok(Self::of(sources.into_iter().map(named).collect::<Result<_>>()?))
    }

    /// Takes modules with the names and contents of their files.
    pub(super) fn of(sources: Vec<(Module, String, String)>) -> Self {
        let mut imports = Self::default();
        let mut tests = Vec::new();
        for (module, name, text) in sources {
            let index = imports.files.len();
            imports.files.push(name);
            let file = File::read(&module, &text);
            imports.modules.insert(module, index);
            imports.words.push(file.words);
            for (declared, is_test) in file.modules {
                // A module with a file of its own is entered with that file, before or after.
                imports.modules.entry(declared.clone()).or_insert(index);
                tests.extend(is_test.then_some(declared));
            }
            imports.paths.extend(file.paths.into_iter().map(|path| (index, path)));
        }
        for (_, path) in &mut imports.paths {
            path.is_test |= tests.iter().any(|test| path.scope.starts_with(test));
        }
        for (_, path) in &imports.paths {
            if let Some(name) = &path.name {
                imports
                    .names
                    .entry((path.scope.clone(), name.clone()))
                    .or_insert_with(|| path.segments.clone());
            }
        }
        imports
    }

    /// The names that lead from the crate's root to the end of `path`; none for a path into another crate.
    pub(super) fn absolute(&self, path: &Path) -> Option<Vec<String>> {
        self.resolve(&path.scope, &path.segments, 0)
    }

    fn resolve(&self, scope: &Module, segments: &[String], depth: usize) -> Option<Vec<String>> {
        let (first, rest) = segments.split_first()?;
        let child = [scope.as_slice(), std::slice::from_ref(first)].concat();
        let mut absolute = match first.as_str() {
            "crate" => Module::new(),
            "self" => scope.clone(),
            "super" => scope.split_last()?.1.to_vec(),
            _ if self.modules.contains_key(&child) => child,
            _ => {
                let named = self.names.get(&(scope.clone(), first.clone()))?;
                if depth == RE_EXPORTS_MAX || named == segments {
                    return None;
                }
                self.resolve(scope, named, depth + 1)?
            }
        };
        for segment in rest {
            match segment.as_str() {
                "self" => {}
                "super" => absolute.truncate(absolute.len().checked_sub(1)?),
                name => absolute.push(name.to_owned()),
            }
        }
        Some(absolute)
    }

    /// The deepest module on the way to an absolute path, after re-exports.
    pub(super) fn target(&self, absolute: &[String]) -> Target {
        self.follow(absolute, 0)
    }

    fn follow(&self, absolute: &[String], depth: usize) -> Target {
        let mut module = Module::new();
        for (at, segment) in absolute.iter().enumerate() {
            module.push(segment.clone());
            if self.modules.contains_key(&module) {
                continue;
            }
            module.pop();
            let named = self.names.get(&(module.clone(), segment.clone()));
            let handed_on = named.and_then(|named| self.resolve(&module, named, depth));
            return match handed_on {
                Some(path) if depth < RE_EXPORTS_MAX && path != absolute[..=at] => {
                    self.follow(&[path.as_slice(), &absolute[at + 1..]].concat(), depth + 1)
                }
                _ => Target::Item(module),
            };
        }
        Target::Module(module)
    }

    /// Whether a file does no more with a path than hand it on to others.
    pub(super) fn only_hands_on(&self, file: usize, path: &Path) -> bool {
        path.is_handed_on && path.name.as_ref().is_some_and(|name| !self.words[file].contains(name))
    }

    /// The index of a module's file.
    pub(super) fn file(&self, module: &Module) -> Option<usize> {
        self.modules.get(module).copied()
    }
}

/// Finds the source files below `folder`, each with the module that it is.
fn collect(
    folder: &FilePath,
    module: &mut Module,
    files: &mut Vec<(Module, std::path::PathBuf)>,
) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        let Some(stem) = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()) else {
            continue;
        };
        if path.is_dir() {
            module.push(stem);
            collect(&path, module, files)?;
            module.pop();
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            // `main.rs` beside a library becomes a module that nothing names.
            let is_root =
                module.is_empty() && (stem == "lib" || stem == "main" && !folder.join("lib.rs").exists());
            let own = if is_root { Vec::new() } else { vec![stem] };
            files.push(([module.as_slice(), &own].concat(), path));
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A crate whose files are given with their modules, as `a::b`; the root is empty.
    pub(in crate::layers) fn imports(sources: &[(&str, &str)]) -> Imports {
        let module =
            |name: &str| name.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let named = |(name, text): &(&str, &str)| {
            let file =
                if name.is_empty() { "lib.rs".to_owned() } else { format!("{}.rs", name.replace("::", "/")) };
            (module(name), format!("bff/src/{file}"), (*text).to_owned())
        };
        Imports::of(sources.iter().map(named).collect())
    }

    /// The files that the first file's paths lead to, in their order.
    fn leads_to(sources: &[(&str, &str)]) -> Vec<String> {
        let imports = imports(sources);
        let paths = imports.paths.iter().filter(|(file, _)| *file == 0);
        let target = |(_, path): &(usize, Path)| match imports.target(&imports.absolute(path)?) {
            Target::Module(module) => Some(format!("module {}", module.join("::"))),
            Target::Item(module) => Some(module.join("::")),
        };
        paths.filter_map(target).collect()
    }

    #[test]
    fn a_path_leads_to_the_deepest_module() {
        let sources = [
            ("a", "use crate::b::c::D; use super::b; use std::io; use self::e::F;"),
            ("b", ""),
            ("b::c", ""),
            ("a::e", ""),
        ];
        assert_eq!(leads_to(&sources), ["b::c", "module b", "a::e"]);
    }

    #[test]
    fn a_path_begins_with_an_imported_name() {
        let sources = [("a", "use crate::b::c as d; fn f() { d::g() }"), ("b", ""), ("b::c", "")];
        assert_eq!(leads_to(&sources), ["module b::c", "b::c"]);
    }

    #[test]
    fn a_re_export_leads_to_the_file_that_defines_the_item() {
        let sources = [
            ("a", "use crate::{B, b::E};"),
            ("", "pub use b::B;"),
            ("b", "pub use self::c::{B, D as E};"),
            ("b::c", ""),
        ];
        assert_eq!(leads_to(&sources), ["b::c", "b::c"]);
    }

    #[test]
    fn an_item_of_a_module_in_the_same_file_is_that_file_s() {
        let sources = imports(&[("a", "mod inner { pub struct B; } use inner::B;")]);
        let absolute = sources.absolute(&sources.paths[0].1).unwrap();
        let Target::Item(module) = sources.target(&absolute) else { panic!("an item") };
        assert_eq!(sources.file(&module), Some(0));
    }

    #[test]
    fn names_that_lead_to_each_other_end() {
        let sources = [("a", "use self::b::C;"), ("a::b", "pub use super::C;")];
        assert_eq!(leads_to(&sources).len(), 1);
    }

    #[test]
    fn a_file_declared_for_tests_holds_only_tests() {
        let sources = imports(&[("a", "#[cfg(test)] mod tests;"), ("a::tests", "use crate::b::C;")]);
        assert!(sources.paths.iter().all(|(_, path)| path.is_test));
    }
}
