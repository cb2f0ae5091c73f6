//! A request at an address that other sites' pages and servers lead to. It has not passed the CSRF check, and acts in
//! no session's name.

use std::{
    future::{Ready, ready},
    rc::Rc,
    time::SystemTime,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::USER_AGENT, web};

use super::{
    api_error::ApiError,
    request_parts::{Identity, fields},
};
use crate::{failure::Failure, guard::Guard, handlers::request_parts::client_address, session::Device};
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
    ///
    /// # Errors
    /// [`Failure::Internal`] where the server was put together without a [`Guard`].
    pub fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        let headers = fields(request);
        let request_id = Identity::of(request).id;
        let Some(guard) = request.app_data::<web::Data<Guard>>() else {
            return Err(Failure::Internal("the server has no guard".to_owned()).into());
        };
        let address = client_address(request, &headers, guard);
        let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let device = Device { user_agent: user_agent.to_owned(), address };
        Ok(Self { request_id, device, headers, now: SystemTime::now() })
    }
}

impl FromRequest for UncheckedRequest {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}
