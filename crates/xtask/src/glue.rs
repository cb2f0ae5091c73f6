//! Shortens the names that the SPA's JavaScript glue shares with the wasm, leaves the layout of the glue at home, and asks for it
//! to be compiled at once.
//!
//! wasm-bindgen calls an import `__wbg_addEventListener_0e1ac3bd9b1fe0fa`, and the function that runs a closure
//! `wasm_bindgen__convert__closures_____invoke__h88aa91449f992fc9`, so that crates which are compiled apart cannot
//! collide. The names are all here now and need only differ, and nothing compresses worse than random digits that
//! stand in two files. They become `a`, `b` and so on in both.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::app_files::AppFiles;

const HASH_LENGTH: usize = 16;

/// The first line of the glue. Chromium then compiles its functions aside while it loads, and not each one when it is first called,
/// within the first render. Others read a comment.
const COMPILE_HINT: &str = "//# allFunctionsCalledOnLoad\n";

/// The magic number and the version of a module.
const HEADER: &[u8] = b"\0asm\x01\0\0\0";

/// The section of a module that lists its imports.
const IMPORTS: u8 = 2;

/// The section of a module that lists its exports.
const EXPORTS: u8 = 7;

type Names = BTreeMap<String, String>;

/// Rewrites the glue of the app and its wasm. Modules that are loaded later share no names with the glue.
///
/// # Errors
/// When a file cannot be read or written, or the wasm is none.
pub(crate) fn shorten_names(app: &AppFiles) -> Result<()> {
    let (glue, wasm) = (app.glue(), app.wasm());
    rewrite(&glue, &wasm).with_context(|| format!("shortening the names in {}", glue.display()))
}

fn rewrite(glue: &Path, wasm: &Path) -> Result<()> {
    let mut script = without_layout(&fs::read_to_string(glue)?);
    let names = hashed_names(&script);
    for (name, short) in &names {
        script = script.replace(name, short);
    }
    fs::write(wasm, rename_in_module(&fs::read(wasm)?, &names)?)?;
    Ok(fs::write(glue, COMPILE_HINT.to_owned() + &script)?)
}

/// The script without indentation and without lines that are comments; wasm-bindgen writes no strings over several lines.
fn without_layout(script: &str) -> String {
    let lines = script.lines().map(str::trim_start);
    lines.filter(|line| !line.is_empty() && !line.starts_with("//")).flat_map(|line| [line, "\n"]).collect()
}

/// Every hashed name of the glue and a short one for it.
fn hashed_names(script: &str) -> Names {
    let words = script.split(|c| !is_in_word(c));
    // The glue itself is named before each of the imports.
    let itself = script.split('"').filter(|text| text.starts_with("./") && text.ends_with("_bg.js"));
    let names: BTreeSet<&str> = words.filter(|word| is_hashed(word)).chain(itself).collect();
    names.into_iter().enumerate().map(|(place, name)| (name.to_owned(), short_name(place))).collect()
}

fn is_in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Whether it is like `__wbg_click_0e1ac3bd9b1fe0fa` or `wasm_bindgen__convert__closures__h88aa91449f992fc9`.
fn is_hashed(word: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let is_hash = |hash: &str| hash.len() == HASH_LENGTH && hash.bytes().all(digit);
    let hash = word.rsplit_once('_').map(|(_, hash)| hash);
    (word.starts_with("__wb") && hash.is_some_and(is_hash))
        || (word.starts_with("wasm_bindgen__")
            && hash.and_then(|hash| hash.strip_prefix('h')).is_some_and(is_hash))
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

/// The module with other names for its imports and exports (WebAssembly core specification, §5.5.5, §5.5.10).
fn rename_in_module(module: &[u8], names: &Names) -> Result<Vec<u8>> {
    let Some(mut rest) = module.strip_prefix(HEADER) else { bail!("this is no WebAssembly") };
    let mut renamed = HEADER.to_vec();
    while let [id, after @ ..] = rest {
        rest = after;
        let content = take_bytes(&mut rest)?;
        renamed.push(*id);
        match *id {
            IMPORTS => put_bytes(&mut renamed, &rename_imports(content, names)?),
            EXPORTS => put_bytes(&mut renamed, &rename_exports(content, names)?),
            _ => put_bytes(&mut renamed, content),
        }
    }
    Ok(renamed)
}

fn rename_imports(mut section: &[u8], names: &Names) -> Result<Vec<u8>> {
    let mut renamed = Vec::with_capacity(section.len());
    let count = take_number(&mut section)?;
    put_number(&mut renamed, count);
    for _ in 0..count {
        for _module_and_name in 0..2 {
            put_bytes(&mut renamed, shortened(take_bytes(&mut section)?, names));
        }
        // Functions are all that wasm-bindgen imports: a zero and the number of a type.
        let [0, after @ ..] = section else { bail!("it imports something that is no function") };
        section = after;
        renamed.push(0);
        put_number(&mut renamed, take_number(&mut section)?);
    }
    Ok(renamed)
}

fn rename_exports(mut section: &[u8], names: &Names) -> Result<Vec<u8>> {
    let mut renamed = Vec::with_capacity(section.len());
    let count = take_number(&mut section)?;
    put_number(&mut renamed, count);
    for _ in 0..count {
        put_bytes(&mut renamed, shortened(take_bytes(&mut section)?, names));
        let [kind, after @ ..] = section else { bail!("an export is nothing") };
        section = after;
        renamed.push(*kind);
        put_number(&mut renamed, take_number(&mut section)?);
    }
    Ok(renamed)
}

fn shortened<'a>(name: &'a [u8], names: &'a Names) -> &'a [u8] {
    let short = std::str::from_utf8(name).ok().and_then(|name| names.get(name));
    short.map_or(name, |short| short.as_bytes())
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
    const INVOKE: &str = "wasm_bindgen__convert__closures_____invoke__h0123456789abcdef";

    fn module(glue: &str, names: &[&str], export: &str, code: &[u8]) -> Vec<u8> {
        let mut imports = Vec::new();
        put_number(&mut imports, names.len());
        for name in names {
            put_bytes(&mut imports, glue.as_bytes());
            put_bytes(&mut imports, name.as_bytes());
            imports.extend([0, 0x80, 0x01]);
        }
        let mut exports = vec![1];
        put_bytes(&mut exports, export.as_bytes());
        exports.extend([0, 7]);
        let mut module = HEADER.to_vec();
        for (id, content) in [(1, &[0][..]), (IMPORTS, &imports), (EXPORTS, &exports), (10, code)] {
            module.push(id);
            put_bytes(&mut module, content);
        }
        module
    }

    #[test]
    fn both_files_get_the_same_short_names_and_keep_everything_else() {
        let folder = tempfile::tempdir().unwrap();
        let (glue, wasm) = (folder.path().join("app-1.js"), folder.path().join("app-1_bg.wasm"));
        let script = format!(
            "{{ \"./app_bg.js\": {{ __wbg_new_0123456789abcdef: f, {CLICK}: g }} }}; wasm.{INVOKE}();\n"
        );
        fs::write(&glue, script).unwrap();
        let code = [7; 300];
        fs::write(
            &wasm,
            module("./app_bg.js", &[CLICK, "memory", "__wbg_new_0123456789abcdef"], INVOKE, &code),
        )
        .unwrap();

        rewrite(&glue, &wasm).unwrap();

        let script = COMPILE_HINT.to_owned() + "{ \"a\": { c: f, b: g } }; wasm.d();\n";
        assert_eq!(fs::read_to_string(glue).unwrap(), script);
        assert_eq!(fs::read(wasm).unwrap(), module("a", &["b", "memory", "c"], "d", &code));
    }

    #[test]
    fn code_is_kept_and_its_layout_is_not() {
        let script = "f(() => {\n    // Why.\n\n    g(\"  // no comment\"); // ?\n});\n";
        assert_eq!(without_layout(script), "f(() => {\ng(\"  // no comment\"); // ?\n});\n");
    }

    #[test]
    fn only_names_with_a_hash_are_shortened() {
        assert!(is_hashed(CLICK) && is_hashed(INVOKE));
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
    fn a_file_that_is_no_module_is_refused() {
        for bytes in [&b"<!doctype html>"[..], b"\0asm\x01\0\0\0\x02\x09", b"\0asm\x01\0\0\0\x02\xFF\xFF"] {
            assert!(rename_in_module(bytes, &Names::new()).is_err());
        }
    }
}
