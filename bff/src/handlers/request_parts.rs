//! Parts of a request that handlers use: id, trace, header block, address.

use std::{net::IpAddr, rc::Rc, sync::Arc, time::Instant};

use actix_web::{HttpMessage as _, HttpRequest};

use crate::session::store::Session;
use http_message::{Caller, HeaderBlock, RequestContext, TraceContext};

/// The id and the trace of a request, given by the outermost layer.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The request's id.
    pub id: Rc<str>,
    /// The request's span.
    pub trace: TraceContext,
    /// The client's address.
    pub address: Option<IpAddr>,
}

impl Identity {
    /// The identity that `request` was given.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let given = request.extensions().get::<Self>().cloned();
        given.unwrap_or_else(|| Self { id: Rc::default(), trace: TraceContext::begin(), address: None })
    }
}

/// The session in whose name a request goes, for its access line.
pub struct InNameOf(pub Arc<Session>);

/// The header block of a request in the pipeline's own type.
#[must_use]
pub fn fields(request: &HttpRequest) -> HeaderBlock {
    let mut fields = HeaderBlock::with_capacity(request.headers().len());
    fields.extend(request.headers().iter().map(|(name, value)| (name.clone(), value.clone())));
    fields
}

/// The context of a request.
#[must_use]
pub fn context_of(request: &HttpRequest) -> RequestContext {
    let Identity { id, trace, address } = Identity::of(request);
    RequestContext { id, trace, caller: Caller { address }, started: Instant::now(), due: None }
}
