//! The only place where paths meet handlers, and the layers around them.

use std::time::SystemTime;

use actix_web::{
    Error, HttpMessage as _, HttpResponse, Resource,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, SET_COOKIE,
            STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    web,
};
use url::Url;
use uuid::Uuid;

use http_message::{
    TraceContext,
    fields::is_aimed_at_caches,
    trace_context::{TRACEPARENT, TRACERESPONSE},
};

use telemetry::{security::Source, trace::within};

use crate::{
    guard::Guard,
    handlers::{
        api_error::ApiError,
        backchannel_logout,
        batch::batch,
        callback,
        health::{healthz, readyz},
        login,
        proxy::proxy,
        report::report,
        request_parts::{RequestId, client_address, fields},
        session,
        spa::spa,
    },
    route_table::RouteError,
    session::cookie::CookieRule,
};

/// Echoes the id under which the log knows a request.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What every response says, whatever it is (a 304 but for [`OF_CONTENT`]); a handler's own value goes before.
const SECURITY_HEADERS: [(HeaderName, HeaderValue); 7] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), \
             payment=(), usb=()",
        ),
    ),
    // For everything but the start page: were it ever opened as a page, it could do nothing.
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox"),
    ),
    // Where an upstream's policy stands and says nothing of frames; where it does, browsers go by the policy.
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// What depends on the content, which a 304 leaves to the answer that the browser has: what it says would take the place of
/// what came with that (RFC 9111 §3.2).
const OF_CONTENT: [HeaderName; 2] = [CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS];

/// One year, what preload lists ask for at least (RFC 6797 §6.1.1).
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

const READ: &[Method] = &[Method::GET, Method::HEAD];

/// Which address is whose.
pub fn routes(config: &mut web::ServiceConfig) {
    config
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
        .service(only("/bff/sessions", &[Method::GET]).route(web::get().to(session::list)))
        .service(only("/bff/sessions/{handle}", &[Method::DELETE]).route(web::delete().to(session::end)))
        .service(only(shared::report::REPORT_PATH, &[Method::POST]).route(web::post().to(report)))
        .service(only("/api/server/batch", &[Method::POST]).route(web::post().to(batch)))
        .service(web::resource([shared::API_BASE, "/api/server/{path:.*}"]).to(proxy))
        .default_service(web::to(spa));
}

/// An address that takes these methods and answers 405 to all others.
fn only(path: &str, methods: &'static [Method]) -> Resource {
    web::resource(path).default_service(web::to(move || async move {
        let allowed = methods.to_vec();
        Err::<HttpResponse, _>(ApiError::from(RouteError::MethodNotAllowed { allowed }))
    }))
}

/// The innermost layer: an error of a handler becomes a problem with the request's id, and is logged.
///
/// # Errors
/// Those of the handlers inside that are no [`ApiError`].
pub async fn answer_errors(
    guard: web::Data<Guard>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let response = next.call(request).await?;
    let request = response.request();
    let answer = response.response().error().and_then(|err| err.as_error::<ApiError>()).map(|err| {
        let address = client_address(request, &fields(request), &guard);
        err.answer(Source { request_id: &RequestId::of(request), address })
    });
    Ok(match answer {
        Some(answer) => response.into_response(answer).map_into_right_body(),
        None => response.map_into_left_body(),
    })
}

/// The middle layer: where browsers carry their sessions, an answer brings along what has become of its own.
///
/// Only an answer that says `no-store` does, to caches of all kinds, and all answers of a session say so: whoever stored
/// another one would hand the session to everybody who asks.
///
/// # Errors
/// Those of the handlers inside.
pub async fn bring_session(
    guard: web::Data<Guard>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    if guard.sessions.are_in_cookies() && is_never_stored(&response) && !sets_session(&response, &guard) {
        let headers = fields(response.request());
        if let Some(field) = guard.sessions.cookie_after(&headers, SystemTime::now()).await {
            response.headers_mut().append(SET_COOKIE, field);
        }
    }
    Ok(response)
}

/// Whether the handler has said itself what becomes of the session.
fn sets_session(response: &ServiceResponse<impl MessageBody>, guard: &Guard) -> bool {
    let name = guard.sessions.cookie().map(CookieRule::name).unwrap_or_default();
    let mut set = response.headers().get_all(SET_COOKIE).map(HeaderValue::as_bytes);
    set.any(|field| field.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"=")))
}

fn is_never_stored(response: &ServiceResponse<impl MessageBody>) -> bool {
    if response.headers().keys().any(is_aimed_at_caches) {
        return false;
    }
    let mut said = response.headers().get_all(CACHE_CONTROL).filter_map(|field| field.to_str().ok());
    said.any(|field| field.split(',').any(|directive| directive.trim().eq_ignore_ascii_case("no-store")))
}

/// The outer layer: the request's id and trace on its way in, the headers of every response on its
/// way out.
///
/// # Errors
/// Those of the handlers inside.
pub async fn identify_and_protect(
    public_url: web::Data<Url>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    // Version 7 sorts by time, which is how people look for log lines.
    let id = Uuid::now_v7().simple().to_string();
    let value = HeaderValue::from_str(&id);
    let trace = TraceContext::of(request.headers().get_all(TRACEPARENT));
    request.extensions_mut().insert(RequestId(id));
    request.extensions_mut().insert(trace);
    let mut response = within(trace, next.call(request)).await?;
    let not_modified = response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    if let Ok(value) = value {
        headers.insert(X_REQUEST_ID, value);
    }
    if let Some(trace) = trace.value() {
        headers.insert(TRACERESPONSE, trace);
    }
    for (name, value) in SECURITY_HEADERS {
        let left_alone = not_modified && OF_CONTENT.contains(&name);
        if !left_alone && !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    // A browser ignores it on plain http, and must (RFC 6797 §8.1).
    if public_url.scheme() == "https" {
        headers.insert(STRICT_TRANSPORT_SECURITY, HSTS);
    }
    Ok(response)
}
