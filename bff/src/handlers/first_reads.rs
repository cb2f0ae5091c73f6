//! Puts the answers to the start page's first reads into the page, for the person who asks for it.
//!
//! Each read goes through the pipeline as an item of a batch does. The page that holds answers is that person's alone: no cache
//! keeps it. A page that another site leads to comes without the session's `Strict` cookie, and stays as it was built.

use std::{future::Future, sync::Arc, time::Instant};

use actix_web::{
    FromRequest as _, HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, SET_COOKIE},
    },
    web,
};
use futures_util::future::{FutureExt as _, LocalBoxFuture, join_all};
use serde_json::value::RawValue;
use shared::session::SESSION_PATH;
use tokio::time::timeout_at;

use super::{
    checked_request::CheckedRequest,
    reply,
    request_parts::{context_of, fields},
    session::{self, PRIVATE},
    sign_in_service::SignInService,
};
use crate::{
    batch::{self, Item},
    failure::Failure,
    guard::Guard,
    pipeline::{Answered, Pipeline},
    response::{
        compression::{compressed, plain},
        transform::without_mark,
    },
    spa::{ANSWER_MAX, Asset, Assets, FirstReads, Nonce, READS_MAX},
};
use http_message::{
    HeaderBlock, Reply, ReplyBody,
    budget::{Budget, Held},
    media_type::essence,
};
use telemetry::trace::within;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether `request` is for a page that a person opens from here or by its address. A worker that fetches the page to keep it
/// does not ask for HTML, and gets it as it was built.
pub(super) fn are_wanted(request: &HttpRequest) -> bool {
    let mut site = request.headers().get_all(SEC_FETCH_SITE).map(HeaderValue::as_bytes);
    let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
    matches!((site.next(), site.next()), (Some(b"same-origin" | b"none"), None))
        && accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The start page with the answers to its reads; `None` where not one came in time.
///
/// # Errors
/// [`Failure::Internal`].
pub(super) async fn filled(
    reads: &FirstReads,
    index: &Asset,
    assets: &Assets,
    request: &HttpRequest,
) -> Result<Option<HttpResponse>, Failure> {
    let Some(reader) = Reader::of(request) else {
        return Err(Failure::Internal("the server has no pipeline for its page".to_owned()));
    };
    // The answers, and the page that they are put into.
    let room = 2 * (READS_MAX * ANSWER_MAX + index.identity.len()) as u64;
    let held = Arc::new(reader.budget.hold(room));
    let is_head = request.method() == Method::HEAD;
    let answers = if is_head { Answers::default() } else { reader.read_all(reads, request, &held).await };
    if !is_head && answers.texts.iter().all(Option::is_none) {
        return Ok(None);
    }
    let nonce = match index.nonce_page {
        Some(_) => Some(Nonce::random().map_err(|err| Failure::Internal(err.to_string()))?),
        None => None,
    };
    let mut headers = HeaderBlock::new();
    match &nonce {
        Some(nonce) => headers.extend(assets.csp().of_page_with(nonce)),
        None => headers.extend(assets.csp().of_page().iter().cloned()),
    }
    if let Ok(content_type) = HeaderValue::from_str(&index.content_type) {
        headers.insert(CONTENT_TYPE, content_type);
    }
    headers.insert(CACHE_CONTROL, PRIVATE);
    if let Some(cookie) = answers.cookie {
        headers.append(SET_COOKIE, cookie);
    }
    let body = match is_head {
        true => ReplyBody::HeadOnly(None),
        false => {
            let page = reads.filled(&answers.texts, nonce.as_ref());
            // Answers are longer once they are escaped: sixfold, where somebody means it.
            if held.add(page.len()).is_err() {
                return Ok(None);
            }
            ReplyBody::Full(held.with(page.into_bytes()))
        }
    };
    let compression = reader.pipeline.compressor().for_request(request.method(), &mut fields(request));
    let reply = Reply { status: StatusCode::OK, headers, body };
    Ok(Some(reply::unrecorded(compressed(reply, compression.as_ref()))))
}

/// What came of the reads of a page.
#[derive(Default)]
struct Answers {
    /// JSON texts, in the order of the reads.
    texts: Vec<Option<String>>,
    /// The field that removes the cookie of a session that has ended.
    cookie: Option<HeaderValue>,
}

/// The parts of the server that answer reads.
struct Reader<'a> {
    pipeline: &'a Pipeline,
    budget: &'a Budget,
    guard: &'a Guard,
    sign_in: &'a SignInService,
}

impl<'a> Reader<'a> {
    fn of(request: &'a HttpRequest) -> Option<Self> {
        Some(Self {
            pipeline: request.app_data::<web::Data<Pipeline>>()?,
            budget: request.app_data::<web::Data<Budget>>()?,
            guard: request.app_data::<web::Data<Guard>>()?,
            sign_in: request.app_data::<web::Data<SignInService>>()?,
        })
    }

    /// Asks for all reads at once.
    async fn read_all(&self, reads: &FirstReads, request: &HttpRequest, held: &Held) -> Answers {
        let until = Instant::now() + reads.wait();
        let (headers, context) = (fields(request), context_of(request));
        let checked = match reads.targets().any(|target| target == SESSION_PATH) {
            true => in_time(until, CheckedRequest::extract(request)).await,
            false => None,
        };
        let checked = checked.and_then(Result::ok);
        let answer = |(index, target): (usize, &str)| -> LocalBoxFuture<'_, Option<String>> {
            match target {
                SESSION_PATH => {
                    let session =
                        checked.as_ref().map(|checked| session::info(checked, self.guard, self.sign_in));
                    async move { serde_json::to_string(&session?).ok() }.boxed_local()
                }
                _ => {
                    let item = batch::read(index, target, &headers, &context);
                    within(item.context.trace, self.read(item, until, held)).boxed_local()
                }
            }
        };
        let texts = join_all(reads.targets().enumerate().map(answer)).await;
        let cookie = checked.as_ref().and_then(|checked| session::removed_cookie(checked, self.guard));
        Answers { texts, cookie }
    }

    /// The JSON text of a read that succeeds in time.
    async fn read(&self, item: Item, until: Instant, held: &Held) -> Option<String> {
        let Item { context, exchange } = item;
        let exchange = match exchange {
            Ok(exchange) => exchange,
            Err(item) => {
                // Its access line is written here, and says why.
                drop(Pipeline::refuse(context, &item.method, &item.target, item.failure));
                return None;
            }
        };
        let Answered { reply, mut accounting } = self.pipeline.run_until(until, context, exchange).await?;
        let Reply { status, headers, body } = reply;
        let arrives = body.is_streamed();
        if arrives {
            accounting.given_up();
        }
        if status != StatusCode::OK || !is_json(&headers) {
            return None;
        }
        let content = match in_time(until, body.collect_within(ANSWER_MAX, held)).await? {
            Ok(content) => content,
            Err(err) => {
                accounting.ended(Some(err.to_string()));
                return None;
            }
        };
        if arrives {
            accounting.handed(content.len());
            accounting.ended(None);
        }
        let content = plain(content, &headers, ANSWER_MAX, held).ok()?;
        let text = std::str::from_utf8(without_mark(&content)).ok()?;
        serde_json::from_str::<&RawValue>(text).ok().map(|json| json.get().to_owned())
    }
}

async fn in_time<T>(until: Instant, work: impl Future<Output = T>) -> Option<T> {
    timeout_at(until.into(), work).await.ok()
}

fn is_json(headers: &HeaderBlock) -> bool {
    let content_type = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let essence = essence(content_type).to_ascii_lowercase();
    essence == b"application/json" || essence.ends_with(b"+json")
}
