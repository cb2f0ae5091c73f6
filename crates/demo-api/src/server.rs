//! Starting and stopping the server.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};
use tokio::task::JoinHandle;

use crate::config::DemoConfig;
use crate::front;
use crate::in_flight::InFlight;
use crate::rate_limit::RateLimiter;
use crate::reply::KEEP_ALIVE;
use crate::start_error::DemoError;
use crate::state::State;
use crate::store::Store;
use crate::users::Users;

/// A running demo upstream. It runs until [`stop`](Self::stop) or until this handle is dropped.
#[derive(Debug)]
pub struct DemoApi {
    addr: SocketAddr,
    handle: ServerHandle,
    server: Option<JoinHandle<std::io::Result<()>>>,
    state: web::Data<State>,
    shutdown_timeout: Duration,
}

/// Opens the database, fills it when it is new, and serves on the current runtime. Works inside an actix
/// `System` as well as on a plain tokio runtime, and leaves signals to its caller.
///
/// # Errors
/// [`DemoError`], when the address cannot be listened on or the database cannot be used.
pub async fn start(config: DemoConfig) -> Result<DemoApi, DemoError> {
    let address = config.listen;
    let listener = TcpListener::bind(address).map_err(|source| DemoError::Listen { address, source })?;
    let addr = listener.local_addr().map_err(|source| DemoError::Listen { address, source })?;

    let (store, contents) = Store::open(&config.database)?;
    let state = web::Data::new(State {
        store,
        users: Users::new(contents.users)?,
        secret: contents.secret,
        simulate: config.simulate,
        limiter: config.rate_limit.then(RateLimiter::default),
        in_flight: InFlight::default(),
        events: Arc::default(),
    });

    let shared = state.clone();
    let server =
        HttpServer::new(move || App::new().app_data(shared.clone()).default_service(web::to(front::answer)))
            .workers(1)
            // A reader of events that hangs up is noticed at once, and not at the second heartbeat after.
            .h1_allow_half_closed(false)
            .keep_alive(KEEP_ALIVE)
            .disable_signals()
            .listen(listener)
            .map_err(|source| DemoError::Listen { address, source })?
            .run();
    let handle = server.handle();
    let server = Some(tokio::spawn(server));
    Ok(DemoApi { addr, handle, server, state, shutdown_timeout: config.shutdown_timeout })
}

impl DemoApi {
    /// The address it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Takes no further connection, ends the event streams, waits for the requests under way (at most
    /// [`DemoConfig::shutdown_timeout`]), releases the port and closes the database.
    pub async fn stop(mut self) {
        self.handle.pause().await;
        self.state.events.close();
        // A graceful stop of actix would wait for idle keep-alive connections as well, in steps of a second.
        // Requests are counted instead, so that stopping takes no longer than the slowest of them.
        let idle = self.state.in_flight.wait_until_idle();
        let _ = tokio::time::timeout(self.shutdown_timeout, idle).await;
        self.handle.stop(false).await;
        if let Some(server) = self.server.take() {
            // Whatever the server ended with, it has ended.
            let _ = server.await;
        }
        self.state.store.close().await;
    }
}

impl Drop for DemoApi {
    fn drop(&mut self) {
        // The command is sent by the call; the future only waits for its end.
        drop(self.handle.stop(false));
    }
}
