//! `/api/server/{path}`: makes an exchange of a request and a response of its reply.

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse,
    http::{Version, header},
    web,
};
use bytes::Bytes;
use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};

use super::{
    reply,
    request_parts::{context_of, fields},
    tunnel,
};
use crate::{
    failure::Failure,
    pipeline::{Opened, Pipeline},
};
use http_message::{BodyError, Exchange, RequestBody};

/// Forwards one request.
pub async fn proxy(
    request: HttpRequest,
    payload: web::Payload,
    pipeline: web::Data<Pipeline>,
) -> HttpResponse {
    if tunnel::is_handshake(&request) {
        // Boxed, like all that few requests need.
        return Box::pin(open(request, payload, pipeline)).await;
    }
    let headers = fields(&request);
    let context = context_of(&request);
    let exchange = Exchange {
        method: request.method().clone(),
        target: target(&request),
        headers,
        body: body(&request, payload),
    };
    reply::respond(pipeline.run(context, exchange).await)
}

/// Opens a WebSocket.
async fn open(request: HttpRequest, payload: web::Payload, pipeline: web::Data<Pipeline>) -> HttpResponse {
    let exchange = Exchange {
        method: request.method().clone(),
        target: target(&request),
        headers: fields(&request),
        body: RequestBody::None,
    };
    match pipeline.open(context_of(&request), exchange).await {
        Opened::Tunnel(opened) => tunnel::respond(*opened, payload),
        Opened::Answered(answered) => reply::respond(*answered),
    }
}

/// Refuses one request, before anything of it is read.
#[must_use]
pub fn refuse(request: &HttpRequest, failure: Failure) -> HttpResponse {
    let context = context_of(request);
    reply::respond(Pipeline::refuse(context, request.method(), &target(request), failure))
}

/// Path and query below the API's address, as they came: the router has matched a decoded path. A target in another form
/// than the origin form (RFC 9112 §3.2) gets a star in front: it is no path, and only its path is logged.
fn target(request: &HttpRequest) -> String {
    let uri = request.uri();
    let path_and_query = uri.path_and_query().map(|target| target.as_str()).unwrap_or_default();
    // HTTP/2 has fields of their own for scheme and host (RFC 9113 §8.3.1).
    let is_origin_form =
        request.version() == Version::HTTP_2 || (uri.scheme().is_none() && uri.authority().is_none());
    match path_and_query.strip_prefix(shared::API_BASE).filter(|_| is_origin_form) {
        Some(target) => target.to_owned(),
        None => format!("*{}", uri.path()),
    }
}

/// The content as it comes. The pipeline caps it: the route decides how much it may be.
pub(super) fn body(request: &HttpRequest, mut payload: web::Payload) -> RequestBody {
    let length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    match length {
        Some(length) => RequestBody::Sized(length, pieces(payload).boxed_local()),
        None if request.chunked().unwrap_or(false) => RequestBody::Chunked(pieces(payload).boxed_local()),
        // A request without content has ended its stream with the header block (RFC 9113 §8.1).
        None if request.version() == Version::HTTP_2 => match payload.next().now_or_never() {
            Some(None) => RequestBody::None,
            begun => {
                let begun = stream::iter(begun.flatten());
                RequestBody::Chunked(pieces(begun.chain(payload)).boxed_local())
            }
        },
        None => RequestBody::None,
    }
}

/// The pieces of a payload. How it broke off is nobody's business.
pub(super) fn pieces<E>(
    payload: impl Stream<Item = Result<Bytes, E>>,
) -> impl Stream<Item = Result<Bytes, BodyError>> {
    payload.map(|piece| piece.map_err(|_| BodyError::Incomplete))
}
