//! A scene: its upstream, server and browser, set up before and checked and taken down after it.

use std::{
    fs,
    net::SocketAddr,
    panic::{AssertUnwindSafe, resume_unwind},
    thread::available_parallelism,
    time::Duration,
};

use front_fixture::{Front, page, unused_port};
use futures_util::FutureExt as _;
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{
    app, chromedriver::Chromedriver, demo::Demo, faulty_upstream::FaultyUpstream, foreign_site::ForeignSite,
    page::Page, polling::TIME_LIMIT, server::Server,
};

/// What nginx does in front.
#[derive(Debug)]
enum InFront {
    /// It has another server at `/`, and this one below `/app`.
    SharedHost,
    /// It gives each request to another of two replicas, the second of which has these settings.
    Replica(Vec<(String, String)>),
}

/// The special needs of a scene.
#[derive(Debug, Default)]
pub struct Setup {
    settings: Vec<(String, String)>,
    /// The folders that settings name, for as long as the scene plays.
    folders: Vec<TempDir>,
    faulty: bool,
    network_log: bool,
    /// The longest that the start page waits for its first reads; not at all, unless a scene is about them.
    first_reads_wait: Duration,
    /// What stands in front, and its port.
    front: Option<(u16, InFront)>,
}

impl Setup {
    /// A setting of the server.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A route table of the server.
    #[must_use]
    pub fn routes(mut self, table: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("routes.toml");
        fs::write(&file, table).unwrap();
        self.folders.push(folder);
        self.setting("BFF_ROUTES", &file.display().to_string())
    }

    /// All of the API is for people who are signed in.
    #[must_use]
    pub fn members_only(self) -> Self {
        self.routes("[[route]]\npath = \"/{*rest}\"\nsession = \"required\"\n")
    }

    /// The app with `to` in the place of `from` in its start page.
    #[must_use]
    pub fn start_page(mut self, from: &str, to: &str) -> Self {
        let copy = app::with_start_page(from, to);
        let setting = copy.path().display().to_string();
        self.folders.push(copy);
        self.setting("BFF_SPA_DIR", &setting)
    }

    /// A [`FaultyUpstream`] between the server and the demo.
    #[must_use]
    pub const fn faulty(mut self) -> Self {
        self.faulty = true;
        self
    }

    /// nginx in front, with another server at `/` and this one below `/app`. Its origin is the page's.
    #[must_use]
    pub fn below_a_path(mut self) -> Self {
        let port = unused_port();
        self.front = Some((port, InFront::SharedHost));
        self.setting("BFF_PUBLIC_URL", &format!("http://127.0.0.1:{port}/app"))
            .setting("BFF_TRUSTED_PROXIES", "127.0.0.1")
    }

    /// nginx in front, which takes turns with a replica that has these settings besides.
    #[must_use]
    pub fn beside_a_replica(mut self, settings: &[(&str, &str)]) -> Self {
        let port = unused_port();
        self = self
            .setting("BFF_PUBLIC_URL", &format!("http://127.0.0.1:{port}"))
            .setting("BFF_TRUSTED_PROXIES", "127.0.0.1");
        let changed = |name: &String| settings.iter().any(|(other, _)| other == name);
        let mut other: Vec<_> = self.settings.iter().filter(|(name, _)| !changed(name)).cloned().collect();
        other.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.front = Some((port, InFront::Replica(other)));
        self
    }

    /// A start page that holds the answers to its first reads, as long as they take. Scenes are about what the app asks for
    /// by itself, unless they say this.
    #[must_use]
    pub const fn first_reads(mut self) -> Self {
        self.first_reads_wait = TIME_LIMIT;
        self
    }

    /// A record of all requests and answers, for [`Page::network_log`].
    #[must_use]
    pub const fn network_log(mut self) -> Self {
        self.network_log = true;
        self
    }
}

/// Everything a scene plays on. Taken down in the order of the fields.
#[derive(Debug)]
pub struct Stage {
    /// The page in the browser.
    pub page: Page,
    _chromedriver: Chromedriver,
    /// The server under test.
    pub server: Server,
    /// The data.
    pub demo: Demo,
    faulty: Option<FaultyUpstream>,
    _front: Option<Front>,
    _replica: Option<Server>,
    _folders: Vec<TempDir>,
}

impl Stage {
    async fn set_up(setup: Setup) -> Self {
        let demo = Demo::start().await;
        let faulty = setup.faulty.then(|| FaultyUpstream::before(demo.address()));
        let upstream = faulty.as_ref().map_or_else(|| demo.address(), FaultyUpstream::address);
        let server = Server::before(&format!("http://{upstream}"), &setup.settings, setup.first_reads_wait);
        let port = setup.front.as_ref().map(|(port, _)| *port);
        let (front, replica) = match setup.front {
            None => (None, None),
            Some((port, InFront::SharedHost)) => {
                (Some(below_a_path(port, server.address(), ForeignSite::open().address())), None)
            }
            Some((port, InFront::Replica(settings))) => {
                let replica =
                    Server::before(&format!("http://{upstream}"), &settings, setup.first_reads_wait);
                (Some(taking_turns(port, [server.address(), replica.address()])), Some(replica))
            }
        };
        let origin = port.map_or_else(|| server.origin(), |port| format!("http://127.0.0.1:{port}"));
        let chromedriver = Chromedriver::start();
        let page = Page::connect(&chromedriver.url(), origin, setup.network_log).await;
        Self {
            page,
            _chromedriver: chromedriver,
            server,
            demo,
            faulty,
            _front: front,
            _replica: replica,
            _folders: setup.folders,
        }
    }

    /// The upstream that misbehaves.
    ///
    /// # Panics
    /// If the scene did not ask for it by [`Setup::faulty`].
    #[must_use]
    pub fn upstream(&self) -> &FaultyUpstream {
        self.faulty.as_ref().expect("the scene has asked for a faulty upstream")
    }
}

/// Plays one scene from an empty browser and a new database to a silent console.
///
/// # Panics
/// When the scene does, or when the browser complained about something that the scene did not announce.
pub fn play(setup: Setup, scene: impl AsyncFnOnce(&mut Stage)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let _turn = turn().await;
        let mut stage = Stage::set_up(setup).await;
        let outcome = AssertUnwindSafe(scene(&mut stage)).catch_unwind().await;
        let problems = stage.page.problems().await;
        if outcome.is_err() {
            eprintln!("{}", stage.page.describe().await);
            for problem in &problems {
                eprintln!("{problem}");
            }
        }
        stage.page.close().await;
        drop(stage);
        match outcome {
            Ok(()) => assert!(problems.is_empty(), "{}", problems.join("\n")),
            Err(panic) => resume_unwind(panic),
        }
    });
}

/// nginx as the page on deploying has it for a server below a path: with `bff` below `/app/`, and `other` at the root.
fn below_a_path(port: u16, bff: SocketAddr, other: SocketAddr) -> Front {
    let block = page::block("docs/deploy.md", "nginx", "location /app/");
    let own = block
        .replace("listen 443 ssl;", &format!("listen 127.0.0.1:{port};"))
        .replace("127.0.0.1:3000", &bff.to_string())
        .replace("127.0.0.1:8000", &other.to_string())
        // The browser calls it by address and port.
        .replace("Host $host;", "Host $http_host;");
    let without_tls = own.lines().filter(|line| !line.contains("ssl_certificate"));
    Front::nginx(&without_tls.collect::<Vec<_>>().join("\n"), port)
}

/// nginx that gives each request to the next server.
fn taking_turns(port: u16, servers: [SocketAddr; 2]) -> Front {
    let [first, second] = servers;
    let block = format!(
        "upstream bff {{ server {first}; server {second}; }}\nserver {{ listen 127.0.0.1:{port}; location / {{ \
         proxy_pass http://bff; proxy_http_version 1.1; proxy_set_header Host $http_host; \
         proxy_set_header Connection \"\"; proxy_set_header X-Forwarded-For $remote_addr; }} }}"
    );
    Front::nginx(&block, port)
}

/// Browsers are heavy: within one process no more of them run at once than there are cores.
async fn turn() -> SemaphorePermit<'static> {
    static TURNS: Semaphore = Semaphore::const_new(0);
    static OPENED: std::sync::Once = std::sync::Once::new();
    OPENED.call_once(|| TURNS.add_permits(available_parallelism().map_or(1, usize::from)));
    TURNS.acquire().await.unwrap()
}
