//! What a request needs besides where it is one of many on its connection: HTTP/2.

use actix_web::{Error, dev::ServiceRequest, error::ErrorBadGateway, web};

use crate::{
    connection::{Stream, Streams},
    failure::Failure,
    pipeline::RequestLimits,
};

/// The stream of a request; `None`: HTTP/1.1, where a connection has one exchange.
pub(super) fn begin(request: &ServiceRequest) -> Option<Stream> {
    request.conn_data::<Streams>().map(Streams::begin)
}

/// Checks what the framework checks of HTTP/1.1 alone.
///
/// # Errors
/// Too many exchanges are under way on the connection, or the header block is too long.
pub(super) fn check(request: &ServiceRequest, stream: &Stream) -> Result<(), Failure> {
    if !stream.is_served() {
        return Err(Failure::CallerBusy);
    }
    let bytes: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    match request.app_data::<web::Data<RequestLimits>>() {
        Some(limits) if bytes as u64 > limits.headers => Err(Failure::HeadersTooLarge),
        _ => Ok(()),
    }
}

/// The outcome of `call`, which ends with the connection: the framework lets go of its own.
///
/// # Errors
/// Errors of `call`. The connection's end is one that nobody gets.
pub(super) async fn while_there<T>(
    stream: Option<&Stream>,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let Some(stream) = stream else { return call.await };
    tokio::select! {
        biased;
        outcome = call => outcome,
        () = stream.left() => Err(ErrorBadGateway("nobody is there")),
    }
}
