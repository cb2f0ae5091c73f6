//! Names the files of the app by a digest of what they hold at last. Browsers keep such files for a year. trunk's hash is of the
//! wasm before it is split and made smaller.
//!
//! All of them have the same digest: a module that is loaded later fits no other build.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::app_files::{AppFiles, PAGE, digest};

/// Renames the files of the app, here and in the page. Names without a hash stay.
///
/// # Errors
/// When a file cannot be read, written or renamed.
pub(crate) fn rename(app: &AppFiles) -> Result<()> {
    if !app.is_hashed() {
        return Ok(());
    }
    let modules = app.modules()?;
    let script = read(&app.glue())?;
    let read_module =
        |module: &PathBuf| fs::read(module).with_context(|| format!("reading {}", module.display()));
    let contents: Vec<Vec<u8>> = modules.iter().map(read_module).collect::<Result<_>>()?;
    // The names are no content.
    let stem = format!("{}-{}", app.name(), digest((script.replace(app.stem(), ""), contents)));

    let page = app.folder().join(PAGE);
    write(&page, &read(&page)?.replace(app.stem(), &stem))?;
    write(&app.glue(), &script.replace(app.stem(), &stem))?;
    for file in modules.into_iter().chain([app.glue()]) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().replacen(app.stem(), &stem, 1);
        fs::rename(&file, file.with_file_name(name))
            .with_context(|| format!("renaming {}", file.display()))?;
    }
    Ok(())
}

fn read(file: &PathBuf) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))
}

fn write(file: &PathBuf, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| format!("writing {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names in a folder with an app that trunk has called `stem`, after they are made new; and the script and the page.
    fn renamed(stem: &str, later: &str) -> (Vec<String>, String, String) {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &str| fs::write(folder.path().join(name), content).unwrap();
        write(&format!("{stem}.js"), &format!("fetch('./{stem}_parts.wasm')"));
        write(&format!("{stem}_bg.wasm"), "first");
        write(&format!("{stem}_parts.wasm"), later);
        write("index.html", &format!("<script src=/{stem}.js></script><link href=/{stem}_bg.wasm>"));
        for app in AppFiles::all_in(folder.path()).unwrap() {
            rename(&app).unwrap();
        }
        let entries = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        let [script, page] = [0, 3].map(|at| fs::read_to_string(folder.path().join(&names[at])).unwrap());
        (names, script, page)
    }

    #[test]
    fn all_files_have_one_digest_which_the_script_and_the_page_know() {
        let (names, script, page) = renamed("app-9fd86916b81c40cd", "later");
        let stem = names[0].strip_suffix(".js").unwrap();
        assert_eq!(stem.len(), "app-".len() + 16);
        assert_ne!(stem, "app-9fd86916b81c40cd");
        let all = [".js", "_bg.wasm", "_parts.wasm"].map(|end| format!("{stem}{end}"));
        assert_eq!(names, [&all[..], &["index.html".to_owned()]].concat());
        assert_eq!(script, format!("fetch('./{stem}_parts.wasm')"));
        assert_eq!(page, format!("<script src=/{stem}.js></script><link href=/{stem}_bg.wasm>"));
    }

    #[test]
    fn the_digest_is_of_all_contents_and_of_nothing_else() {
        assert_eq!(renamed("app-1", "later").0, renamed("app-2", "later").0);
        assert_ne!(renamed("app-1", "later").0, renamed("app-1", "changed").0);
    }

    #[test]
    fn names_without_a_hash_stay() {
        let (names, _, _) = renamed("app", "later");
        assert_eq!(names, ["app.js", "app_bg.wasm", "app_parts.wasm", "index.html"]);
    }
}
