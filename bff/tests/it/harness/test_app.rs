//! The server under test, in a thread of its own, stopped when it goes out of scope.

use std::{sync::mpsc, thread};

use actix_web::{dev::ServerHandle, rt::System};
use bff::{Application, Config, config::Source};

use crate::harness::browser::{Request, Response};

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

    fn spawn(settings: &[(&str, &str)]) -> Self {
        let mut all = vec![("BFF_LISTEN", "127.0.0.1:0"), ("BFF_WORKERS", "1"), ("DEMO_DB", ":memory:")];
        all.extend(settings);
        let config = Config::from_source(&Source::of(all)).unwrap();
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

    /// Asks and reads the whole answer.
    pub fn send(&self, request: &Request) -> Response {
        request.send(self.port)
    }

    pub fn get(&self, path: &str) -> Response {
        self.send(&Request::get(path))
    }

    /// Drains; answers once the server has gone.
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

/// An empty folder with an app of one page in it.
pub fn folder_with(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}
