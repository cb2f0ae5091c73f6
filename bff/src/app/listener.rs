//! The public listener: accepts connections, watches them, and hands them to the framework.
//!
//! `HttpServer` cannot wrap accepted sockets. This file puts its two halves together with the watched stream between.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    rc::Rc,
};

use actix_http::{HttpService, Protocol, Request, Response, body::MessageBody, error::DispatchError};
use actix_server::Server;
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, fn_factory, fn_service, map_config,
};
use actix_web::{
    Error,
    dev::{AppConfig, ServiceResponse},
};
use tokio::net::TcpStream;

use crate::{
    config::Listen,
    connection::{Client, Watched},
};

/// Serves what `app` makes, once for each worker. `https` says what browsers use.
///
/// # Errors
/// If the operating system refuses the listener.
pub(super) fn serve<F, A, S, B>(
    options: &Listen,
    listener: TcpListener,
    https: bool,
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
        .shutdown_timeout(options.drain_timeout.as_secs().max(1));
    if let Some(workers) = options.workers {
        builder = builder.workers(workers);
    }
    let draining = builder.graceful_shutdown_signal();
    let (keep_alive, client_timeout) = (options.keep_alive, options.client_timeout);
    let server = builder.listen("browsers", listener, move || {
        let draining = draining.clone();
        let app = app().into_factory().map_err(|err: Error| Response::from(err.error_response()));
        let http = HttpService::build()
            .keep_alive(keep_alive)
            .client_request_timeout(client_timeout)
            // A client that hangs up wants no answer. This setting ends the upstream's work when the browser leaves.
            .h1_allow_half_closed(false)
            // Without the signal a drain would wait for connections that are only kept.
            .graceful_shutdown_signal(move || {
                let draining = draining.clone();
                async move { draining.notified().await }
            })
            .on_connect_ext(|socket: &Watched<TcpStream>, data| {
                data.insert(socket.conversation());
            })
            .finish(map_config(app, |()| AppConfig::default()));
        fn_factory(move || {
            let http = http.new_service(());
            async move {
                let http = Rc::new(http.await?);
                Ok::<_, ()>(fn_service(move |socket| converse(Rc::clone(&http), socket, https)))
            }
        })
    })?;
    Ok(server.run())
}

/// One connection, from its acceptance to its end.
async fn converse<H>(http: Rc<H>, socket: TcpStream, https: bool) -> Result<(), DispatchError>
where
    H: Service<(Watched<TcpStream>, Protocol, Option<SocketAddr>), Response = (), Error = DispatchError>,
{
    // The last piece of a long answer would wait for an acknowledgement, which a client may delay by 40 ms.
    socket.set_nodelay(true)?;
    let peer = socket.peer_addr().ok();
    let connection = Watched::new(socket, Client { address: peer.map(|peer| peer.ip()), https });
    let outcome = http.call((connection.clone(), Protocol::Http1, peer)).await;
    connection.close().await;
    outcome
}
