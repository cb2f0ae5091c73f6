//! A request at one of the session's addresses, checked before the handler sees it.

use std::{rc::Rc, sync::Arc, time::SystemTime};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload, web};
use futures_util::future::{FutureExt as _, LocalBoxFuture};

use super::{api_error::ApiError, request_parts::InNameOf, unchecked_request::UncheckedRequest};
use crate::{
    failure::Failure,
    guard::{Guard, csrf::CrossSite},
    session::{Current, Device},
};
use telemetry::security::EventSource;

/// A request at one of the session's addresses that has passed the CSRF check, with its living session. Another
/// site's page cannot reach a handler that takes one.
pub struct CheckedRequest {
    /// The request's id.
    pub request_id: Rc<str>,
    /// Browser and address.
    pub device: Device,
    /// The living session of the request.
    pub session: Option<Current>,
    /// Whether the request names a session, alive or not.
    pub claims_session: bool,
    /// The time of the request.
    pub now: SystemTime,
}

impl CheckedRequest {
    /// The request's id and address, for the log.
    #[must_use]
    pub fn source(&self) -> EventSource<'_> {
        EventSource { request_id: &self.request_id, address: self.device.address }
    }

    /// The living session that the handler needs.
    ///
    /// # Errors
    /// [`Failure::Unauthenticated`].
    pub fn signed_in(&self) -> Result<&Current, Failure> {
        self.session.as_ref().ok_or(Failure::Unauthenticated)
    }
}

impl FromRequest for CheckedRequest {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move {
            let UncheckedRequest { request_id, device, headers, now } = UncheckedRequest::of(&request);
            let Some(guard) = request.app_data::<web::Data<Guard>>() else {
                return Err(Failure::Internal("the server has no guard".to_owned()).into());
            };
            // A grant to read the API from elsewhere does not allow acting here.
            if guard.check_csrf(request.method(), &headers)?.is_some() {
                return Err(CrossSite::SaidByOrigin.into());
            }
            let claims_session = guard.sessions.is_claimed(&headers);
            let session = guard.sessions.find(&headers, now).await?;
            if let Some(current) = &session {
                request.extensions_mut().insert(InNameOf(Arc::clone(&current.stored.session)));
            }
            Ok(Self { request_id, device, session, claims_session, now })
        }
        .boxed_local()
    }
}
