//! A request at an address that other sites' pages and servers lead to. It has not passed the CSRF check, and acts in
//! no session's name.

use std::{
    future::{Ready, ready},
    rc::Rc,
    time::SystemTime,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::USER_AGENT};

use super::{
    api_error::ApiError,
    request_parts::{Identity, fields},
};
use crate::session::Device;
use http_message::HeaderBlock;
use telemetry::security::EventSource;

/// A request that has not passed the CSRF check, with its client's address.
pub struct UncheckedRequest {
    /// The request's id.
    pub request_id: Rc<str>,
    /// Browser and address.
    pub device: Device,
    /// The header block.
    pub headers: HeaderBlock,
    /// The time of the request.
    pub now: SystemTime,
}

impl UncheckedRequest {
    /// The request's id and address, for the log.
    #[must_use]
    pub fn source(&self) -> EventSource<'_> {
        EventSource { request_id: &self.request_id, address: self.device.address }
    }

    /// Reads `request`.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let headers = fields(request);
        let Identity { id: request_id, address, .. } = Identity::of(request);
        let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let device = Device { user_agent: user_agent.to_owned(), address };
        Self { request_id, device, headers, now: SystemTime::now() }
    }
}

impl FromRequest for UncheckedRequest {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}
