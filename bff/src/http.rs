//! The only place where paths meet handlers, and the layers around them.

mod access;
mod base_path;
mod streams;
mod worker_data;

use std::time::SystemTime;

use actix_web::{
    Error, HttpMessage as _, HttpResponse, Resource,
    body::{BodySize, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        ConnectionType, Method, StatusCode, Version,
        header::{CACHE_CONTROL, HOST, HeaderValue, SET_COOKIE, STRICT_TRANSPORT_SECURITY, UPGRADE},
    },
    middleware::Next,
    web,
};
use url::Url;

use http_message::{
    BasePath, TraceContext,
    fields::{X_REQUEST_ID, is_aimed_at_caches, lists},
    trace_context::{TRACEPARENT, TRACERESPONSE},
};

use telemetry::{
    Served,
    security::EventSource,
    trace::{within, within_now},
};

pub use self::worker_data::{Handed, WorkerData};

use self::{access::AccessLine, base_path::Place};
use crate::{
    connection::{Conversation, Framing, new_id},
    failure::Failure,
    guard::Guard,
    handlers::{
        api_error::ApiError,
        backchannel_logout,
        batch::batch,
        callback,
        health::{healthz, readyz},
        login,
        proxy::{proxy, refuse},
        report::report,
        request_parts::{Identity, fields},
        session,
        spa::spa,
    },
    response::{
        PermissionsPolicy,
        security_headers::{HSTS, OF_CONTENT, PERMISSIONS_POLICY, SECURITY_HEADERS},
    },
    route_table::RouteError,
    session::cookie::CookieRule,
};

/// The addresses that are asked for by balancers and supervisors.
const HEALTH: [&str; 2] = ["/healthz", "/readyz"];

const READ: &[Method] = &[Method::GET, Method::HEAD];

/// The route list: maps each address to its handler.
pub fn routes(config: &mut web::ServiceConfig) {
    // The API comes first, and has a prefix of its own: one comparison of bytes finds it, and no pattern is tried.
    config
        .service(
            web::scope(shared::API_BASE)
                .service(only("/batch", &[Method::POST]).route(web::post().to(batch)))
                .default_service(web::to(proxy)),
        )
        .service(only("/healthz", READ).route(web::get().to(healthz)).route(web::head().to(healthz)))
        .service(only("/readyz", READ).route(web::get().to(readyz)).route(web::head().to(readyz)))
        .service(
            only("/bff/login", &[Method::GET, Method::POST])
                .route(web::get().to(login::begin))
                .route(web::post().to(login::sign_in)),
        )
        .service(only("/bff/callback", &[Method::GET]).route(web::get().to(callback::callback)))
        .service(only("/bff/logout", &[Method::POST]).route(web::post().to(login::sign_out)))
        .service(
            only("/bff/backchannel-logout", &[Method::POST])
                .route(web::post().to(backchannel_logout::backchannel_logout)),
        )
        .service(only("/bff/session", &[Method::GET]).route(web::get().to(session::current)))
        .service(
            web::scope("/bff/sessions")
                .service(only("", &[Method::GET]).route(web::get().to(session::list)))
                .service(only("/{handle}", &[Method::DELETE]).route(web::delete().to(session::end))),
        )
        .service(only(shared::report::REPORT_PATH, &[Method::POST]).route(web::post().to(report)))
        .default_service(web::to(spa));
}

/// An address that takes these methods and answers 405 to all others.
fn only(path: &str, methods: &'static [Method]) -> Resource {
    web::resource(path).default_service(web::to(move || async move {
        let allowed = methods.to_vec();
        Err::<HttpResponse, _>(ApiError::from(RouteError::MethodNotAllowed { allowed }))
    }))
}

/// The inner layer, where sessions are in cookies: adds the newest cookie of the session to its answer.
///
/// The cookie goes only with answers that say `no-store` to caches of all kinds, as all answers of a session do. A
/// cache that stored another answer would hand the session to every later client.
///
/// # Errors
/// Errors of the handlers inside.
pub async fn bring_session(
    guard: web::Data<Guard>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    if is_never_stored(&response) && !sets_session(&response, &guard) {
        let headers = fields(response.request());
        if let Some(field) = guard.sessions.cookie_after(&headers, SystemTime::now()).await {
            response.headers_mut().append(SET_COOKIE, field);
        }
    }
    Ok(response)
}

/// Whether the handler itself has set or removed the session's cookie.
fn sets_session(response: &ServiceResponse<impl MessageBody>, guard: &Guard) -> bool {
    let name = guard.sessions.cookie().map(CookieRule::name).unwrap_or_default();
    let mut set = response.headers().get_all(SET_COOKIE).map(HeaderValue::as_bytes);
    set.any(|field| field.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"=")))
}

fn is_never_stored(response: &ServiceResponse<impl MessageBody>) -> bool {
    if response.headers().keys().any(is_aimed_at_caches) {
        return false;
    }
    lists(response.headers().get_all(CACHE_CONTROL), "no-store")
}

/// The outer layer: gives each request its id and trace, and each response its common headers. A handler's error becomes
/// a problem with that id, and is logged.
///
/// # Errors
/// Errors of the handlers inside that are not an [`ApiError`].
pub async fn identify_and_protect(
    public_url: web::Data<Url>,
    base_path: web::Data<BasePath>,
    permissions: web::Data<PermissionsPolicy>,
    worker_data: web::Data<WorkerData>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let guard = worker_data.hand_to(&mut request);
    let place = base_path::enter(&mut request, &base_path);
    let peer = request.peer_addr().map(|peer| peer.ip());
    let identity = Identity {
        id: new_id(),
        trace: trace(&request, &guard),
        address: guard.client_address(peer, |field| request.headers().get_all(field)),
    };
    request.extensions_mut().insert(identity.clone());
    let conversation = request.conn_data::<Conversation>().cloned();
    if let Some(conversation) = &conversation {
        conversation.began(&identity.id);
    }
    let line = part_of(&request, place).map(|served| {
        let path = request.uri().path();
        let sent = if place == Place::Outside { path.to_owned() } else { base_path.at(path) };
        AccessLine::begin(served, &request, sent, &identity)
    });
    let stream = streams::begin(&request);
    let checked = stream.as_ref().map_or(Ok(()), |stream| streams::check(&request, stream));
    let mut response = match checked.and_then(|()| front_door(&request, &identity, &guard, place)) {
        Ok(()) if place == Place::Bare => {
            let start = base_path::to_start(request.uri(), &base_path);
            request.into_response(start)
        }
        Ok(()) => {
            let called = within(identity.trace, next.call(request));
            with_problem(streams::while_there(stream.as_ref(), called).await?, &identity)
        }
        Err(failure) => within_now(identity.trace, || turn_away(request, failure, &identity)),
    };
    let not_modified = response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&identity.id) {
        headers.insert(X_REQUEST_ID, value);
    }
    if let Some(trace) = identity.trace.value() {
        headers.insert(TRACERESPONSE, trace);
    }
    if !headers.contains_key(&PERMISSIONS_POLICY) {
        headers.insert(PERMISSIONS_POLICY, permissions.value().clone());
    }
    for (name, value) in SECURITY_HEADERS {
        let left_alone = not_modified && OF_CONTENT.contains(&name);
        if !left_alone && !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    // A browser must ignore the field on plain http (RFC 6797 §8.1).
    if public_url.scheme() == "https" {
        headers.insert(STRICT_TRANSPORT_SECURITY, HSTS);
    }
    let framing = frame(&mut response);
    let response = match line {
        Some(line) => line.along(response),
        None => response,
    };
    if let Some(conversation) = conversation {
        conversation.answered(framing);
    }
    Ok(match stream {
        Some(stream) => response.map_body(|_, content| stream.pace(content)),
        None => response,
    })
}

/// The span of a request. Only a proxy of ours hands a trace on; anybody else's becomes a link.
fn trace(request: &ServiceRequest, guard: &Guard) -> TraceContext {
    let given = request.headers().get_all(TRACEPARENT);
    match guard.trusts(request.peer_addr().map(|peer| peer.ip())) {
        true => TraceContext::of(given),
        false => TraceContext::beside(given),
    }
}

/// Checks a request before anything is read, looked up or parsed for it. Balancers ask for its health by names of their
/// own, and learn nothing else.
fn front_door(
    request: &ServiceRequest,
    identity: &Identity,
    guard: &Guard,
    place: Place,
) -> Result<(), Failure> {
    if let Some(wait) = guard.charge_address(identity.address, SystemTime::now()) {
        return Err(Failure::RateLimited(wait));
    }
    if HEALTH.contains(&request.uri().path()) {
        return Ok(());
    }
    guard.hosts.check(request.version(), request.uri(), request.headers().get_all(HOST))?;
    if place == Place::Outside {
        return Err(Failure::NoSuchAddress);
    }
    // The router decodes before it matches. Whoever checks addresses in front of this server sees the bytes.
    let (sent, matched) = (request.uri().path(), request.match_info().as_str());
    if sent != matched && !sent.starts_with(shared::API_BASE) && is_own(matched) {
        return Err(Failure::NoSuchAddress);
    }
    Ok(())
}

/// Whether a decoded path is one of the server's own.
fn is_own(path: &str) -> bool {
    HEALTH.contains(&path)
        || path.strip_prefix("/bff").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The part of the server whose access line a request leaves here. That of the API writes its own, and probes would drown all
/// other lines.
fn part_of(request: &ServiceRequest, place: Place) -> Option<Served> {
    let path = request.match_info().as_str();
    match path {
        _ if HEALTH.contains(&path) => None,
        // Whatever stands there is another server's.
        _ if place == Place::Outside => Some(Served::App),
        _ if is_for_api(request) => None,
        _ if is_own(path) => Some(Served::Own),
        _ => Some(Served::App),
    }
}

/// Whether the router leads a request to the API.
fn is_for_api(request: &ServiceRequest) -> bool {
    let below = request.match_info().as_str().strip_prefix(shared::API_BASE);
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The answer to a request that does not pass the front door. One for the API leaves its access line.
fn turn_away(request: ServiceRequest, failure: Failure, identity: &Identity) -> ServiceResponse {
    if is_for_api(&request) {
        let answer = refuse(request.request(), failure);
        return request.into_response(answer);
    }
    with_problem(request.error_response(ApiError::from(failure)), identity)
}

/// The framing of a response. One of unknown length ends with the connection where there are no chunks: HTTP/1.0 knows none
/// (RFC 9112 §7.1), and the framework makes none for a tunnel or WebSocket that was asked for.
fn frame(response: &mut ServiceResponse<impl MessageBody>) -> Framing {
    let (status, size) = (response.status(), response.response().body().size());
    let request = response.request();
    let has_no_content = request.method() == Method::HEAD
        || status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let has_no_chunks = request.version() < Version::HTTP_11
        || request.method() == Method::CONNECT
        || lists(request.headers().get_all(UPGRADE), "websocket");
    match size {
        // The handler has set what its head says.
        _ if status == StatusCode::SWITCHING_PROTOCOLS => Framing::Tunnel,
        _ if has_no_content => Framing::Sized(0),
        BodySize::None => Framing::Sized(0),
        BodySize::Sized(length) => Framing::Sized(length),
        BodySize::Stream if has_no_chunks => {
            let head = response.response_mut().head_mut();
            head.no_chunking(true);
            head.set_connection_type(ConnectionType::Close);
            Framing::UntilClose
        }
        BodySize::Stream => Framing::Chunked,
    }
}

/// The response with a handler's error as a problem that names the request. Fields that inner layers have added stay.
fn with_problem(
    response: ServiceResponse<impl MessageBody + 'static>,
    identity: &Identity,
) -> ServiceResponse {
    let Identity { id, trace, address } = identity;
    let problem = response
        .response()
        .error()
        .and_then(|err| err.as_error::<ApiError>())
        .map(|err| within_now(*trace, || err.answer(EventSource { request_id: id, address: *address })));
    match problem {
        Some(problem) => response.map_body(|_, _| problem.into_body()),
        None => response.map_into_boxed_body(),
    }
}
