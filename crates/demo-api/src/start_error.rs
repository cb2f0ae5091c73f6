//! Errors while starting.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A failed start: the address, the database or the data cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The address is taken, or not ours to listen on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// The folder of the database file could not be created.
    #[error("cannot create the folder {}", folder.display())]
    Folder {
        /// The folder that was to be created.
        folder: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// The database file could not be made its owner's alone.
    #[error("cannot keep {} from others", file.display())]
    Private {
        /// The file.
        file: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// The database could not be opened, brought up to date or filled.
    #[error("cannot open the demo database")]
    Database(#[source] rusqlite::Error),
    /// The database was written by a newer version of this program.
    #[error("the demo database has schema {found}, this program knows schemas up to {known}")]
    NewerSchema {
        /// Schema of the file.
        found: i64,
        /// Newest schema that this program can read.
        known: i64,
    },
    /// The data set that is compiled in, or a user stored in the database, does not have the expected form.
    #[error("the demo data cannot be read: {0}")]
    Data(String),
    /// The thread that owns the database could not be started.
    #[error("cannot start the database thread")]
    Thread(#[source] io::Error),
}
