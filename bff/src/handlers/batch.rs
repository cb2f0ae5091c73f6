//! `POST /api/server/batch`: makes exchanges of one request, and one response of their replies.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    web,
};
use bytes::{Bytes, BytesMut};
use futures_util::{
    Stream, StreamExt as _, pin_mut,
    stream::{self, FuturesUnordered},
};
use http::{HeaderValue, Method, StatusCode};
use serde_json::value::RawValue;
use shared::{
    BatchAnswer,
    batch::{BATCH_PATH, NDJSON},
};
use tokio::time::timeout_at;

use super::{
    accept::prefers,
    proxy::pieces,
    reply,
    request_content::is_of_type,
    request_parts::{context_of, fields},
    session::PRIVATE,
};
use crate::{
    batch::{self, BatchLimits, CONTENT_MAX, Item},
    failure::Failure,
    guard::{Guard, csrf::CrossSite},
    pipeline::{Accounting, Answered, Pipeline, RequestLimits},
    response::compression::compressed,
};
use http_message::{
    BodyError, HeaderBlock, Reply, ReplyBody, ReplyError, RequestContext,
    budget::{Budget, Held},
    capped,
};
use telemetry::trace::within;

/// The answer to one item, and the item's index.
type ItemAnswer = (usize, BatchAnswer<Box<RawValue>>);

/// Forwards many requests at once.
pub async fn batch(
    request: HttpRequest,
    payload: web::Payload,
    pipeline: web::Data<Pipeline>,
    limits: web::Data<RequestLimits>,
    batch_limits: web::Data<BatchLimits>,
    guard: web::Data<Guard>,
    budget: web::Data<Budget>,
) -> HttpResponse {
    let mut headers = fields(&request);
    let compression = pipeline.compressor().for_request(request.method(), &mut headers);
    let context = RequestContext { due: Some(pipeline.due()), ..context_of(&request) };
    let mut accounting = Accounting::of_address(context.clone(), request.method(), BATCH_PATH);
    let held = Arc::new(budget.hold(batch_limits.answers));
    let body_max = limits.body.min(CONTENT_MAX);
    let read = read(request.method(), &headers, payload, &context, (body_max, **batch_limits), &guard);
    let items = match read.await {
        Ok(items) => items,
        Err(failure) => {
            let mut reply = failure.to_reply(&context.id);
            accounting.answered(&mut reply, Some(&failure), None);
            return reply::respond(Answered { reply, accounting });
        }
    };
    let count = items.len();
    let answers = all(items, &pipeline, batch_limits.answer, &held);
    let (content_type, body) = if prefers(&headers, NDJSON, "application/json") {
        (HeaderValue::from_static(NDJSON), ReplyBody::Stream(lines(answers).boxed_local()))
    } else {
        (
            HeaderValue::from_static("application/json"),
            ReplyBody::Full(held.with(in_order(answers, count).await)),
        )
    };
    let mut reply = Reply { status: StatusCode::OK, headers: HeaderBlock::new(), body };
    reply.headers.insert(CACHE_CONTROL, PRIVATE);
    reply.headers.insert(CONTENT_TYPE, content_type);
    let mut reply = compressed(reply, compression.as_ref());
    accounting.answered(&mut reply, None, None);
    reply::respond(Answered { reply, accounting })
}

/// All answers as one JSON text, in the order of their requests.
async fn in_order(answers: impl Stream<Item = ItemAnswer>, count: usize) -> Vec<u8> {
    let mut in_order: Vec<Option<_>> = (0..count).map(|_| None).collect();
    pin_mut!(answers);
    while let Some((index, answer)) = answers.next().await {
        if let Some(place) = in_order.get_mut(index) {
            *place = Some(answer);
        }
    }
    batch::answers(in_order.into_iter().flatten().collect())
}

/// A line for each answer, as soon as its item is answered.
fn lines(answers: impl Stream<Item = ItemAnswer>) -> impl Stream<Item = Result<Bytes, ReplyError>> {
    answers.map(|(index, answer)| Ok(batch::line(index, answer).into()))
}

/// Reads the items of a batch, whose request comes from one of our own pages.
async fn read(
    method: &Method,
    headers: &HeaderBlock,
    payload: web::Payload,
    context: &RequestContext,
    (body_max, limits): (u64, BatchLimits),
    guard: &Guard,
) -> Result<Vec<Item>, Failure> {
    // A grant to read the API from elsewhere covers single requests only.
    if guard.check_csrf(method, headers)?.is_some() {
        return Err(CrossSite::SaidByOrigin.into());
    }
    if !is_of_type(headers, "application/json") {
        return Err(Failure::Invalid("The content must be application/json."));
    }
    let read = async {
        let mut content = BytesMut::new();
        let pieces = capped(pieces(payload), body_max);
        pin_mut!(pieces);
        while let Some(piece) = pieces.next().await {
            content.extend_from_slice(&piece?);
        }
        Ok::<_, BodyError>(content.freeze())
    };
    let content = match context.due {
        Some(due) => timeout_at(due.into(), read).await.map_err(|_| BodyError::Stalled)??,
        None => read.await?,
    };
    batch::items(&content, headers, context, limits)
}

/// All answers, in the order of their completion. Dropping the stream ends the items that are still under way.
fn all(
    items: Vec<Item>,
    pipeline: &web::Data<Pipeline>,
    max: u64,
    held: &Arc<Held>,
) -> impl Stream<Item = ItemAnswer> + use<> + 'static {
    let under_way: FuturesUnordered<_> = items
        .into_iter()
        .enumerate()
        .map(|(index, Item { context, exchange })| {
            let (pipeline, held) = (pipeline.clone(), Arc::clone(held));
            within(context.trace, async move {
                let (id, due) = (context.id.clone(), context.due);
                let Answered { reply, mut accounting } = match exchange {
                    Ok(exchange) => pipeline.run(context, exchange).await,
                    Err(item) => Pipeline::refuse(context, &item.method, &item.target, item.failure),
                };
                let (status, arrives) = (reply.status.as_u16(), reply.body.is_streamed());
                if arrives {
                    accounting.unfinished();
                }
                let answer = batch::of_reply(reply, &id, max, &held, due).await;
                if arrives {
                    accounting.handed(answer.data.as_ref().map_or(0, |data| data.get().len()));
                    accounting.ended(None);
                }
                if answer.status != status {
                    accounting.replaced(answer.status);
                }
                (index, answer)
            })
        })
        .collect();
    // What is held is given back with the stream: an item that is answered may wait for its browser.
    stream::unfold((under_way, Arc::clone(held)), |(mut under_way, held)| async move {
        let next = under_way.next().await?;
        Some((next, (under_way, held)))
    })
}
