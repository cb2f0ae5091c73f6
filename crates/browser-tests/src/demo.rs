//! The upstream: the demo API over a database file that outlives it.

use std::{net::SocketAddr, path::PathBuf};

use demo_api::{Database, DemoApi, DemoConfig};
use shared::{Todo, TodoId, TodoPage, User, UserPage};
use tempfile::TempDir;

use crate::http_client;

/// How many todos a new database holds.
const SEEDED: usize = 254;

/// A demo upstream that can go down and come back, at the same address with the same data.
#[derive(Debug)]
pub struct Demo {
    address: SocketAddr,
    running: Option<DemoApi>,
    folder: TempDir,
}

impl Demo {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let running = start(SocketAddr::from(([127, 0, 0, 1], 0)), database(&folder)).await;
        Self { address: running.addr(), running: Some(running), folder }
    }

    /// Its address.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Goes down.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    /// Comes back.
    pub async fn start_again(&mut self) {
        assert!(self.running.is_none(), "it has to be down to come back");
        self.running = Some(start(self.address, database(&self.folder)).await);
    }

    /// Every todo, oldest first.
    #[must_use]
    pub fn todos(&self) -> Vec<Todo> {
        let page: TodoPage = serde_json::from_slice(&self.get("/todos?limit=0")).unwrap();
        page.todos
    }

    /// Every user.
    #[must_use]
    pub fn users(&self) -> Vec<User> {
        let path = format!("/users?limit=0&select={}", User::SELECT);
        let page: UserPage = serde_json::from_slice(&self.get(&path)).unwrap();
        page.users
    }

    /// The todo with this text.
    #[must_use]
    pub fn todo_with(&self, text: &str) -> Option<Todo> {
        self.todos().into_iter().find(|todo| todo.todo == text)
    }

    /// The todo with this id.
    #[must_use]
    pub fn todo(&self, id: TodoId) -> Option<Todo> {
        self.todos().into_iter().find(|todo| todo.id == id)
    }

    /// The newest todos of a new database, newest first, as every list shows them.
    #[must_use]
    pub fn newest(&self, count: usize) -> Vec<Todo> {
        let todos = self.todos();
        assert_eq!(todos.len(), SEEDED, "this is for a database that nobody has written to");
        todos.into_iter().rev().take(count).collect()
    }

    /// Has somebody else change a todo.
    pub fn change(&self, id: TodoId, fields: &str) {
        http_client::send(self.address, "PUT", &format!("/todos/{id}"), fields);
    }

    /// Has somebody else delete a todo.
    pub fn delete(&self, id: TodoId) {
        http_client::send(self.address, "DELETE", &format!("/todos/{id}"), "");
    }

    /// Has somebody else add a todo.
    pub fn add(&self, fields: &str) {
        http_client::send(self.address, "POST", "/todos/add", fields);
    }

    fn get(&self, path: &str) -> Vec<u8> {
        http_client::get(self.address, path)
    }
}

fn database(folder: &TempDir) -> PathBuf {
    folder.path().join("demo.sqlite")
}

async fn start(listen: SocketAddr, database: PathBuf) -> DemoApi {
    let config = DemoConfig {
        listen,
        database: Database::File(database),
        // Tests share one address, and are quicker than people.
        rate_limit: false,
        ..DemoConfig::default()
    };
    demo_api::start(config).await.expect("the demo upstream starts")
}
