//! The step by which a finished file or folder gets its final name.

use std::path::Path;

use anyhow::{Context, Result};

/// Puts a finished file or folder into its place in one step: what has its final name is complete.
pub(crate) fn move_into_place(from: &Path, to: &Path) -> Result<()> {
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("creating {}", parent.display()))?;
    }
    if to.is_dir() {
        std::fs::remove_dir_all(to).with_context(|| format!("removing the old {}", to.display()))?;
    }
    std::fs::rename(from, to).with_context(|| format!("moving {} to {}", from.display(), to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_folder_is_replaced_by_the_finished_one() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("new"), folder.path().join("tool"));
        std::fs::create_dir_all(to.join("stale")).unwrap();
        std::fs::create_dir_all(from.join("fresh")).unwrap();
        move_into_place(&from, &to).unwrap();
        assert!(to.join("fresh").exists() && !to.join("stale").exists() && !from.exists());
    }
}
