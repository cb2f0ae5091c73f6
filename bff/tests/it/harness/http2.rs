//! A client of HTTP/2. It does nothing but what a test waits for.

use std::future::Future;

use bytes::Bytes;
use h2::{
    SendStream,
    client::{Builder, ResponseFuture, SendRequest},
};
use http::{Request, Version};
use rustls::pki_types::ServerName;
use tokio::{
    net::TcpStream,
    runtime::{self, Runtime},
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{
    browser::{HOST, PATIENCE, Response},
    own_tls,
};

/// A connection with all its streams.
pub struct Http2 {
    runtime: Runtime,
    requests: SendRequest<Bytes>,
    connection: JoinHandle<Result<(), h2::Error>>,
}

/// A request whose answer is to come.
pub struct Begun {
    answer: ResponseFuture,
    pub content: SendStream<Bytes>,
}

/// The terms of a client that shows others how many bytes of an answer it takes at first.
pub fn taking(bytes: u32) -> Builder {
    let mut builder = Builder::new();
    builder.initial_window_size(bytes);
    builder
}

/// A request to the server's name.
pub fn request(method: &str, path: &str) -> Request<()> {
    let address = format!("https://{HOST}{path}");
    Request::builder().method(method).uri(address).version(Version::HTTP_2).body(()).unwrap()
}

impl Http2 {
    pub fn connect(port: u16, certificate: &str, terms: &Builder) -> Self {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (requests, connection) = runtime.block_on(async {
            let socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let tls = TlsConnector::from(own_tls::client(certificate, &["h2", "http/1.1"]));
            let tls = tls.connect(ServerName::try_from("localhost").unwrap(), socket).await.unwrap();
            assert_eq!(tls.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
            let (requests, connection) = terms.handshake(tls).await.unwrap();
            (requests, tokio::spawn(connection))
        });
        Self { runtime, requests, connection }
    }

    /// Sends a head, and content that may go on.
    pub fn begin(&mut self, request: Request<()>, content: Option<&'static [u8]>) -> Begun {
        let (answer, mut sending) = self.requests.send_request(request, content.is_none()).unwrap();
        if let Some(content) = content {
            sending.send_data(Bytes::from_static(content), false).unwrap();
        }
        Begun { answer, content: sending }
    }

    /// Waits for a whole answer.
    pub fn answer(&self, begun: Begun) -> Response {
        self.within(async {
            let (head, mut content) = begun.answer.await.unwrap().into_parts();
            let mut body = Vec::new();
            while let Some(piece) = content.data().await {
                let piece = piece.unwrap();
                content.flow_control().release_capacity(piece.len()).unwrap();
                body.extend_from_slice(&piece);
            }
            let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
            let headers =
                head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
            Response { status: head.status.as_u16(), headers, body, complete: true }
        })
    }

    /// Sends a request without content, and waits for its answer.
    pub fn send(&mut self, request: Request<()>) -> Response {
        let begun = self.begin(request, None);
        self.answer(begun)
    }

    /// Goes on for as long as `condition` holds.
    pub fn run_while(&self, condition: impl Fn() -> bool) {
        self.within(async {
            while condition() {
                tokio::task::yield_now().await;
            }
        });
    }

    /// Waits until the server ends the connection.
    pub fn ended(mut self) {
        let connection = &mut self.connection;
        let ended = self.runtime.block_on(async { timeout(PATIENCE, connection).await });
        assert!(ended.is_ok(), "the connection goes on");
    }

    fn within<T>(&self, step: impl Future<Output = T>) -> T {
        self.runtime.block_on(async { timeout(PATIENCE, step).await }).expect("it takes too long")
    }
}
