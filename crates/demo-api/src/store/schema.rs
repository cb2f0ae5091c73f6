//! The tables, how a database gets them, and the data set that a new one starts with.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::config::Database;
use crate::document::Document;
use crate::start_error::DemoError;

use super::private;

/// Written by `PRAGMA user_version`; a higher one is from a newer program.
const SCHEMA_VERSION: i64 = 1;

/// `AUTOINCREMENT`, so that the id of a deleted todo never names another one.
const TABLES: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY, document TEXT NOT NULL) STRICT;
    CREATE TABLE todos (
        id        INTEGER PRIMARY KEY AUTOINCREMENT,
        todo      TEXT    NOT NULL,
        completed INTEGER NOT NULL,
        user_id   INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX todos_by_user ON todos (user_id, id);
    CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
";

const USERS: &str = include_str!("../../data/users.json");
const TODOS: &str = include_str!("../../data/todos.txt");

/// The contents that are read once, because no request changes them.
pub(crate) struct Contents {
    /// All users, by id.
    pub(crate) users: Vec<Document>,
    /// Key that signs the tokens.
    pub(crate) secret: Vec<u8>,
}

/// Opens the file, creating it and its folder, or a database in memory.
pub(super) fn connect(database: &Database) -> Result<Connection, DemoError> {
    let connection = match database {
        Database::Memory => Connection::open_in_memory(),
        Database::File(path) => {
            private::prepare(path)?;
            Connection::open(path)
        }
    };
    connection
        .and_then(|connection| {
            // A database in memory stays in its own journal mode, which is why the answer is not checked.
            connection.pragma_update(None, "journal_mode", "wal")?;
            // With a write-ahead log this loses at most the last changes, and only when the power fails.
            connection.pragma_update(None, "synchronous", "normal")?;
            Ok(connection)
        })
        .map_err(DemoError::Database)
}

/// Creates and fills the tables of a new database, and reads the contents that never change.
pub(super) fn prepare(connection: &mut Connection) -> Result<Contents, DemoError> {
    // Two programs that start on the same file must not both find it empty.
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(DemoError::Database)?;
    let found = transaction
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(DemoError::Database)?;
    match found {
        0 => fill(&transaction)?,
        SCHEMA_VERSION => {}
        _ => {
            return Err(DemoError::NewerSchema { found, known: SCHEMA_VERSION });
        }
    }
    let contents = contents(&transaction)?;
    transaction.commit().map_err(DemoError::Database)?;
    Ok(contents)
}

fn fill(transaction: &Transaction) -> Result<(), DemoError> {
    let create = || -> rusqlite::Result<()> {
        transaction.execute_batch(TABLES)?;
        // SQLite seeds its generator from the operating system's.
        transaction.execute("INSERT INTO secrets (name, value) VALUES ('jwt', randomblob(32))", [])?;
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)
    };
    create().map_err(DemoError::Database)?;
    insert_users(transaction)?;
    insert_todos(transaction)
}

fn insert_users(transaction: &Transaction) -> Result<(), DemoError> {
    let users: Vec<Document> = serde_json::from_str(USERS).map_err(|err| DemoError::Data(err.to_string()))?;
    let mut insert =
        transaction.prepare("INSERT INTO users (id, document) VALUES (?, ?)").map_err(DemoError::Database)?;
    for user in users {
        let id: i64 = user.get("id").ok_or_else(|| DemoError::Data("a user has no id".to_owned()))?;
        let document = serde_json::to_string(&user).map_err(|err| DemoError::Data(err.to_string()))?;
        insert.execute(params![id, document]).map_err(DemoError::Database)?;
    }
    Ok(())
}

fn insert_todos(transaction: &Transaction) -> Result<(), DemoError> {
    let mut insert = transaction
        .prepare("INSERT INTO todos (todo, completed, user_id) VALUES (?, ?, ?)")
        .map_err(DemoError::Database)?;
    for line in TODOS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (user_id, completed, todo) =
            seed(line).ok_or_else(|| DemoError::Data(format!("not a todo: {line}")))?;
        insert.execute(params![todo, completed, user_id]).map_err(DemoError::Database)?;
    }
    Ok(())
}

/// A line of `todos.txt`: the user's id, `x` (done) or `-` (not done), the text.
fn seed(line: &str) -> Option<(i64, bool, &str)> {
    let (user_id, rest) = line.split_once(' ')?;
    let (state, todo) = rest.split_once(' ')?;
    let completed = match state {
        "x" => true,
        "-" => false,
        _ => return None,
    };
    Some((user_id.parse().ok()?, completed, todo))
}

fn contents(transaction: &Transaction) -> Result<Contents, DemoError> {
    let read = || -> rusqlite::Result<(Vec<String>, Vec<u8>)> {
        let mut users = transaction.prepare("SELECT document FROM users ORDER BY id")?;
        let users = users.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let secret =
            transaction.query_row("SELECT value FROM secrets WHERE name = 'jwt'", [], |row| row.get(0))?;
        Ok((users, secret))
    };
    let (users, secret) = read().map_err(DemoError::Database)?;
    let users = users.iter().map(|document| serde_json::from_str(document)).collect::<Result<_, _>>();
    Ok(Contents { users: users.map_err(|err| DemoError::Data(err.to_string()))?, secret })
}
