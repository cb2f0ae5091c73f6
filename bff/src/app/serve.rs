//! Puts the workers behind the public listener.

use std::{cell::Cell, io, net::TcpListener};

use actix_web::{
    App,
    dev::{Extensions, Server},
    middleware::{Condition, from_fn},
    web,
};

use http_message::BasePath;

use super::{
    listener::{self, Presence},
    live::Live,
    parts::Parts,
};
use crate::{
    connection::{AddressConnections, Entrance},
    http::{self, Handed, WorkerData},
};

/// Serves what is `live`. Every connection holds a `presence`.
///
/// # Errors
/// If the operating system refuses a listener.
pub(super) fn serve(
    live: &Live,
    listener: TcpListener,
    redirect: Option<TcpListener>,
    presence: Presence,
) -> io::Result<Server> {
    let parts = live.parts();
    let (listen, lasting) = (parts.config.listen.clone(), &parts.lasting);
    let trusted = &parts.config.guard.trusted_proxies.networks;
    let entrance = Entrance {
        https: lasting.public_url.scheme() == "https",
        limits: listen.client_limits,
        connections: AddressConnections::new(listen.address_connections, trusted),
        certificate: lasting.certificate.clone(),
        proxies: listen.proxy_protocol.then(|| trusted.as_slice().into()),
    };
    let redirect = redirect.map(|listener| (listener, lasting.public_url.clone()));
    let request_limits = web::Data::new(parts.config.request);
    let batch_limits = web::Data::new(parts.config.batch);
    let base_path = web::Data::new(BasePath::new(lasting.public_url.path()));
    let public_url = web::Data::new(lasting.public_url.clone());
    let permissions = web::Data::new(parts.config.permissions.clone());
    let redis = web::Data::new(lasting.redis.clone());
    let budget = web::Data::new(parts.caching.budget.clone());
    let drain = lasting.drain.clone();
    let told_drain = web::Data::new(drain.clone());
    let sessions_in_cookies = parts.guard.sessions.are_in_cookies();
    let live = live.clone();
    let app = move || {
        App::new()
            .app_data(request_limits.clone())
            .app_data(batch_limits.clone())
            .app_data(public_url.clone())
            .app_data(base_path.clone())
            .app_data(permissions.clone())
            .app_data(redis.clone())
            .app_data(budget.clone())
            .app_data(told_drain.clone())
            .app_data(web::Data::new(worker_data(live.clone())))
            .configure(http::routes)
            .wrap(Condition::new(sessions_in_cookies, from_fn(http::bring_session)))
            .wrap(from_fn(http::identify_and_protect))
    };
    listener::serve(&listen, listener, entrance, redirect, (drain, presence), app)
}

/// What one worker serves with: what is live at each request.
fn worker_data(live: Live) -> WorkerData {
    let number = Cell::new(live.number());
    let first = data(live.parts());
    WorkerData::new(first, move || {
        let newest = live.number();
        (number.replace(newest) != newest).then(|| data(live.parts()))
    })
}

/// The data of a worker's handlers that may change.
fn data(parts: Parts) -> Handed {
    let (pipeline, sign_in) = parts.worker();
    let mut data = Extensions::new();
    data.insert(web::Data::new(parts.dev_server()));
    data.insert(web::Data::new(parts.assets));
    data.insert(web::Data::new(pipeline));
    data.insert(web::Data::new(sign_in));
    Handed::new(parts.guard, data)
}
