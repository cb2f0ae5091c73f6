//! HTTP to the provider over our own client: its deadlines, caps and guard, and no redirects. `openidconnect` speaks
//! `http` 1, and the rest of the server 0.2; this file converts between them.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use bytes::Bytes;
use http::Method;
use openidconnect::{HttpRequest, HttpResponse, http as http_1};
use url::{Origin, Url};

use telemetry::trace::carry;

use upstream::{
    BaseUrl, Client, UpstreamError, UpstreamOptions,
    call::{call, fields_from},
    deadline::Deadline,
    trust::Trust,
};

use crate::sign_in::ProviderError;

/// Most servers that connections are kept to. A provider has one or two: its document may name others than the
/// issuer.
const ORIGINS_MAX: usize = 8;

/// One worker's connections to the provider.
pub(super) struct Http {
    upstream: UpstreamOptions,
    trust: Option<Trust>,
    clients: RefCell<HashMap<Origin, Rc<Client>>>,
}

/// Reasons why there is no usable answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    /// No answer came.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// The status tells of a fault at the provider, whatever the content is.
    #[error("the provider answered {0}")]
    Status(u16),
    /// The request's address cannot be called.
    #[error("{0}")]
    Address(String),
}

impl Http {
    pub(super) fn new(upstream: UpstreamOptions, trust: Option<Trust>) -> Self {
        Self { upstream, trust, clients: RefCell::default() }
    }

    /// Sends a request and reads the whole answer.
    ///
    /// The call runs in a task of its own: a browser that leaves must not cut it off once a code or a refresh token
    /// is used up.
    pub(super) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|err| HttpError::Address(err.to_string()))?;
        let client = self.client(&url)?;
        let method = Method::from_bytes(parts.method.as_str().as_bytes())
            .map_err(|err| HttpError::Address(err.to_string()))?;
        let target = parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        let headers =
            fields_from(parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
        let body = (!body.is_empty()).then(|| Bytes::from(body));
        let deadline = Deadline::start(&self.upstream.deadlines);
        let answer =
            actix_rt::spawn(carry(
                async move { call(&client, method, &target, headers, body, deadline).await },
            ));
        let answer = answer.await.map_err(|err| UpstreamError::Failed(err.to_string()))??;
        let status = answer.status.as_u16();
        if answer.status.is_server_error() || status == http_1::StatusCode::TOO_MANY_REQUESTS {
            return Err(HttpError::Status(status));
        }
        let mut response = http_1::Response::builder().status(status);
        for (name, value) in &answer.headers {
            response = response.header(name.as_str(), value.as_bytes());
        }
        response.body(answer.body.to_vec()).map_err(|err| UpstreamError::Failed(err.to_string()).into())
    }

    /// The body of a successful GET.
    pub(super) async fn get(
        &self,
        url: &Url,
        fields: &[(http_1::HeaderName, http_1::HeaderValue)],
    ) -> Result<Vec<u8>, HttpError> {
        let mut request = http_1::Request::get(url.as_str()).header("accept", "application/json");
        for (name, value) in fields {
            request = request.header(name, value);
        }
        let request = request.body(Vec::new()).map_err(|err| HttpError::Address(err.to_string()))?;
        let answer = self.send(request).await?;
        if answer.status().is_success() {
            Ok(answer.into_body())
        } else {
            Err(HttpError::Status(answer.status().as_u16()))
        }
    }

    fn client(&self, url: &Url) -> Result<Rc<Client>, HttpError> {
        let origin = url.origin();
        let mut clients = self.clients.borrow_mut();
        if let Some(client) = clients.get(&origin) {
            return Ok(Rc::clone(client));
        }
        let base = BaseUrl::parse(&origin.ascii_serialization())
            .map_err(|problem| HttpError::Address(format!("an address of the provider {problem}")))?;
        if base.tls && self.trust.is_none() {
            // Without trust anchors the connector would speak plain HTTP.
            return Err(HttpError::Address("an http issuer names an https endpoint".to_owned()));
        }
        if clients.len() >= ORIGINS_MAX {
            clients.clear();
        }
        let client = Rc::new(Client::new(&base, &self.upstream, self.trust.clone()));
        clients.insert(origin, Rc::clone(&client));
        Ok(client)
    }
}

impl From<HttpError> for ProviderError {
    fn from(err: HttpError) -> Self {
        match err {
            HttpError::Upstream(err) => Self::Unavailable(err),
            HttpError::Status(_) | HttpError::Address(_) => Self::Unusable(err.to_string()),
        }
    }
}
