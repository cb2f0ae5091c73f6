//! `/api/server/{path}`: makes an exchange of a request and a response of its reply.

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse,
    http::{ConnectionType, Version, header},
    web,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};

use super::{
    access::AccessGuard,
    reply::{self, RequestId, fields, trace_of},
    unchecked_request::client_address,
};
use crate::{
    failure::Failure,
    guard::Guard,
    message::{BodyError, Caller, CanonicalPath, Exchange, HeaderBlock, RequestBody, TraceContext},
    pipeline::{Pipeline, RequestLimits},
    telemetry::security::Source,
};

/// Forwards one request.
pub async fn proxy(
    request: HttpRequest,
    payload: web::Payload,
    pipeline: web::Data<Pipeline>,
    limits: web::Data<RequestLimits>,
    guard: web::Data<Guard>,
) -> HttpResponse {
    let id = RequestId::of(&request);
    let trace = trace_of(&request);
    let path = request.uri().path();
    let below = path.strip_prefix(shared::API_BASE).filter(|below| !below.is_empty());
    let path = below.unwrap_or(path).to_owned();
    let access = AccessGuard::begin(id.clone(), trace, request.method().to_string(), path);
    let headers = fields(&request);
    let caller = Caller { address: client_address(&request, &headers, &guard) };
    let address = caller.address;
    let answered = match exchange(&request, headers, caller, payload, &limits, (&id, trace)) {
        Ok(exchange) => pipeline.run(exchange).await,
        Err(failure) => Pipeline::refuse(failure, &id, access.started().elapsed()),
    };
    if let Some(failure) = &answered.failure {
        failure.log_refusal(Source { request_id: &id, address });
    }
    let mut response = reply::respond(answered, access);
    if request.version() == Version::HTTP_10 {
        // It knows no chunks (RFC 9112 §7.1): the end of the connection is the end of the answer.
        let head = response.head_mut();
        head.no_chunking(true);
        head.set_connection_type(ConnectionType::Close);
    }
    response
}

fn exchange(
    request: &HttpRequest,
    headers: HeaderBlock,
    caller: Caller,
    payload: web::Payload,
    limits: &RequestLimits,
    (id, trace): (&str, TraceContext),
) -> Result<Exchange, Failure> {
    let uri = request.uri();
    if uri.scheme().is_some() || uri.authority().is_some() {
        return Err(Failure::NotOriginForm);
    }
    // Before anything looks at it: checking a path takes time in proportion to its length.
    if uri.path_and_query().map_or(0, |target| target.as_str().len()) as u64 > limits.uri {
        return Err(Failure::UriTooLong);
    }
    // The router has matched a decoded path: here the bytes count.
    let below = uri.path().strip_prefix(shared::API_BASE).ok_or(Failure::NotOriginForm)?;
    if below.is_empty() || below == "/" {
        return Err(Failure::NoSuchAddress);
    }
    Ok(Exchange {
        id: id.to_owned(),
        trace,
        method: request.method().clone(),
        path: CanonicalPath::parse(below)?,
        query: uri.query().map(str::to_owned),
        headers,
        body: body(request, payload, limits.body),
        caller,
        due: None,
    })
}

fn body(request: &HttpRequest, payload: web::Payload, cap: u64) -> RequestBody {
    let length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    match length {
        Some(length) => RequestBody::Sized(length, capped(payload, cap).boxed_local()),
        None if request.chunked().unwrap_or(false) => {
            RequestBody::Chunked(capped(payload, cap).boxed_local())
        }
        None => RequestBody::None,
    }
}

/// The content, ended with an error once it is over the cap.
pub(super) fn capped(payload: web::Payload, cap: u64) -> impl Stream<Item = Result<Bytes, BodyError>> {
    stream::unfold(Some((payload, cap)), |open| async move {
        let (mut payload, left) = open?;
        match payload.next().await? {
            Ok(piece) => match left.checked_sub(piece.len() as u64) {
                Some(left) => Some((Ok(piece), Some((payload, left)))),
                None => Some((Err(BodyError::TooLarge), None)),
            },
            Err(_) => Some((Err(BodyError::Incomplete), None)),
        }
    })
}
