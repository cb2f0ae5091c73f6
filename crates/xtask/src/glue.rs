//! Shortens the names by which the SPA's wasm and its JavaScript glue know each other, and those that the glue has
//! for itself, and takes the layout out of it.
//!
//! wasm-bindgen calls an import `__wbg_addEventListener_0e1ac3bd9b1fe0fa`, so that crates which are compiled apart
//! cannot collide. The names are all here now and need only differ, and nothing compresses worse than random digits
//! that stand in two files. They become `a`, `b` and so on in both.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

const HASH_LENGTH: usize = 16;

/// The magic number and the version of a module.
const HEADER: &[u8] = b"\0asm\x01\0\0\0";

/// The section of a module that lists its imports.
const IMPORTS: u8 = 2;

type Names = BTreeMap<String, String>;

/// Rewrites each `NAME.js` in `folder` that has a `NAME_bg.wasm` beside it, and that wasm.
///
/// # Errors
/// When a file cannot be read or written, or the wasm is none.
pub(crate) fn shorten_names(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let glue = entry?.path();
        let Some(wasm) = wasm_of(&glue).filter(|wasm| wasm.exists()) else { continue };
        rewrite(&glue, &wasm).with_context(|| format!("shortening the names in {}", glue.display()))?;
    }
    Ok(())
}

fn wasm_of(glue: &Path) -> Option<PathBuf> {
    let name = glue.file_name()?.to_str()?.strip_suffix(".js")?;
    Some(glue.with_file_name(format!("{name}_bg.wasm")))
}

fn rewrite(glue: &Path, wasm: &Path) -> Result<()> {
    let script = fs::read_to_string(glue)?;
    let mut script = without_layout(&rename_own(&script));
    let names = hashed_names(&script);
    for (name, short) in &names {
        script = script.replace(name, short);
    }
    fs::write(wasm, rename_imports(&fs::read(wasm)?, &names)?)?;
    Ok(fs::write(glue, script)?)
}

/// The script with short names for the functions and variables of its outermost level.
fn rename_own(script: &str) -> String {
    let declared = script.lines().filter_map(|line| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        let name = ["function ", "let ", "const "].iter().find_map(|keyword| line.strip_prefix(keyword))?;
        name.split(|c| !is_in_word(c)).next()
    });
    // With a dollar, which nothing else in there begins with.
    let names: BTreeMap<&str, String> =
        declared.enumerate().map(|(place, name)| (name, format!("${}", short_name(place)))).collect();
    let mut renamed = String::with_capacity(script.len());
    for piece in script.split_inclusive(|c| !is_in_word(c)) {
        let word = piece.trim_end_matches(|c| !is_in_word(c));
        // After a dot it is a member of something else, as the exports of the wasm are.
        let short = names.get(word).filter(|_| !renamed.ends_with('.'));
        renamed.push_str(short.map_or(word, String::as_str));
        renamed.push_str(&piece[word.len()..]);
    }
    renamed
}

fn is_in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The script without indentation and without lines that are comments; wasm-bindgen writes no strings over several lines.
fn without_layout(script: &str) -> String {
    let lines =
        script.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Every hashed name of the glue and a short one for it. The short ones depend on nothing but the set of names, which
/// is the same in both files: a browser may have kept either of an earlier build.
fn hashed_names(script: &str) -> Names {
    let words = script.split(|c| !is_in_word(c));
    let names: BTreeSet<&str> = words.filter(|word| is_hashed(word)).collect();
    names.into_iter().enumerate().map(|(place, name)| (name.to_owned(), short_name(place))).collect()
}

/// Whether it is like `__wbg_click_0e1ac3bd9b1fe0fa`.
fn is_hashed(word: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    word.starts_with("__wb")
        && word.rsplit_once('_').is_some_and(|(_, hash)| hash.len() == HASH_LENGTH && hash.bytes().all(digit))
}

/// `a` to `z`, then `aa`, `ba` and so on.
fn short_name(mut place: usize) -> String {
    let mut name = String::new();
    loop {
        name.extend(char::from_digit((place % 26) as u32 + 10, 36));
        match place / 26 {
            0 => return name,
            rest => place = rest - 1,
        }
    }
}

/// The module with other names for its imports (WebAssembly core specification, §5.5.5).
fn rename_imports(module: &[u8], names: &Names) -> Result<Vec<u8>> {
    let Some(mut rest) = module.strip_prefix(HEADER) else { bail!("this is no WebAssembly") };
    let mut renamed = HEADER.to_vec();
    while let [id, after @ ..] = rest {
        rest = after;
        let content = take_bytes(&mut rest)?;
        renamed.push(*id);
        if *id == IMPORTS {
            put_bytes(&mut renamed, &rename_in_section(content, names)?);
        } else {
            put_bytes(&mut renamed, content);
        }
    }
    Ok(renamed)
}

fn rename_in_section(mut section: &[u8], names: &Names) -> Result<Vec<u8>> {
    let mut renamed = Vec::with_capacity(section.len());
    let count = take_number(&mut section)?;
    put_number(&mut renamed, count);
    for _ in 0..count {
        put_bytes(&mut renamed, take_bytes(&mut section)?);
        let name = take_bytes(&mut section)?;
        let short = std::str::from_utf8(name).ok().and_then(|name| names.get(name));
        put_bytes(&mut renamed, short.map_or(name, |short| short.as_bytes()));
        // Functions are all that wasm-bindgen imports: a zero and the number of a type.
        let [0, after @ ..] = section else { bail!("it imports something that is no function") };
        section = after;
        renamed.push(0);
        put_number(&mut renamed, take_number(&mut section)?);
    }
    Ok(renamed)
}

/// Takes an unsigned LEB128 number off the front.
fn take_number(bytes: &mut &[u8]) -> Result<usize> {
    let mut number = 0;
    for shift in (0..usize::BITS).step_by(7) {
        let [byte, rest @ ..] = *bytes else { break };
        *bytes = rest;
        number |= usize::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    bail!("a number has no end")
}

fn put_number(bytes: &mut Vec<u8>, mut number: usize) {
    while number > 0x7F {
        bytes.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes bytes that follow their own count off the front.
fn take_bytes<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8]> {
    let length = take_number(bytes)?;
    let (taken, rest) = bytes.split_at_checked(length).context("it ends too early")?;
    *bytes = rest;
    Ok(taken)
}

fn put_bytes(bytes: &mut Vec<u8>, put: &[u8]) {
    put_number(bytes, put.len());
    bytes.extend(put);
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLICK: &str = "__wbg_click_0123456789abcdef";

    fn module(names: &[&str], code: &[u8]) -> Vec<u8> {
        let mut imports = Vec::new();
        put_number(&mut imports, names.len());
        for name in names {
            put_bytes(&mut imports, b"./app_bg.js");
            put_bytes(&mut imports, name.as_bytes());
            imports.extend([0, 0x80, 0x01]);
        }
        let mut module = HEADER.to_vec();
        for (id, content) in [(1, &[0][..]), (IMPORTS, &imports), (10, code)] {
            module.push(id);
            put_bytes(&mut module, content);
        }
        module
    }

    #[test]
    fn both_files_get_the_same_short_names_and_keep_everything_else() {
        let folder = tempfile::tempdir().unwrap();
        let (glue, wasm) = (folder.path().join("app-1.js"), folder.path().join("app-1_bg.wasm"));
        fs::write(&glue, format!("{{ __wbg_new_0123456789abcdef: f, {CLICK}: g }}\n")).unwrap();
        let code = [7; 300];
        fs::write(&wasm, module(&[CLICK, "memory", "__wbg_new_0123456789abcdef"], &code)).unwrap();

        shorten_names(folder.path()).unwrap();

        assert_eq!(fs::read_to_string(glue).unwrap(), "{ b: f, a: g }\n");
        assert_eq!(fs::read(wasm).unwrap(), module(&["a", "memory", "b"], &code));
    }

    #[test]
    fn a_script_without_wasm_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("other.js");
        fs::write(&script, CLICK).unwrap();
        shorten_names(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(script).unwrap(), CLICK);
    }

    #[test]
    fn own_names_become_short_and_members_of_others_stay() {
        let script =
            "let cached = 1;\nasync function load(x) {\n    let cached2 = wasm.load(x);\n}\nload(cached);\n";
        let short = "let $a = 1;\nasync function $b(x) {\n    let cached2 = wasm.load(x);\n}\n$b($a);\n";
        assert_eq!(rename_own(script), short);
    }

    #[test]
    fn code_is_kept_and_its_layout_is_not() {
        let script = "f(() => {\n    // Why.\n\n    g(\"  // no comment\"); // ?\n});\n";
        assert_eq!(without_layout(script), "f(() => {\ng(\"  // no comment\"); // ?\n});\n");
    }

    #[test]
    fn only_names_with_a_hash_are_shortened() {
        assert!(is_hashed(CLICK));
        for word in
            ["click_0123456789abcdef", "__wbindgen_malloc", "__wbg_x_0123456789ABCDEF", "__wbg_x_0123"]
        {
            assert!(!is_hashed(word), "{word}");
        }
    }

    #[test]
    fn short_names_all_differ() {
        let names: BTreeSet<String> = (0..1_000).map(short_name).collect();
        assert_eq!(names.len(), 1_000);
        assert_eq!([0, 25, 26, 52].map(short_name), ["a", "z", "aa", "ab"]);
    }

    #[test]
    fn what_is_no_module_is_refused() {
        for bytes in [&b"<!doctype html>"[..], b"\0asm\x01\0\0\0\x02\x09", b"\0asm\x01\0\0\0\x02\xFF\xFF"] {
            assert!(rename_imports(bytes, &Names::new()).is_err());
        }
    }
}
