//! A tunnel to the upstream: the handshake of a WebSocket (RFC 6455 §4.1), and the bare connection after it.
//!
//! A tunnel has a connection of its own, which is in no pool. The guard reads the head of the answer; after a 101 it steps
//! aside, and nobody reads the bytes.

use std::{future::poll_fn, pin::Pin};

use actix_codec::Framed;
use actix_http::{
    ConnectionType, Payload, RequestHead, RequestHeadType, ResponseHead,
    body::BodySize,
    error::PayloadError,
    h1::{ClientCodec, Message, MessageType},
};
use awc::error::SendRequestError;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{HeaderValue, StatusCode, Uri, header};
use tokio::io::{ReadHalf, WriteHalf, split};

use super::{
    arriving::Arriving,
    client::{Client, UpstreamRequest},
    error::{Phase, UpstreamError},
    places::Place,
    transport::Transport,
    wire::Wire,
};
use http_message::HeaderBlock;

/// The answer to a handshake.
pub enum Switched {
    /// The upstream speaks the other protocol from here on.
    Tunnel(Tunnel),
    /// The upstream has answered something else.
    Answer(Arriving),
}

/// An open tunnel. Its connection ends when both halves are dropped, its place is given back when this is.
pub struct Tunnel {
    /// The fields of the 101, not yet filtered.
    pub headers: HeaderBlock,
    /// The bytes that have come already.
    pub early: Bytes,
    /// What the upstream sends.
    pub reader: ReadHalf<Transport>,
    /// What it is sent.
    pub writer: WriteHalf<Transport>,
    /// The place that it holds among the exchanges.
    pub place: TunnelPlace,
}

/// A tunnel's place among the exchanges; given back when it is dropped.
pub struct TunnelPlace(#[expect(dead_code, reason = "held until it is dropped")] Place);

impl Client {
    /// Sends a WebSocket's handshake and waits for the head of the answer.
    ///
    /// # Errors
    /// [`UpstreamError`].
    pub async fn switch(&self, request: UpstreamRequest) -> Result<Switched, UpstreamError> {
        let UpstreamRequest { method, target, headers, mut deadline, share, .. } = request;
        // It lasts as long as the browser pleases, like an upload.
        let place = self.places.take(true, share)?;
        let (line, mut place) = self.line_for_tunnel(place, &deadline)?;
        let uri = format!("{}{target}", line.origin);
        let mut head = RequestHead::default();
        (head.method, head.uri) = (method, parse(&uri)?);
        for (name, value) in headers {
            head.headers.append(name, value);
        }
        head.headers.insert(header::HOST, line.host.clone());
        head.headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        head.set_connection_type(ConnectionType::Upgrade);
        let asked = async { ask(line.connector.switching().await.map_err(unreachable)?, head).await };
        let asked = deadline.head(None, asked).await.unwrap_or_else(Err);
        if let Some(turn) = place.turn() {
            match &asked {
                Ok((answer, _)) => turn.answered(answer.status, None),
                Err(err) => turn.failed(err),
            }
        }
        let (answer, framed) = asked?;
        if answer.status == StatusCode::SWITCHING_PROTOCOLS {
            let (io, early) = framed.into_parts().io.into_switched();
            let (reader, writer) = split(io);
            let headers = answer.headers().iter().map(|(name, value)| (name.clone(), value.clone()));
            let place = TunnelPlace(place);
            return Ok(Switched::Tunnel(Tunnel { headers: headers.collect(), early, reader, writer, place }));
        }
        let content = content(framed);
        Ok(Switched::Answer(Arriving::refusal(&answer, content, deadline, place)))
    }
}

fn parse(uri: &str) -> Result<Uri, UpstreamError> {
    uri.parse().map_err(|err: http::uri::InvalidUri| UpstreamError::Failed(err.to_string()))
}

fn unreachable(err: std::io::Error) -> UpstreamError {
    match err.kind() {
        std::io::ErrorKind::TimedOut => UpstreamError::Timeout(Phase::Connect),
        _ => UpstreamError::Unreachable(err.to_string()),
    }
}

/// Sends the head, and reads that of the answer.
async fn ask(
    wire: Wire,
    head: RequestHead,
) -> Result<(ResponseHead, Framed<Wire, ClientCodec>), UpstreamError> {
    type Item = Message<(RequestHeadType, BodySize)>;
    let mut framed = Framed::new(wire, ClientCodec::default());
    let item = Message::Item((RequestHeadType::Owned(head), BodySize::None));
    Pin::new(&mut framed).write(item)?;
    poll_fn(|cx| Pin::new(&mut framed).flush::<Item>(cx)).await?;
    match framed.next().await {
        Some(Ok(answer)) => Ok((answer, framed)),
        Some(Err(err)) => Err(SendRequestError::Response(err).into()),
        None => Err(UpstreamError::Failed("the connection ended before the head of the answer".to_owned())),
    }
}

/// The content of an answer that is no 101. Its connection is not used again.
fn content(framed: Framed<Wire, ClientCodec>) -> Payload {
    if framed.codec_ref().message_type() == MessageType::None {
        return Payload::None;
    }
    let pieces = framed.into_map_codec(ClientCodec::into_payload_codec);
    // The codec may not be asked again after the end.
    let pieces = stream::unfold(Some(pieces), |open| async move {
        let mut pieces = open?;
        match pieces.next().await? {
            Ok(piece) => piece.map(|piece| (Ok(piece), Some(pieces))),
            Err(err) => Some((Err::<Bytes, PayloadError>(err), None)),
        }
    });
    Payload::Stream { payload: Box::pin(pieces) }
}
