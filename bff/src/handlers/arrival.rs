//! Whoever asks at an address that other sites' pages and servers lead to: nobody has been judged yet, and nothing may be
//! done in a session's name.

use std::{
    future::{Ready, ready},
    net::IpAddr,
    time::{Duration, SystemTime},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::USER_AGENT, web};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::HeaderMap;
use tokio::time::timeout;

use super::{
    reception::Refusal,
    reply::{RequestId, fields},
};
use crate::{
    failure::Failure, guard::Guard, message::BodyError, session::Client, telemetry::security::Source,
};

/// The largest body that the session's addresses take, in bytes: names, passwords and logout tokens are short.
pub const FORM_MAX: usize = 16 * 1024;

/// How long it may take to arrive: whoever sends it byte by byte holds a connection.
const FORM_TIME: Duration = Duration::from_secs(5);

/// A request, and where it comes from.
pub struct Arrival {
    /// The request's id.
    pub request_id: String,
    /// Browser and address.
    pub client: Client,
    /// The header block.
    pub headers: HeaderMap,
    /// The moment of asking.
    pub now: SystemTime,
}

impl Arrival {
    /// For the log.
    #[must_use]
    pub fn source(&self) -> Source<'_> {
        Source { request_id: &self.request_id, address: self.client.address }
    }

    /// The arrival of `request`.
    ///
    /// # Errors
    /// [`Refusal`] where the server was put together without a [`Guard`].
    pub fn of(request: &HttpRequest) -> Result<Self, Refusal> {
        let headers = fields(request);
        let request_id = RequestId::of(request);
        let Some(guard) = request.app_data::<web::Data<Guard>>() else {
            let failure = Failure::Internal("no guard at the door".to_owned());
            return Err(Refusal::new(failure, Source { request_id: &request_id, address: None }));
        };
        let address = client_address(request, &headers, guard);
        let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let client = Client { user_agent: user_agent.to_owned(), address };
        Ok(Self { request_id, client, headers, now: SystemTime::now() })
    }
}

impl FromRequest for Arrival {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

/// Where a request comes from, with `headers` as its header block.
pub(super) fn client_address(request: &HttpRequest, headers: &HeaderMap, guard: &Guard) -> Option<IpAddr> {
    guard.client_address(request.peer_addr().map(|peer| peer.ip()), headers)
}

/// The content of a request, whole, where it has at most `max` bytes.
///
/// # Errors
/// [`Failure::Body`].
pub async fn content(mut payload: web::Payload, max: usize) -> Result<Bytes, Failure> {
    let read = async {
        let mut content = BytesMut::new();
        while let Some(piece) = payload.next().await {
            content.extend_from_slice(&piece.map_err(|_| BodyError::Incomplete)?);
            if content.len() > max {
                return Err(BodyError::TooLarge);
            }
        }
        Ok(content.freeze())
    };
    Ok(timeout(FORM_TIME, read).await.map_err(|_| BodyError::Stalled)??)
}

/// Whether a request says that its content is of this media type, whatever its parameters.
#[must_use]
pub fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    let given =
        headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted)
}
