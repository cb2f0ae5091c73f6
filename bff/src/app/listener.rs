//! The public listener: accepts connections, watches them, and hands them to the framework.
//!
//! `HttpServer` cannot wrap accepted sockets. This file puts its two halves together with the watched stream between.

use std::{
    convert::Infallible,
    future::pending,
    io,
    net::{SocketAddr, TcpListener},
    rc::Rc,
    time::Duration,
};

use actix_http::{HttpService, Protocol, Request, Response, body::MessageBody, error::DispatchError};
use actix_server::{GracefulShutdownSignal, Server};
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, fn_factory, fn_service, map_config,
};
use actix_web::{
    Error,
    dev::{AppConfig, ServiceResponse},
};
use tokio::{net::TcpStream, sync::mpsc::Sender};
use upstream::transport::Transport;
use url::Url;

use super::redirect;
use crate::{
    config::Listen,
    connection::{Entrance, Versioned},
    pipeline::Drain,
};

/// Content that one stream of HTTP/2 may send before it is read, in bytes.
const STREAM_WINDOW: u32 = 256 * 1024;

/// The same for all streams of a connection together.
const CONNECTION_WINDOW: u32 = 1024 * 1024;

/// Held by everything that serves: the channel closes when nothing does any more.
pub(super) type Presence = Sender<Infallible>;

/// Serves what `app` makes, once for each worker, to those that the `entrance` takes. `drain` begins with the server's own,
/// and `presence` ends with the last connection.
///
/// # Errors
/// If the operating system refuses the listener.
pub(super) fn serve<F, A, S, B>(
    options: &Listen,
    listener: TcpListener,
    entrance: Entrance,
    redirect: Option<(TcpListener, Url)>,
    (drain, presence): (Drain, Presence),
    app: F,
) -> io::Result<Server>
where
    F: Fn() -> A + Clone + Send + 'static,
    A: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::InitError: std::fmt::Debug,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    let mut builder = Server::build()
        .disable_signals()
        .max_concurrent_connections(options.max_connections)
        // A ceiling for drains that no signal began: after SIGTERM the time runs from the signal, and the server is dropped.
        .shutdown_timeout(options.drain_timeout.as_secs().saturating_add(1));
    if let Some(workers) = options.workers {
        builder = builder.workers(workers);
    }
    let draining = builder.graceful_shutdown_signal();
    let keep_alive = options.client_limits.idle;
    if let Some((listener, to)) = redirect {
        let entrance = entrance.clone();
        builder = builder
            .listen("redirected", listener, move || redirect::service(entrance.clone(), to.clone()))?;
    }
    let server = builder.listen("browsers", listener, move || {
        let (draining, told) = (draining.clone(), draining.clone());
        let app = app().into_factory().map_err(|err: Error| Response::from(err.error_response()));
        let http = HttpService::build()
            .keep_alive(keep_alive)
            // The watched stream has a limit for every head; the framework's is for a connection's first.
            .client_request_timeout(Duration::ZERO)
            .h2_initial_window_size(STREAM_WINDOW)
            .h2_initial_connection_window_size(CONNECTION_WINDOW)
            // A client that hangs up wants no answer. This setting ends the upstream's work when the browser leaves.
            .h1_allow_half_closed(false)
            // Without the signal a drain would wait for connections that are only kept.
            .graceful_shutdown_signal(move || {
                let draining = draining.clone();
                async move { draining.notified().await }
            })
            .on_connect_ext(|socket: &Versioned<Transport>, data| match socket {
                Versioned::Http1(watched) => {
                    data.insert(watched.conversation());
                }
                Versioned::Http2(multiplexed) => {
                    data.insert(multiplexed.streams());
                }
            })
            .finish(map_config(app, |()| AppConfig::default()));
        let entrance = Rc::new(entrance.clone());
        let (drain, presence) = (drain.clone(), presence.clone());
        fn_factory(move || {
            let http = http.new_service(());
            let (entrance, told, drain) = (Rc::clone(&entrance), told.clone(), drain.clone());
            let presence = presence.clone();
            async move {
                let http = Rc::new(http.await?);
                let begun = told.clone();
                actix_rt::spawn(async move {
                    begun.notified().await;
                    drain.begin();
                });
                Ok::<_, ()>(fn_service(move |socket| {
                    let conversation = converse(Rc::clone(&http), socket, Rc::clone(&entrance), told.clone());
                    let presence = presence.clone();
                    async move {
                        // It is let go of after everything that belongs to the connection.
                        let _presence = presence;
                        conversation.await
                    }
                }))
            }
        })
    })?;
    Ok(server.run())
}

/// One connection, from its acceptance to its end.
async fn converse<H>(
    http: Rc<H>,
    socket: TcpStream,
    entrance: Rc<Entrance>,
    draining: GracefulShutdownSignal,
) -> Result<(), DispatchError>
where
    H: Service<(Versioned<Transport>, Protocol, Option<SocketAddr>), Response = (), Error = DispatchError>,
{
    let Some(taken) = entrance.take(socket).await else { return Ok(()) };
    let serve = |version| http.call((taken.connection.clone(), version, taken.peer));
    let outcome = match &taken.connection {
        Versioned::Http1(_) => serve(Protocol::Http1).await,
        Versioned::Http2(multiplexed) => {
            // The framework tells connections of HTTP/1.1 alone that the server stops.
            let told = async {
                draining.notified().await;
                multiplexed.streams().drain();
                pending::<Infallible>().await
            };
            tokio::select! {
                outcome = serve(Protocol::Http2) => outcome,
                never = told => match never {},
            }
        }
    };
    taken.connection.clone().close().await;
    outcome
}
