//! Keeps the database from other users of the machine: it holds passwords, and the key that signs tokens.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::start_error::DemoError;

/// Creates the file and its folder where they are missing, and takes the rights of others to the file away.
///
/// SQLite gives its log and its index of the log the rights of the database. A folder that was there before may hold more
/// than the database, and is left as it is.
///
/// # Errors
/// [`DemoError::Folder`], [`DemoError::Private`].
pub(super) fn prepare(file: &Path) -> Result<(), DemoError> {
    if let Some(folder) = file.parent().filter(|folder| *folder != Path::new("")) {
        create_folder(folder).map_err(|source| DemoError::Folder { folder: folder.to_owned(), source })?;
    }
    let private = |file: &Path, made: io::Result<()>| {
        made.map_err(|source| DemoError::Private { file: file.to_owned(), source })
    };
    private(file, create(file))?;
    // A process that was killed leaves these behind.
    for suffix in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        let file = PathBuf::from(name);
        private(&file, close(&file))?;
    }
    Ok(())
}

fn create(file: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(err) if err.kind() != io::ErrorKind::AlreadyExists => Err(err),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn create_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// Takes the rights of others to a file away, if there is one.
#[cfg(unix)]
fn close(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = match fs::metadata(file) {
        Ok(found) => found.permissions().mode(),
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(err) => return Err(err),
    };
    // Where nothing is to be taken, the file may be another user's.
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        fs::set_permissions(file, fs::Permissions::from_mode(mode & 0o700))
    }
}

#[cfg(not(unix))]
fn close(_: &Path) -> io::Result<()> {
    Ok(())
}
