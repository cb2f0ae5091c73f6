//! The server under test, in a thread of its own, stopped when it goes out of scope.

use std::{sync::mpsc, thread, time::Duration};

use actix_web::{dev::ServerHandle, rt::System};
use bff::{Application, Config, config::Source};

use super::browser::{HOST, PATIENCE, Request, Response};

pub struct TestApp {
    pub port: u16,
    handle: ServerHandle,
    thread: Option<thread::JoinHandle<()>>,
}

impl TestApp {
    /// With the embedded demo upstream, in memory.
    pub fn with_demo(settings: &[(&str, &str)]) -> Self {
        Self::spawn(settings)
    }

    /// In front of `upstream`.
    pub fn before(upstream: &str, settings: &[(&str, &str)]) -> Self {
        let mut all = vec![("API_URL", upstream)];
        all.extend(settings);
        Self::spawn(&all)
    }

    /// In front of `upstream`, with this route table.
    pub fn with_routes(upstream: &str, table: &str, settings: &[(&str, &str)]) -> Self {
        let routes = RouteTable::new(table);
        // The file is read at the start and never again.
        Self::before(upstream, &[&[routes.setting()], settings].concat())
    }

    /// In front of `upstream`, with this route table; what flows in a session's name looks at it so often.
    pub fn rechecking(recheck: Duration, upstream: &str, table: &str, settings: &[(&str, &str)]) -> Self {
        let routes = RouteTable::new(table);
        let all = [&[("API_URL", upstream), routes.setting()], settings].concat();
        Self::spawn_changed(&all, |config| config.session.recheck = recheck)
    }

    /// With a start page that waits for its first reads as long as a busy machine needs; `table` is a route table.
    pub fn filling_pages(upstream: Option<&str>, table: Option<&str>, settings: &[(&str, &str)]) -> Self {
        let routes = table.map(RouteTable::new);
        let mut all = settings.to_vec();
        all.extend(upstream.map(|upstream| ("API_URL", upstream)));
        all.extend(routes.as_ref().map(RouteTable::setting));
        Self::spawn_changed(&all, |config| config.spa.first_reads_wait = PATIENCE)
    }

    fn spawn(settings: &[(&str, &str)]) -> Self {
        Self::spawn_changed(settings, |_| ())
    }

    fn spawn_changed(settings: &[(&str, &str)], change: impl FnOnce(&mut Config)) -> Self {
        let mut all = vec![
            ("BFF_LISTEN", "127.0.0.1:0"),
            ("BFF_WORKERS", "1"),
            ("DEMO_DB", ":memory:"),
            ("BFF_HOSTS", HOST),
        ];
        all.extend(settings);
        let mut config = Config::from_source(&Source::of(all)).unwrap();
        change(&mut config);
        let (started, start) = mpsc::channel();
        let thread = thread::spawn(move || {
            System::new().block_on(async {
                let application = Application::build(config).await.unwrap();
                started.send((application.port(), application.handle())).unwrap();
                application.run_until_stopped().await.unwrap();
            });
        });
        let (port, handle) = start.recv().unwrap();
        Self { port, handle, thread: Some(thread) }
    }

    /// Sends a request and reads the whole answer.
    pub fn send(&self, request: &Request) -> Response {
        request.send(self.port)
    }

    pub fn get(&self, path: &str) -> Response {
        self.send(&Request::get(path))
    }

    /// Drains, and returns once the server has ended.
    pub fn stop(&mut self) {
        // The handle only sends a message; waiting for the thread is waiting for the drain.
        drop(self.handle.stop(true));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread has been printed; a second one here would abort the test run.
            let _ = thread.join();
        }
    }
}

/// A folder with these files, for settings that name one.
pub fn folder_with(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

/// A route table in a file of its own, which is deleted when it goes out of scope.
pub struct RouteTable {
    file: String,
    _folder: tempfile::TempDir,
}

impl RouteTable {
    pub fn new(table: &str) -> Self {
        let folder = folder_with(&[("routes.toml", table.as_bytes())]);
        let file = folder.path().join("routes.toml").to_str().unwrap().to_owned();
        Self { file, _folder: folder }
    }

    /// The setting that names the file.
    pub fn setting(&self) -> (&'static str, &str) {
        ("BFF_ROUTES", &self.file)
    }
}
