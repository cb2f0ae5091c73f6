//! Splits the app's wasm into what the first page needs and the rest.
//!
//! trunk knows of one module. So what the linker wrote is taken once more. The splitter moves what only functions with
//! `#[wasm_split(MODULE)]` reach into modules of their own. wasm-bindgen makes the glue for what is left, and the
//! splitter's script, which loads the modules, becomes part of that glue.

mod loader;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};
use wasm_split_cli_support::{Options, transform};

use crate::app_files::AppFiles;
use crate::{spa, workspace};

/// What a split point imports the loader of its module from, until the splitter has been there.
const PLACEHOLDER: &str = "__wasm_split_placeholder__";

/// A section that the linker writes with `--emit-relocs` alone. The splitter reads it, and nobody else should.
const RELOCATIONS: &[u8] = b"reloc.CODE";

/// What the splitter puts before the name of a module in the name of its file.
const PREFIX: &str = "split_";

/// The name that wasm-bindgen is told, and that the splitter expects.
const MAIN: &str = "main";

/// Rewrites the glue and the wasm of an app that was linked with `--emit-relocs`, and adds the modules that are loaded
/// later. Any other app stays as it is.
///
/// # Errors
/// When a file cannot be read or written, a tool fails, or split points are there and no relocations.
pub(crate) fn split(app: &AppFiles) -> Result<()> {
    let target = workspace::target_dir()?;
    let linked = spa::linked(&target, app.name());
    let wasm = linked.exists().then(|| fs::read(&linked)).transpose();
    let wasm = wasm.with_context(|| format!("reading {}", linked.display()))?;
    let Some(wasm) = wasm.filter(|wasm| has_relocations(wasm)) else {
        return refuse_split_points(app, &linked);
    };
    let folder = target.join("split").join(app.name());
    let parts = Parts::of(&wasm, &folder)?;
    parts.bind()?;

    let mut script = read(&parts.glue())?;
    if !parts.later.is_empty() {
        let mut loader = loader::into_glue(&mut script, &read(&parts.loader())?)?;
        for module in &parts.later {
            let file = app.later(&module_name(module));
            loader = loader.replace(&*file_name(module), &file);
            copy(module, &app.folder().join(file))?;
        }
        script.push_str(&loader);
    }
    copy(&parts.wasm(), &app.wasm())?;
    fs::write(app.glue(), script).context("writing the glue")
}

fn has_relocations(wasm: &[u8]) -> bool {
    wasm.windows(RELOCATIONS.len()).any(|bytes| bytes == RELOCATIONS)
}

/// An app with split points does not start before it is split.
fn refuse_split_points(app: &AppFiles, linked: &Path) -> Result<()> {
    if read(&app.glue())?.contains(PLACEHOLDER) {
        bail!(
            "the app has split points, and {} is not there or was linked without --emit-relocs",
            linked.display()
        );
    }
    Ok(())
}

/// What the splitter and wasm-bindgen make of an app.
struct Parts {
    folder: PathBuf,
    /// The files of the modules that are loaded later.
    later: Vec<PathBuf>,
}

impl Parts {
    /// Has the splitter write into `folder`, which is made anew.
    fn of(wasm: &[u8], folder: &Path) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
        }
        let unbound = unbound(folder);
        let mut options = Options::new(wasm);
        options.output_dir = folder;
        options.main_out_path = &unbound;
        // An error of eyre, which prints its causes like this.
        let parts = transform(options).map_err(|err| anyhow!("splitting the app: {err:#}"))?;
        Ok(Self { folder: folder.to_owned(), later: parts.split_modules })
    }

    /// Has wasm-bindgen make the glue and the first module.
    fn bind(&self) -> Result<()> {
        let status = Command::new("wasm-bindgen")
            // The modules that are loaded later import the table of functions, which the linker exports.
            .arg("--keep-lld-exports")
            .args(["--target", "web", "--no-typescript", "--out-name", MAIN, "--out-dir"])
            .arg(self.bound())
            .arg(unbound(&self.folder))
            .env("PATH", workspace::path_with_tools())
            .status()
            .context("`wasm-bindgen` could not be started; `cargo xtask run` installs it")?;
        if !status.success() {
            bail!("`wasm-bindgen` ended with {status}");
        }
        Ok(())
    }

    fn bound(&self) -> PathBuf {
        self.folder.join("bound")
    }

    fn glue(&self) -> PathBuf {
        self.bound().join(MAIN).with_extension("js")
    }

    fn wasm(&self) -> PathBuf {
        self.bound().join(format!("{MAIN}_bg.wasm"))
    }

    fn loader(&self) -> PathBuf {
        self.folder.join(loader::FILE)
    }
}

/// The first module before wasm-bindgen has seen it.
fn unbound(folder: &Path) -> PathBuf {
    folder.join(MAIN).with_extension("wasm")
}

/// The name of a module as the app's source has it.
fn module_name(module: &Path) -> String {
    let name = module.file_stem().unwrap_or_default().to_string_lossy();
    name.strip_prefix(PREFIX).unwrap_or(&name).to_owned()
}

fn file_name(module: &Path) -> String {
    module.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("copying {}", from.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_called_as_in_the_app() {
        assert_eq!(module_name(Path::new("a/split_parts.wasm")), "parts");
        assert_eq!(module_name(Path::new("a/chunk_2.wasm")), "chunk_2");
    }

    #[test]
    fn relocations_are_found_by_the_name_of_their_section() {
        assert!(has_relocations(b"\0asm\0\x0areloc.CODE\x01"));
        assert!(!has_relocations(b"\0asm\0\x04name"));
    }
}
