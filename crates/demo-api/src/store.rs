//! The database: one SQLite connection, owned by one thread.
//!
//! A thread of its own, and not a mutex in a pool of blocking threads, because SQLite writes one at a time
//! anyway, the cache of prepared statements stays warm, nothing can be poisoned, and closing is a message:
//! once [`Store::close`] returns the file is released.

mod private;
mod schema;
mod todos;

use std::thread;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::config::Database;
use crate::start_error::DemoError;

pub(crate) use schema::Contents;
pub(crate) use todos::{Changed, Todo, TodoChange};

/// Requests that may wait for the database; further ones wait for a place.
const QUEUE_MAX: usize = 1024;

/// A failure of the database.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the database is closed")]
    Closed,
    #[error("the database failed")]
    Sqlite(#[from] rusqlite::Error),
}

enum Message {
    Work(Box<dyn FnOnce(&mut Connection) + Send>),
    Close(oneshot::Sender<()>),
}

/// A handle to the thread that owns the database.
pub(crate) struct Store(mpsc::Sender<Message>);

impl Store {
    /// Opens the database, brings its schema up to date and fills it when it is new. Blocks for some
    /// milliseconds, once.
    ///
    /// # Errors
    /// [`DemoError`], for whatever keeps the database from being used.
    pub(crate) fn open(database: &Database) -> Result<(Self, Contents), DemoError> {
        let mut connection = schema::connect(database)?;
        let contents = schema::prepare(&mut connection)?;
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        let thread = thread::Builder::new().name("demo-db".to_owned());
        thread.spawn(move || serve(connection, receiver)).map_err(DemoError::Thread)?;
        Ok((Self(sender), contents))
    }

    /// Closes the database and returns when its file is released. Work that was asked for before is done.
    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.0.send(Message::Close(done)).await.is_ok() {
            // An error means that the thread has ended, and the connection with it.
            let _ = closed.await;
        }
    }

    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (done, outcome) = oneshot::channel();
        let work = Box::new(move |connection: &mut Connection| {
            // The receiver is gone when the client has left; the work is done all the same.
            let _ = done.send(work(connection));
        });
        self.0.send(Message::Work(work)).await.map_err(|_| StoreError::Closed)?;
        Ok(outcome.await.map_err(|_| StoreError::Closed)??)
    }
}

fn serve(mut connection: Connection, mut messages: mpsc::Receiver<Message>) {
    while let Some(message) = messages.blocking_recv() {
        match message {
            Message::Work(work) => work(&mut connection),
            Message::Close(done) => {
                drop(connection);
                let _ = done.send(());
                return;
            }
        }
    }
}
