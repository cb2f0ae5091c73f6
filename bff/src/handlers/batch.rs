//! `POST /api/server/batch`: makes exchanges of one request, and one response of their replies.

use std::convert::Infallible;

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE},
    web,
};
use bytes::{Bytes, BytesMut};
use futures_util::{
    Stream, StreamExt as _, pin_mut,
    stream::{self, FuturesUnordered},
};
use serde_json::value::RawValue;
use shared::{
    BatchAnswer,
    batch::{BATCH_PATH, NDJSON},
};
use tokio::time::timeout_at;

use super::{
    access::AccessGuard,
    proxy::capped,
    reply::{self, RequestId, fields, trace_of},
    request_content::is_of_type,
    session::PRIVATE,
    unchecked_request::client_address,
};
use crate::{
    batch::{self, BatchLimits, BatchSource},
    failure::Failure,
    guard::{Guard, csrf::CrossSite},
    message::{BodyError, Caller, Exchange, HeaderBlock, TraceContext},
    pipeline::{Answered, Pipeline, RequestLimits},
    telemetry::{
        metrics::{self, class},
        security::Source,
        trace::within,
    },
};

/// The answer to one item, and its place.
type Answer = (usize, BatchAnswer<Box<RawValue>>);

/// Forwards many requests at once.
pub async fn batch(
    request: HttpRequest,
    payload: web::Payload,
    pipeline: web::Data<Pipeline>,
    limits: web::Data<RequestLimits>,
    batch_limits: web::Data<BatchLimits>,
    guard: web::Data<Guard>,
) -> HttpResponse {
    let id = RequestId::of(&request);
    let headers = fields(&request);
    let address = client_address(&request, &headers, &guard);
    let trace = trace_of(&request);
    let method = request.method().to_string();
    let mut access = AccessGuard::begin(id.clone(), trace, method, BATCH_PATH.to_owned());
    let started = access.started();
    let exchanges = match exchanges(
        &request,
        &headers,
        payload,
        &Caller { address },
        &pipeline,
        (limits.body, **batch_limits),
        &guard,
    )
    .await
    {
        Ok(exchanges) => exchanges,
        Err(failure) => {
            failure.log_refusal(Source { request_id: &id, address });
            let status = failure.status().0;
            metrics::ended(Some(BATCH_PATH), failure.outcome(), started.elapsed());
            access.answered(status.as_u16(), Some(failure.to_string()));
            return reply::problem(failure, &request);
        }
    };
    let count = exchanges.len();
    let answers = all(exchanges, &id, trace, address, &pipeline, batch_limits.answer);
    metrics::ended(Some(BATCH_PATH), class(StatusCode::OK), started.elapsed());
    access.answered(200, None);
    drop(access);
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, PRIVATE));
    let accepts_lines = request.headers().get(ACCEPT).is_some_and(|accepted| accepted == NDJSON);
    if accepts_lines {
        let lines =
            answers.map(|(index, answer)| Ok::<_, Infallible>(Bytes::from(batch::line(index, answer))));
        return response.insert_header((CONTENT_TYPE, NDJSON)).streaming(lines);
    }
    let mut in_order: Vec<Option<_>> = (0..count).map(|_| None).collect();
    pin_mut!(answers);
    while let Some((index, answer)) = answers.next().await {
        if let Some(place) = in_order.get_mut(index) {
            *place = Some(answer);
        }
    }
    let all = in_order.into_iter().flatten().collect();
    response.insert_header((CONTENT_TYPE, "application/json")).body(batch::answers(all))
}

/// The exchanges of the batch in a request that comes from one of our own pages.
async fn exchanges(
    request: &HttpRequest,
    headers: &HeaderBlock,
    payload: web::Payload,
    caller: &Caller,
    pipeline: &Pipeline,
    (body_max, limits): (u64, BatchLimits),
    guard: &Guard,
) -> Result<Vec<Result<Exchange, Failure>>, Failure> {
    // A grant to read the API from elsewhere is one for single requests.
    if guard.check_csrf(request.method(), headers)?.is_some() {
        return Err(CrossSite::SaidByOrigin.into());
    }
    if !is_of_type(headers, "application/json") {
        return Err(Failure::Invalid("The content must be application/json."));
    }
    let due = pipeline.due();
    let read = async {
        let mut content = BytesMut::new();
        let pieces = capped(payload, body_max);
        pin_mut!(pieces);
        while let Some(piece) = pieces.next().await {
            content.extend_from_slice(&piece?);
        }
        Ok::<_, BodyError>(content.freeze())
    };
    let content = timeout_at(due, read).await.map_err(|_| BodyError::Stalled)??;
    let source = BatchSource { headers, caller, id: &RequestId::of(request), trace: trace_of(request), due };
    batch::exchanges(&content, &source, limits)
}

/// All answers, in the order in which they come. Whoever stops asking for them ends what is still under way.
fn all(
    exchanges: Vec<Result<Exchange, Failure>>,
    id: &str,
    trace: TraceContext,
    address: Option<std::net::IpAddr>,
    pipeline: &web::Data<Pipeline>,
    max: u64,
) -> impl Stream<Item = Answer> + 'static {
    let under_way: FuturesUnordered<_> = exchanges
        .into_iter()
        .enumerate()
        .map(|(index, exchange)| {
            let (pipeline, id) = (pipeline.clone(), format!("{id}.{index}"));
            within(trace, async move {
                let asked =
                    exchange.as_ref().ok().map(|one| (one.method.to_string(), one.path.as_str().to_owned()));
                let (method, path) = asked.unwrap_or_else(|| ("-".to_owned(), "-".to_owned()));
                let mut access = AccessGuard::begin(id.clone(), trace, method, path);
                let Answered { reply, failure } = match exchange {
                    Ok(exchange) => pipeline.run(exchange).await,
                    Err(failure) => Pipeline::refuse(failure, &id, access.started().elapsed()),
                };
                if let Some(failure) = &failure {
                    failure.log_refusal(Source { request_id: &id, address });
                }
                let failure = failure.as_ref().map(ToString::to_string);
                let answer = batch::of_reply(reply, &id, max).await;
                access.answered(answer.status, failure);
                (index, answer)
            })
        })
        .collect();
    stream::unfold(under_way, |mut under_way| async move {
        let next = under_way.next().await?;
        Some((next, under_way))
    })
}
