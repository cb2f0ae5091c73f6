//! The contents of a database file after a restart.

use std::path::Path;

use demo_api::{Database, DemoConfig};

use crate::demo::{Answer, Demo, config};

fn on(file: &Path) -> DemoConfig {
    DemoConfig { database: Database::File(file.to_owned()), ..config() }
}

#[actix_web::test]
async fn changes_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new/folder/demo.sqlite");
    let demo = Demo::with(on(&file)).await;
    let added = demo.send("POST", "/todos/add", r#"{"todo":"Stay","completed":false,"userId":3}"#).await;
    let changed = demo.send("PUT", "/todos/1", r#"{"completed":true}"#).await;
    assert_eq!(demo.ask("DELETE", "/todos/2").await.status, 200);
    demo.api.stop().await;

    let demo = Demo::with(on(&file)).await;
    demo.get("/todos/255").await.assert(200, added.text());
    demo.get("/todos/1").await.assert(200, changed.text());
    assert_eq!(demo.get("/todos/2").await.status, 404);
    assert_eq!(demo.get("/todos").await.json()["total"], 254);
}

#[actix_web::test]
async fn a_token_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.sqlite");
    let demo = Demo::with(on(&file)).await;
    let token = demo.token().await;
    demo.api.stop().await;

    let demo = Demo::with(on(&file)).await;
    let request = demo.request("GET".parse().unwrap(), "/auth/me").bearer_auth(&token);
    assert_eq!(Answer::to(request.send().await).await.status, 200);
    let other = Demo::start().await;
    let request = other.request("GET".parse().unwrap(), "/auth/me").bearer_auth(&token);
    assert_eq!(Answer::to(request.send().await).await.status, 500, "another database has another key");
}

#[actix_web::test]
async fn stopping_releases_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.sqlite");
    let demo = Demo::with(on(&file)).await;
    demo.get("/todos").await;
    demo.api.stop().await;
    assert!(file.exists());
    assert!(
        !folder.path().join("demo.sqlite-wal").exists(),
        "the log is merged when the last connection closes"
    );
}

#[actix_web::test]
async fn a_database_of_a_newer_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.sqlite");
    rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let refused = demo_api::start(on(&file)).await.unwrap_err();
    assert_eq!(refused.to_string(), "the demo database has schema 99, this program knows schemas up to 1");
}

#[actix_web::test]
async fn a_file_that_is_no_database_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.sqlite");
    std::fs::write(&file, "certainly not a database, however long one looks at it").unwrap();
    assert!(matches!(demo_api::start(on(&file)).await, Err(demo_api::DemoError::Database(_))));
}

#[cfg(unix)]
#[actix_web::test]
async fn security_55_the_database_is_its_owners_alone() {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new/data");
    let file = data.join("demo.sqlite");
    let demo = Demo::with(on(&file)).await;
    demo.send("POST", "/todos/add", r#"{"todo":"Stay","completed":false,"userId":3}"#).await;
    assert_eq!(mode(&data), 0o700);
    for name in ["demo.sqlite", "demo.sqlite-wal", "demo.sqlite-shm"] {
        assert_eq!(mode(&data.join(name)), 0o600, "{name}");
    }
    demo.api.stop().await;

    // What an older version left open to others is closed; a folder that was there is its owner's to open.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    let demo = Demo::with(on(&file)).await;
    assert_eq!((mode(&file), mode(&data)), (0o600, 0o755));
    demo.api.stop().await;
}
