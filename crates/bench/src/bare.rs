//! A bare proxy: actix-web in front of awc, and nothing else. The difference to it is what the server adds.
//!
//! Usage: `bench-bare UPSTREAM_ADDRESS`. It listens on a free port, with one worker.

use std::{env, io, time::Duration};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpResponseBuilder, HttpServer,
    error::{ErrorBadGateway, ErrorPayloadTooLarge},
    http::{
        StatusCode,
        header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING},
    },
    web::{self, Bytes, Payload},
};

/// Largest request body, in bytes.
const BODY_MAX: usize = 1 << 20;

/// Largest answer body that is collected, in bytes; all others are streamed.
const COLLECT_MAX: u64 = 64 * 1024;

async fn proxy(
    request: HttpRequest,
    payload: Payload,
    client: web::Data<awc::Client>,
    upstream: web::Data<String>,
) -> actix_web::Result<HttpResponse> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let target = target.strip_prefix("/api/server").unwrap_or(target);
    let mut forwarded =
        client.request(request.method().clone(), format!("{}{target}", **upstream)).no_decompress();
    for (name, value) in request.headers() {
        if name != HOST && name != CONNECTION && name != CONTENT_LENGTH {
            forwarded.headers_mut().append(name.clone(), value.clone());
        }
    }
    let answer = if request.headers().contains_key(CONTENT_LENGTH) {
        let content = payload.to_bytes_limited(BODY_MAX).await.map_err(ErrorPayloadTooLarge)??;
        forwarded.send_body(content).await
    } else {
        forwarded.send().await
    };
    let mut answer = answer.map_err(|err| ErrorBadGateway(err.to_string()))?;
    let mut response: HttpResponseBuilder = HttpResponse::build(answer.status());
    for (name, value) in answer.headers() {
        if name != CONNECTION && name != CONTENT_LENGTH && name != TRANSFER_ENCODING {
            response.append_header((name.clone(), value.clone()));
        }
    }
    if answer.status() == StatusCode::NOT_MODIFIED {
        answer.body().await.map_err(ErrorBadGateway)?;
        return Ok(response.finish());
    }
    let length = answer.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    match length {
        Some(length) if length <= COLLECT_MAX => {
            let content: Bytes = answer.body().await.map_err(ErrorBadGateway)?;
            Ok(response.body(content))
        }
        Some(length) => Ok(response.no_chunking(length).streaming(answer)),
        None => Ok(response.streaming(answer)),
    }
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let upstream = env::args().nth(1).ok_or_else(|| io::Error::other("which upstream?"))?;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(awc::Client::builder().disable_redirects().disable_timeout().finish()))
            .app_data(web::Data::new(format!("http://{upstream}")))
            .default_service(web::to(proxy))
    })
    .workers(1)
    .keep_alive(Duration::from_secs(300))
    .max_connections(20_000)
    .bind(("127.0.0.1", 0))?;
    announce(server.addrs().first())?;
    server.run().await
}

fn announce(address: Option<&std::net::SocketAddr>) -> io::Result<()> {
    use std::io::Write as _;
    let address = address.ok_or_else(|| io::Error::other("no address"))?;
    writeln!(io::stdout(), "listening on http://{address}")
}
