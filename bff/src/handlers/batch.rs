//! `POST /api/server/batch`: makes exchanges of one request, and one response of their replies.

use std::convert::Infallible;

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
    proxy::capped,
    reply,
    request_content::is_of_type,
    request_parts::{context_of, fields},
    session::PRIVATE,
};
use crate::{
    batch::{self, BatchLimits, Item},
    failure::Failure,
    guard::{Guard, csrf::CrossSite},
    pipeline::{Accounting, Answered, Pipeline, RequestLimits},
};
use http_message::{BodyError, HeaderBlock, Reply, ReplyBody, RequestContext};
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
) -> HttpResponse {
    let headers = fields(&request);
    let context = RequestContext { due: Some(pipeline.due()), ..context_of(&request, &headers, &guard) };
    let mut accounting = Accounting::of_address(context.clone(), request.method(), BATCH_PATH);
    let read = read(request.method(), &headers, payload, &context, (limits.body, **batch_limits), &guard);
    let items = match read.await {
        Ok(items) => items,
        Err(failure) => {
            let mut reply = failure.to_reply(&context.id);
            accounting.answered(&mut reply, Some(&failure), None);
            return reply::respond(Answered { reply, accounting });
        }
    };
    let count = items.len();
    let answers = all(items, &pipeline, batch_limits.answer);
    if prefers(&headers, NDJSON, "application/json") {
        let mut head = Reply { status: StatusCode::OK, headers: HeaderBlock::new(), body: ReplyBody::Empty };
        accounting.answered(&mut head, None, None);
        return lines(head, answers, accounting);
    }
    let mut in_order: Vec<Option<_>> = (0..count).map(|_| None).collect();
    pin_mut!(answers);
    while let Some((index, answer)) = answers.next().await {
        if let Some(place) = in_order.get_mut(index) {
            *place = Some(answer);
        }
    }
    let all = batch::answers(in_order.into_iter().flatten().collect());
    let mut reply =
        Reply { status: StatusCode::OK, headers: HeaderBlock::new(), body: ReplyBody::Full(all.into()) };
    reply.headers.insert(CACHE_CONTROL, PRIVATE);
    reply.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    accounting.answered(&mut reply, None, None);
    reply::respond(Answered { reply, accounting })
}

/// Streams the answers: a line for each item as soon as the item is answered.
fn lines(
    head: Reply,
    answers: impl Stream<Item = ItemAnswer> + 'static,
    mut accounting: Accounting,
) -> HttpResponse {
    accounting.unfinished();
    let mut response = HttpResponse::Ok();
    for field in head.headers {
        response.append_header(field);
    }
    let lines = stream::unfold((Box::pin(answers), accounting), |(mut answers, mut accounting)| async move {
        match answers.next().await {
            Some((index, answer)) => {
                Some((Ok::<_, Infallible>(Bytes::from(batch::line(index, answer))), (answers, accounting)))
            }
            None => {
                accounting.ended(None);
                None
            }
        }
    });
    response.insert_header((CACHE_CONTROL, PRIVATE)).insert_header((CONTENT_TYPE, NDJSON)).streaming(lines)
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
        let pieces = capped(payload, body_max);
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
) -> impl Stream<Item = ItemAnswer> + use<> + 'static {
    let under_way: FuturesUnordered<_> = items
        .into_iter()
        .enumerate()
        .map(|(index, Item { context, exchange })| {
            let pipeline = pipeline.clone();
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
                let answer = batch::of_reply(reply, &id, max, due).await;
                if arrives {
                    accounting.ended(None);
                }
                if answer.status != status {
                    accounting.replaced(answer.status);
                }
                (index, answer)
            })
        })
        .collect();
    stream::unfold(under_way, |mut under_way| async move {
        let next = under_way.next().await?;
        Some((next, under_way))
    })
}
