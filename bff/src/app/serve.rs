//! Puts the workers behind the public listener.

use std::{io, net::TcpListener};

use actix_web::{
    App,
    dev::Server,
    middleware::{Condition, from_fn},
    web,
};

use super::{listener, parts::Parts};
use crate::{
    connection::{AddressConnections, Entrance},
    http,
};

/// Serves what `parts` make.
///
/// # Errors
/// If the operating system refuses a listener.
pub(super) fn serve(
    parts: Parts,
    listener: TcpListener,
    redirect: Option<TcpListener>,
) -> io::Result<Server> {
    let listen = parts.config.listen.clone();
    let trusted = &parts.config.guard.trusted_proxies.networks;
    let entrance = Entrance {
        https: parts.public_url.scheme() == "https",
        limits: listen.client_limits,
        connections: AddressConnections::new(listen.address_connections, trusted),
        certificate: parts.certificate.clone(),
        proxies: listen.proxy_protocol.then(|| trusted.as_slice().into()),
    };
    let redirect = redirect.map(|listener| (listener, parts.public_url.clone()));
    let request_limits = web::Data::new(parts.config.request);
    let batch_limits = web::Data::new(parts.config.batch);
    let assets = web::Data::new(parts.assets.clone());
    let public_url = web::Data::new(parts.public_url.clone());
    let guard = web::Data::new(parts.guard.clone());
    let permissions = web::Data::new(parts.config.permissions.clone());
    let redis = web::Data::new(parts.redis.clone());
    let budget = web::Data::new(parts.caching.budget.clone());
    let drain = parts.drain.clone();
    let sessions_in_cookies = parts.guard.sessions.are_in_cookies();
    let app = move || {
        let (pipeline, sign_in) = parts.worker();
        App::new()
            .app_data(request_limits.clone())
            .app_data(batch_limits.clone())
            .app_data(assets.clone())
            .app_data(public_url.clone())
            .app_data(guard.clone())
            .app_data(permissions.clone())
            .app_data(redis.clone())
            .app_data(budget.clone())
            .app_data(web::Data::new(pipeline))
            .app_data(web::Data::new(sign_in))
            .app_data(web::Data::new(parts.dev_server()))
            .configure(http::routes)
            .wrap(Condition::new(sessions_in_cookies, from_fn(http::bring_session)))
            .wrap(from_fn(http::identify_and_protect))
    };
    listener::serve(&listen, listener, entrance, redirect, drain, app)
}
