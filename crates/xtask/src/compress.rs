//! Finishes a build: trunk calls this as a `post_build` hook. A release is split, made smaller, named and published.
//!
//! `.br` and `.gz` files are written next to what compresses, with the highest settings, so that the server only picks one.

use std::collections::VecDeque;
use std::io::Write;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use brotli::enc::backward_references::BrotliEncoderMode;

use crate::app_files::AppFiles;
use crate::{content_names, glue, optimise, publish, split, styles};

/// Extensions of text and wasm. Images and fonts come compressed.
const COMPRESSIBLE: [&str; 8] = ["html", "js", "mjs", "css", "wasm", "svg", "json", "txt"];
const BROTLI_QUALITY: i32 = 11;
/// 4 MiB, the largest window that every browser has to accept.
const BROTLI_WINDOW: i32 = 22;
/// Sizes of block, from 64 KiB to 512 KiB, after which the encoder may change its statistics. The best one differs from
/// build to build, by some hundred bytes of the app.
const BROTLI_BLOCKS: RangeInclusive<i32> = 16..=19;

/// The magic number at the start of a WebAssembly module.
const WASM: &[u8] = b"\0asm";

/// `cargo xtask compress [FOLDER]`; without a folder it is trunk's hook.
pub(crate) fn command(args: &[String]) -> Result<ExitCode> {
    match args {
        [folder] => compress(Path::new(folder))?,
        [] => match std::env::var_os("TRUNK_STAGING_DIR") {
            Some(folder) => hook(Path::new(&folder))?,
            None => bail!("which folder? `cargo xtask compress FOLDER`, or set TRUNK_STAGING_DIR"),
        },
        [_, unexpected, ..] => bail!("compress takes one folder, and got `{unexpected}` as well"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Finishes a release in trunk's staging folder. A development build stays as it is: brotli takes too long for it.
fn hook(staging: &Path) -> Result<()> {
    if std::env::var_os("TRUNK_PROFILE").is_none_or(|profile| profile != "release") {
        return Ok(());
    }
    for app in AppFiles::all_in(staging)? {
        finish(&app).with_context(|| format!("finishing {}", app.stem()))?;
    }
    styles::join(staging)?;
    compress(staging)?;
    publish::release(staging)
}

/// Splits an app, makes its parts smaller, and gives them their names.
fn finish(app: &AppFiles) -> Result<()> {
    split::split(app)?;
    optimise::optimise(app)?;
    glue::shorten_names(app)?;
    content_names::rename(app)
}

fn compress(folder: &Path) -> Result<()> {
    let siblings = folder_in_parallel(folder)?;
    eprintln!("compressed {}: {siblings} files written", folder.display());
    Ok(())
}

/// Compresses every file below `folder`, and says how many siblings were written.
fn folder_in_parallel(folder: &Path) -> Result<usize> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    // The largest first: the last thread to finish should not have begun with the wasm.
    files.sort_by_key(|file| std::cmp::Reverse(file.metadata().map_or(0, |metadata| metadata.len())));
    let encodings = [Encoding::Brotli, Encoding::Gzip];
    let jobs: VecDeque<(PathBuf, Encoding)> =
        files.iter().flat_map(|file| encodings.map(|encoding| (file.clone(), encoding))).collect();
    let jobs = Mutex::new(jobs);
    let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let work = || -> Result<usize> {
        let mut written = 0;
        while let Some((file, encoding)) = next() {
            let smaller =
                write_sibling(&file, encoding).with_context(|| format!("compressing {}", file.display()))?;
            written += usize::from(smaller);
        }
        Ok(written)
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(crate::tools::join).sum()
    })
}

/// The bytes that any server sends of `content`: with the encoder's own choices, and not with those for the app here.
pub(crate) fn usual_brotli_size(content: &[u8]) -> Result<usize> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW,
        ..Default::default()
    };
    let mut encoded = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut encoded, &params)?;
    Ok(encoded.len())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if is_compressible(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_compressible(path: &Path) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| {
        COMPRESSIBLE.iter().any(|compressible| extension.eq_ignore_ascii_case(compressible))
    })
}

#[derive(Clone, Copy)]
enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    const fn extension(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gz",
        }
    }

    fn encode(self, content: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::Brotli => {
                let all: Vec<_> = BROTLI_BLOCKS.map(|block| brotli(content, block)).collect::<Result<_>>()?;
                all.into_iter().min_by_key(Vec::len).context("no size of blocks to try")
            }
            Self::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
                encoder.write_all(content)?;
                Ok(encoder.finish()?)
            }
        }
    }
}

fn brotli(content: &[u8], block: i32) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW,
        lgblock: block,
        mode: prediction(content),
        size_hint: content.len(),
        ..Default::default()
    };
    let mut encoded = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut encoded, &params)?;
    Ok(encoded)
}

/// The context from which the encoder predicts a byte. In wasm the upper bits of the byte before serve best: opcodes that
/// share them take operands of the same kind. That saves 2 kB of the app over the encoder's own choice.
fn prediction(content: &[u8]) -> BrotliEncoderMode {
    if content.starts_with(WASM) {
        BrotliEncoderMode::BROTLI_FORCE_MSB_PRIOR
    } else {
        BrotliEncoderMode::BROTLI_MODE_GENERIC
    }
}

/// Writes `FILE.br` or `FILE.gz` if that is smaller than the file, and says whether it did. Otherwise a sibling of an
/// earlier build is removed.
fn write_sibling(file: &Path, encoding: Encoding) -> Result<bool> {
    let content = std::fs::read(file)?;
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(encoding.extension());
    let sibling = PathBuf::from(name);
    let encoded = encoding.encode(&content)?;
    if encoded.len() < content.len() {
        std::fs::write(&sibling, encoded)?;
        return Ok(true);
    }
    match std::fs::remove_file(&sibling) {
        Err(err) if err.kind() != std::io::ErrorKind::NotFound => Err(err.into()),
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn both_siblings_hold_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let text = "the same words again and again\n".repeat(200);
        let file = folder.path().join("assets/app.css");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &text).unwrap();

        assert_eq!(folder_in_parallel(folder.path()).unwrap(), 2);

        let mut from_brotli = Vec::new();
        let brotli = std::fs::read(folder.path().join("assets/app.css.br")).unwrap();
        brotli::BrotliDecompress(&mut &*brotli, &mut from_brotli).unwrap();
        assert_eq!(from_brotli, text.as_bytes());

        let mut from_gzip = String::new();
        let gzip = std::fs::read(folder.path().join("assets/app.css.gz")).unwrap();
        flate2::read::GzDecoder::new(&*gzip).read_to_string(&mut from_gzip).unwrap();
        assert_eq!(from_gzip, text);
    }

    #[test]
    fn a_sibling_that_would_be_larger_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tiny.txt"), "a").unwrap();
        std::fs::write(folder.path().join("tiny.txt.gz"), "of an earlier build").unwrap();
        assert_eq!(folder_in_parallel(folder.path()).unwrap(), 0);
        assert!(!folder.path().join("tiny.txt.gz").exists());
    }

    #[test]
    fn only_text_and_wasm_are_compressed() {
        for yes in ["index.html", "app.JS", "app_bg.wasm", "logo.svg"] {
            assert!(is_compressible(Path::new(yes)), "{yes}");
        }
        for no in ["favicon.ico", "photo.png", "app.js.br", "app.js.gz", "LICENSE"] {
            assert!(!is_compressible(Path::new(no)), "{no}");
        }
    }

    #[test]
    fn a_second_folder_is_refused() {
        assert!(command(&["a".to_owned(), "b".to_owned()]).is_err());
    }
}
