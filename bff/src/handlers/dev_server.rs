//! For development alone: `BFF_SPA_DEV` puts the server in front of a dev server such as Vite, trunk or webpack. Everything
//! that is not the server's own goes there as it came, its WebSocket for hot reload included.
//!
//! None of this is the pipeline's: there are no routes, no cache and no caps on paths. Production refuses the setting.

mod fields;

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_TYPE, ETAG, HOST, HeaderName, LAST_MODIFIED},
    },
    web,
};
use http::HeaderValue;

use self::fields::{for_browser, for_dev_server};
use super::{
    accept::prefers, api_error::ApiError, nonce_page::with_nonce, proxy, reply,
    request_parts::fields as fields_of, tunnel,
};
use crate::{
    failure::Failure,
    guard::Guard,
    spa::{Csp, NoncePage},
};
use http_message::{BasePath, HeaderBlock, Reply, ReplyBody, RequestBody};
use upstream::{
    BaseUrl, Client, Deadlines, Resilience, UpstreamError, UpstreamKind, UpstreamOptions, UpstreamRequest,
    UpstreamResponse, deadline::Deadline, error::Phase, trust::Trust, tunnel::Switched,
};

/// Largest page whose scripts get a nonce, in bytes.
const PAGE_MAX: usize = 4 * 1024 * 1024;

/// Most exchanges at once, per worker: a page asks for each of its modules.
const EXCHANGES_MAX: usize = 1024;

/// Largest header block of an answer, in bytes.
const HEAD_MAX: usize = 256 * 1024;

/// Fields of a page that do not hold for one with a nonce.
const OF_STORED_PAGES: [HeaderName; 5] = [ACCEPT_RANGES, CACHE_CONTROL, CONTENT_TYPE, ETAG, LAST_MODIFIED];

/// A dev server answers the first request when it has built what is asked for, and a socket for reload is silent for hours.
const DEADLINES: Deadlines = Deadlines {
    connect: Duration::from_secs(2),
    head: Duration::from_secs(300),
    total: Duration::from_secs(300),
    idle: Duration::from_secs(24 * 60 * 60),
};

/// Node closes an idle connection after five seconds.
const KEEP_ALIVE: Duration = Duration::from_secs(4);

/// One worker's way to the dev server.
pub struct DevServer {
    client: Client,
    address: String,
    authority: String,
    csp: Csp,
    /// The path below which browsers see it: it is asked with it, as by a browser of its own.
    base_path: BasePath,
}

impl DevServer {
    /// The way to the dev server at `base`, whose pages get the policies of `csp`. `trust` is needed for https.
    #[must_use]
    pub fn new(base: &BaseUrl, base_path: BasePath, csp: Csp, trust: Option<Trust>) -> Self {
        let options = UpstreamOptions {
            kind: UpstreamKind::Api(base.clone()),
            ca_file: None,
            identity: None,
            deadlines: DEADLINES,
            connections: EXCHANGES_MAX,
            keep_alive: KEEP_ALIVE,
            head_max: HEAD_MAX,
            resilience: Resilience::default(),
        };
        Self {
            client: Client::new(base, &options, trust),
            address: base.to_string(),
            authority: base.authority.to_string(),
            csp,
            base_path,
        }
    }

    /// Passes one request on. Where nobody is there, people read a page.
    pub(super) async fn serve(
        &self,
        request: &HttpRequest,
        payload: web::Payload,
        guard: &Guard,
    ) -> Result<HttpResponse, ApiError> {
        let headers = fields_of(request);
        let answer = match tunnel::is_handshake(request) {
            // A dev server tells foreign pages by the name that they call it by, and is called by its own from here.
            true => {
                guard.check_handshake(&headers)?;
                self.open(request, payload).await
            }
            false => {
                guard.check_csrf(request.method(), &headers)?;
                self.pass(request, payload).await
            }
        };
        answer.map_err(|failure| {
            let shows_pages = prefers(&headers, "text/html", "application/json");
            match &failure {
                Failure::DevServerAway(_) if shows_pages => ApiError::as_page(failure),
                _ => failure.into(),
            }
        })
    }

    async fn pass(&self, request: &HttpRequest, payload: web::Payload) -> Result<HttpResponse, Failure> {
        let sent = self.request(request, proxy::body(request, payload));
        let arriving = self.client.send(sent).await.map_err(|err| self.failure(err))?;
        let answer = arriving.with_content().await.map_err(|err| self.failure(err))?;
        self.respond(answer, &host_of(request)).await
    }

    async fn open(&self, request: &HttpRequest, payload: web::Payload) -> Result<HttpResponse, Failure> {
        let sent = self.request(request, RequestBody::None);
        match self.client.switch(sent).await.map_err(|err| self.failure(err))? {
            Switched::Tunnel(tunnel) => {
                let headers = for_browser(&tunnel.headers);
                let reply =
                    Reply { status: StatusCode::SWITCHING_PROTOCOLS, headers, body: ReplyBody::Empty };
                Ok(tunnel::respond_unrecorded(reply, tunnel, payload, DEADLINES.idle))
            }
            Switched::Answer(arriving) => {
                let answer = arriving.with_content().await.map_err(|err| self.failure(err))?;
                self.respond(answer, &host_of(request)).await
            }
        }
    }

    /// The request with its path and query byte for byte.
    fn request(&self, request: &HttpRequest, body: RequestBody) -> UpstreamRequest {
        let target = request.uri().path_and_query().map(|target| target.as_str()).unwrap_or("/");
        UpstreamRequest {
            method: request.method().clone(),
            target: self.base_path.at(target),
            headers: for_dev_server(fields_of(request)),
            body,
            deadline: Deadline::start(&DEADLINES),
            share: None,
        }
    }

    async fn respond(&self, answer: UpstreamResponse, host: &str) -> Result<HttpResponse, Failure> {
        let UpstreamResponse { status, headers, body, .. } = answer;
        let mut headers = for_browser(&headers);
        let is_empty = matches!(body, ReplyBody::Empty | ReplyBody::HeadOnly(_));
        if begins(&headers, "text/html") && !is_empty {
            let html = body.collect(PAGE_MAX).await.map_err(UpstreamError::Content)?;
            let html = self.led_here(&String::from_utf8_lossy(&html), host);
            let page = NoncePage::of_dev_server(&html);
            let mut response = with_nonce(&page, &self.csp, "text/html; charset=utf-8")?;
            *response.status_mut() = status;
            for (name, value) in headers.into_iter().filter(|(name, _)| !OF_STORED_PAGES.contains(name)) {
                response.headers_mut().append(name, value);
            }
            return Ok(response);
        }
        if begins(&headers, "text/javascript") || begins(&headers, "application/javascript") {
            // It may be a worker, which goes by its own policy.
            headers.extend(self.csp.of_script().iter().cloned());
        }
        Ok(reply::unrecorded(Reply { status, headers, body }))
    }

    /// The page with this server's name in the place of the dev server's: trunk writes the `Host` that it is asked by into its
    /// client for reload.
    fn led_here(&self, html: &str, host: &str) -> String {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte);
        // A name without a port is a word that may mean anything.
        let is_clear = self.authority.contains(':') && !host.is_empty() && host.bytes().all(is_name);
        if is_clear { html.replace(&self.authority, host) } else { html.to_owned() }
    }

    fn failure(&self, err: UpstreamError) -> Failure {
        match err {
            UpstreamError::Unreachable(_) | UpstreamError::Timeout(Phase::Connect) => {
                Failure::DevServerAway(self.address.clone())
            }
            other => other.into(),
        }
    }
}

/// The name and port by which the browser asks for this server.
fn host_of(request: &HttpRequest) -> String {
    let field = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let named = field.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    named.unwrap_or_default().to_owned()
}

/// Whether the answer's media type begins so.
fn begins(headers: &HeaderBlock, kind: &str) -> bool {
    let value = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    value.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind.as_bytes()))
}
