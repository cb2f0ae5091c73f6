//! The listener that leads from plain http to https.

use std::{convert::Infallible, time::Duration};

use actix_http::{HttpService, KeepAlive, Request, Response, StatusCode, header};
use actix_service::{ServiceFactory, ServiceFactoryExt as _};
use tokio::net::TcpStream;
use url::Url;

/// Answers every request with its address below `to`, and ends the connection. 308: a changed method would lose a form.
pub(super) fn service(
    head_time: Duration,
    to: Url,
) -> impl ServiceFactory<
    TcpStream,
    Config = (),
    Response = (),
    Error = actix_http::error::DispatchError,
    InitError = (),
> {
    HttpService::<TcpStream, _, _>::build()
        .keep_alive(KeepAlive::Disabled)
        .client_request_timeout(head_time)
        .finish(move |request: Request| {
            let to = address(&to, request.uri());
            async move {
                let mut response = Response::build(StatusCode::PERMANENT_REDIRECT);
                response.insert_header((header::LOCATION, to)).force_close();
                Ok::<_, Infallible>(response.finish())
            }
        })
        .tcp()
        .map_init_err(|_| ())
}

/// The address that a browser is led to: that of the server's public name, whatever the request says of its host.
fn address(to: &Url, asked: &actix_http::Uri) -> String {
    let rest = asked.path_and_query().map_or("/", |rest| rest.as_str());
    // A target that is no path, such as a star, leads to the start.
    let rest = if rest.starts_with('/') { rest.trim_start_matches('/') } else { "" };
    format!("{to}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_leads_to_the_same_path_of_the_public_name() {
        let to = Url::parse("https://app.example.com").unwrap();
        for (asked, expected) in [
            ("/todos?x=1", "https://app.example.com/todos?x=1"),
            ("/", "https://app.example.com/"),
            ("*", "https://app.example.com/"),
            ("//evil.example/x", "https://app.example.com/evil.example/x"),
            ("http://evil.example/a", "https://app.example.com/a"),
        ] {
            assert_eq!(address(&to, &asked.parse().unwrap()), expected, "{asked}");
        }
    }
}
