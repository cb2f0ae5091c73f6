//! The listener that leads from plain http to https.

use std::{convert::Infallible, net::SocketAddr, rc::Rc};

use actix_http::{
    HttpService, KeepAlive, Protocol, Request, Response, StatusCode, error::DispatchError, header,
};
use actix_service::{Service, ServiceFactory, fn_factory, fn_service};
use telemetry::metrics;
use tokio::{net::TcpStream, time::timeout};
use url::Url;

use crate::connection::{Admitted, Entrance};

/// Answers every request with its address on the server of `to`, and ends the connection. 308: a changed method would lose a form.
///
/// The connections are among those of the worker and of their client's address, as those of the public listener are.
pub(super) fn service(
    entrance: Entrance,
    to: Url,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = DispatchError, InitError = ()> {
    let entrance = Rc::new(entrance);
    let http = HttpService::<TcpStream, _, _>::build()
        .keep_alive(KeepAlive::Disabled)
        .client_request_timeout(entrance.limits.head)
        .finish(move |request: Request| {
            let to = address(&to, request.uri());
            async move {
                let mut response = Response::build(StatusCode::PERMANENT_REDIRECT);
                response.insert_header((header::LOCATION, to)).force_close();
                Ok::<_, Infallible>(response.finish())
            }
        });
    fn_factory(move || {
        let (http, entrance) = (http.new_service(()), Rc::clone(&entrance));
        async move {
            let http = Rc::new(http.await?);
            Ok::<_, ()>(fn_service(move |socket| lead(Rc::clone(&http), socket, Rc::clone(&entrance))))
        }
    })
}

/// One connection. The answer is short: who has neither taken it nor ended its content after as long again is let go.
async fn lead<H>(http: Rc<H>, socket: TcpStream, entrance: Rc<Entrance>) -> Result<(), DispatchError>
where
    H: Service<(TcpStream, Protocol, Option<SocketAddr>), Response = (), Error = DispatchError>,
{
    let Some(Admitted { socket, peer, counted: _counted }) = entrance.admit(socket).await else {
        return Ok(());
    };
    let answered = timeout(entrance.limits.head * 2, http.call((socket, Protocol::Http1, peer)));
    answered.await.unwrap_or_else(|_| {
        metrics::connection_ended("unread");
        Ok(())
    })
}

/// The address that a browser is led to: that at the server's public name, whatever the request says of its host.
fn address(to: &Url, asked: &actix_http::Uri) -> String {
    let rest = asked.path_and_query().map_or("/", |rest| rest.as_str());
    // A target that is no path, such as a star, leads to the start.
    let rest = if rest.starts_with('/') { rest.trim_start_matches('/') } else { "" };
    format!("{}/{rest}", to.origin().ascii_serialization())
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
        let to = Url::parse("https://app.example.com/app").unwrap();
        assert_eq!(address(&to, &"/app/todos".parse().unwrap()), "https://app.example.com/app/todos");
    }
}
