//! The server under test, in a thread of its own, stopped when it goes out of scope.

use std::{
    fmt,
    net::SocketAddr,
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use bff::{Application, Config, config::Source};

use crate::{
    app,
    http_client::{exchange, get},
};

/// A running server.
pub struct Server {
    port: u16,
    metrics: Option<SocketAddr>,
    settings: Vec<(String, String)>,
    first_reads_wait: Duration,
    stop: Box<dyn Fn() + Send>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// In front of `upstream`, with more settings. Its start page waits so long for its first reads.
    pub(crate) fn before(upstream: &str, settings: &[(String, String)], first_reads_wait: Duration) -> Self {
        let mut all =
            vec![("API_URL".to_owned(), upstream.to_owned()), ("BFF_WORKERS".to_owned(), "1".to_owned())];
        if !settings.iter().any(|(name, _)| name.starts_with("BFF_SPA_D")) {
            all.push(("BFF_SPA_DIR".to_owned(), app::folder().display().to_string()));
        }
        all.extend_from_slice(settings);
        Self::spawn(all, first_reads_wait, 0)
    }

    fn spawn(settings: Vec<(String, String)>, first_reads_wait: Duration, port: u16) -> Self {
        let listen = format!("127.0.0.1:{port}");
        let given = settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain([("BFF_LISTEN", listen.as_str())]);
        let mut config = Config::from_source(&Source::of(given)).expect("the settings are valid");
        config.spa.first_reads_wait = first_reads_wait;
        let (started, start) = mpsc::channel();
        let thread = thread::spawn(move || {
            actix_rt::System::new().block_on(async {
                let application = Application::build(config).await.expect("the server starts");
                let (port, metrics) = (application.port(), application.metrics_address());
                started.send((port, metrics, application.handle())).unwrap();
                application.run_until_stopped().await.unwrap();
            });
        });
        let (port, metrics, handle) = start.recv().expect("the server starts");
        Self {
            port,
            metrics,
            settings,
            first_reads_wait,
            // The command is sent by the call; the future only waits for its end.
            stop: Box::new(move || drop(handle.stop(false))),
            thread: Some(thread),
        }
    }

    /// The origin that the browser sees.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The address that it listens on.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Reads in the name of the browser's address, until the server grants nothing more for now.
    ///
    /// # Panics
    /// If the server never says that it is enough.
    pub fn use_up(&self) {
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], self.port));
        let request =
            format!("GET /api/server/todos/1 HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        let refused =
            |_| exchange(address, request.as_bytes()).is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 429"));
        assert!((0..1_000).any(refused), "the server has no limit");
    }

    /// Its metrics.
    ///
    /// # Panics
    /// If the scene did not ask for it by `BFF_METRICS_LISTEN`.
    #[must_use]
    pub fn metrics(&self) -> String {
        let address = self.metrics.expect("the scene has asked for metrics");
        String::from_utf8(get(address, "/metrics")).unwrap()
    }

    /// Stops and starts again at the same address.
    pub fn restart(&mut self) {
        self.stop();
        *self = Self::spawn(std::mem::take(&mut self.settings), self.first_reads_wait, self.port);
    }

    /// Stops without waiting for requests under way.
    pub fn stop(&mut self) {
        (self.stop)();
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread has been printed; a second one here would abort the test run.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.stop();
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Server").field("port", &self.port).finish_non_exhaustive()
    }
}
