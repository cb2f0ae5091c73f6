//! The splitter's script, which loads modules, as a part of the glue: the page waits for one file fewer.

use anyhow::{Result, bail};

/// The name of the script's file.
pub(super) const FILE: &str = "__wasm_split.js";

/// What the script asks for the exports of the first module, which is running by then.
const ASKS_EXPORTS: &str = "initSync(undefined, undefined)";

/// The variable of the glue that holds these exports.
const EXPORTS: &str = "wasm";

const EXPORT: &str = "export const ";

/// Takes the imports of the script out of `glue`, and returns what belongs behind the glue in their place.
///
/// # Errors
/// When the glue does not import the script, or the script is not as the splitter of today writes it.
pub(super) fn into_glue(glue: &mut String, script: &str) -> Result<String> {
    let imported = take_imports(glue);
    let Some(loaders) = imported.first() else { bail!("the glue does not import {FILE}") };
    if !script.contains(ASKS_EXPORTS) || !script.contains(EXPORT) {
        bail!("the splitter's script has no `{ASKS_EXPORTS}` or no `{EXPORT}`");
    }
    let mut joined = format!("const {loaders} = {{}};\n");
    joined.extend(imported[1..].iter().map(|other| format!("const {other} = {loaders};\n")));
    for line in script.lines().filter(|line| !line.starts_with("import ")) {
        match line.strip_prefix(EXPORT) {
            // The wasm knows a loader by its name.
            Some(loader) => joined.extend([loaders, ".", loader, "\n"]),
            None => joined.extend([line, "\n"]),
        }
    }
    Ok(joined.replace(ASKS_EXPORTS, EXPORTS))
}

/// Removes each `import * as NAME from "./FILE"`, of which there is one for a loader, and returns the names.
fn take_imports(glue: &mut String) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = String::with_capacity(glue.len());
    for line in glue.split_inclusive('\n') {
        let import = line.strip_prefix("import * as ").and_then(|import| import.split_once(" from "));
        match import.filter(|(_, from)| from.contains(FILE)) {
            Some((name, _)) => names.push(name.to_owned()),
            None => rest.push_str(line),
        }
    }
    *glue = rest;
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "import { initSync } from \"./main.js\";\n\
        function shared() {\n    const { memory,  } = initSync(undefined, undefined);\n}\n\
        export const __wasm_split_load_parts = load(() => {\n    fetch(\"./split_parts.wasm\");\n}\n);\n";

    #[test]
    fn loaders_are_members_of_what_the_glue_imported() {
        let mut glue =
            "import * as import1 from \"./__wasm_split.js\"\nlet wasm;\nf({ \"./__wasm_split.js\": import1 });\n"
                .to_owned();
        let loader = into_glue(&mut glue, SCRIPT).unwrap();
        assert_eq!(glue, "let wasm;\nf({ \"./__wasm_split.js\": import1 });\n");
        assert_eq!(
            loader,
            "const import1 = {};\nfunction shared() {\n    const { memory,  } = wasm;\n}\n\
             import1.__wasm_split_load_parts = load(() => {\n    fetch(\"./split_parts.wasm\");\n}\n);\n"
        );
    }

    #[test]
    fn all_loaders_are_members_of_one_object() {
        let imports = [1, 2].map(|place| format!("import * as import{place} from \"./__wasm_split.js\"\n"));
        let loader = into_glue(&mut imports.concat(), SCRIPT).unwrap();
        assert!(loader.starts_with("const import1 = {};\nconst import2 = import1;\n"), "{loader}");
    }

    #[test]
    fn a_glue_or_a_script_of_another_form_is_refused() {
        assert!(into_glue(&mut "let wasm;\n".to_owned(), SCRIPT).is_err());
        let glue = "import * as import1 from \"./__wasm_split.js\"\n";
        assert!(into_glue(&mut glue.to_owned(), "export const a = 1;\n").is_err());
    }
}
