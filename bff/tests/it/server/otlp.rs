//! Spans reach a collector, over OTLP as its own definition has it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    sync::mpsc::{self, Receiver},
    thread,
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value,
    trace::v1::{Span, span::SpanKind, status::StatusCode},
};
use prost::Message as _;

use crate::harness::{
    browser::{PATIENCE, Request},
    program::Program,
    upstream::Upstream,
};

/// A collector that hands on what it is sent.
struct Collector {
    port: u16,
    received: Receiver<ExportTraceServiceRequest>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, received) = mpsc::channel();
        thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = BufReader::new(connection.unwrap());
                let sender = sender.clone();
                thread::spawn(move || {
                    while let Some(message) = receive(&mut connection) {
                        if sender.send(message).is_err() {
                            break;
                        }
                    }
                });
            }
        });
        Self { port, received }
    }

    /// All spans up to the last one of the trace, which is the one that has no other above it here.
    fn spans(&self, count: usize) -> (String, Vec<Span>) {
        let (mut service, mut spans) = (String::new(), Vec::new());
        while spans.len() < count {
            let message = self.received.recv_timeout(PATIENCE).unwrap();
            for resource in message.resource_spans {
                let attributes = resource.resource.unwrap().attributes;
                let name = attributes.into_iter().find(|attribute| attribute.key == "service.name").unwrap();
                service = text(name.value.unwrap().value.unwrap());
                spans.extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
            }
        }
        (service, spans)
    }
}

fn receive(connection: &mut BufReader<std::net::TcpStream>) -> Option<ExportTraceServiceRequest> {
    let mut line = String::new();
    connection.read_line(&mut line).ok().filter(|read| *read > 0)?;
    assert!(line.starts_with("POST /otel/v1/traces HTTP/1.1"), "{line}");
    let mut length = 0;
    loop {
        line.clear();
        connection.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "content-type" => assert_eq!(value, "application/x-protobuf"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).unwrap();
    connection.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
    Some(ExportTraceServiceRequest::decode(&*body).unwrap())
}

fn text(value: Value) -> String {
    match value {
        Value::StringValue(text) => text,
        Value::IntValue(number) => number.to_string(),
        other => panic!("{other:?}"),
    }
}

fn attribute(span: &Span, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key == key)?;
    Some(text(found.value.clone().unwrap().value.unwrap()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_request_and_its_upstream_request_are_spans_of_its_trace() {
    let collector = Collector::start();
    let upstream = Upstream::answering("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    let program = Program::before(
        &upstream.url(),
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://127.0.0.1:{}/otel", collector.port)),
            ("OTEL_SERVICE_NAME", "shop"),
            ("BFF_TRUSTED_PROXIES", "127.0.0.1"),
        ],
    );
    let port = program.port;
    let answer = Request::get("/api/server/todos")
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .send(port);
    assert_eq!(answer.status, 503);
    // The server sends its remaining spans when it ends, so that no interval has to pass.
    program.stop();

    let (service, spans) = collector.spans(2);
    assert_eq!(service, "shop");
    let of_kind = |kind: SpanKind| spans.iter().find(|span| span.kind == kind as i32).unwrap();
    let (served, asked) = (of_kind(SpanKind::Server), of_kind(SpanKind::Client));
    for span in [served, asked] {
        assert_eq!(hex(&span.trace_id), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(attribute(span, "http.request.method").unwrap(), "GET");
        assert_eq!(attribute(span, "http.response.status_code").unwrap(), "503");
        assert_eq!(span.status.as_ref().unwrap().code, StatusCode::Error as i32);
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano);
    }
    assert_eq!(served.name, "GET /{*rest}");
    assert_eq!(attribute(served, "http.route").unwrap(), "/{*rest}");
    assert_eq!(hex(&served.parent_span_id), "b7ad6b7169203331");
    assert_eq!(asked.parent_span_id, served.span_id);
    // Browser and upstream got the ids of these spans.
    assert!(answer.header("traceresponse").unwrap().contains(&hex(&served.span_id)));
    assert!(upstream.last().contains(&hex(&asked.span_id)));
    // Nothing says where the upstream is.
    assert!(!format!("{spans:?}").contains(&upstream.port.to_string()));
}

#[test]
fn a_trace_that_its_caller_does_not_record_is_not_recorded_here() {
    let collector = Collector::start();
    let upstream = Upstream::ok("{}");
    let program = Program::before(
        &upstream.url(),
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://127.0.0.1:{}/otel", collector.port)),
            ("BFF_TRUSTED_PROXIES", "127.0.0.1"),
        ],
    );
    let port = program.port;
    Request::get("/api/server/a")
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
        .send(port);
    Request::get("/api/server/b").send(port);
    program.stop();
    let (_, spans) = collector.spans(2);
    assert!(spans.iter().all(|span| hex(&span.trace_id) != "0af7651916cd43dd8448eb211c80319c"), "{spans:?}");
}

#[test]
fn a_collector_that_is_away_costs_spans_and_nothing_else() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let upstream = Upstream::ok("{}");
    let program =
        Program::before(&upstream.url(), &[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{gone}"))]);
    let port = program.port;
    for _ in 0..5 {
        assert_eq!(Request::get("/api/server/todos").send(port).status, 200);
    }
    let log = program.stop();
    assert_eq!(log.matches("the collector of spans cannot be reached").count(), 1, "{log}");
}

#[test]
fn security_59_a_strangers_trace_is_a_link_of_a_new_one() {
    let collector = Collector::start();
    let upstream = Upstream::ok("{}");
    let endpoint = format!("http://127.0.0.1:{}/otel", collector.port);
    let program = Program::before(&upstream.url(), &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    Request::get("/api/server/todos")
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
        .send(program.port);
    program.stop();
    let (_, spans) = collector.spans(2);
    let of_kind = |kind: SpanKind| spans.iter().find(|span| span.kind == kind as i32).unwrap();
    let (served, asked) = (of_kind(SpanKind::Server), of_kind(SpanKind::Client));
    assert_ne!(hex(&served.trace_id), "0af7651916cd43dd8448eb211c80319c");
    assert!(served.parent_span_id.is_empty(), "{served:?}");
    let links: Vec<_> = served.links.iter().map(|link| (hex(&link.trace_id), hex(&link.span_id))).collect();
    let stranger = ("0af7651916cd43dd8448eb211c80319c".to_owned(), "b7ad6b7169203331".to_owned());
    assert_eq!(links, [stranger]);
    assert!(asked.links.is_empty(), "{asked:?}");
}
