//! The base path is taken off a request's address before anything looks at it: inside, no part knows of it.

use actix_web::{
    HttpResponse,
    dev::ServiceRequest,
    http::{Uri, header, uri::PathAndQuery},
};

use http_message::BasePath;

/// Where a request's address lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Below the base path.
    Inside,
    /// The base path itself, without a slash: relative addresses in the start page would lead elsewhere.
    Bare,
    /// Elsewhere on the host: another server's, or the health of this one.
    Outside,
}

/// Takes the base path off the address of `request`.
pub(super) fn enter(request: &mut ServiceRequest, base_path: &BasePath) -> Place {
    if base_path.is_root() {
        return Place::Inside;
    }
    let Some(uri) = inside(request.uri(), base_path) else { return Place::Outside };
    let place = if request.uri().path() == base_path.as_str() { Place::Bare } else { Place::Inside };
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
    place
}

/// Leads from the base path to the start page.
pub(super) fn to_start(uri: &Uri, base_path: &BasePath) -> HttpResponse {
    let start = base_path.at(uri.path_and_query().map_or("/", PathAndQuery::as_str));
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, start)).finish()
}

fn inside(uri: &Uri, base_path: &BasePath) -> Option<Uri> {
    let rest = base_path.inside(uri.path_and_query()?.as_str())?;
    let path_and_query = match rest.starts_with('/') {
        true => PathAndQuery::try_from(rest),
        false => PathAndQuery::try_from(format!("/{rest}")),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_an_address_is_what_came_byte_for_byte() {
        let base_path = BasePath::new("/app");
        let inside = |uri: &str| inside(&uri.parse().unwrap(), &base_path).map(|uri| uri.to_string());
        for (given, expected) in [
            ("/app", "/"),
            ("/app?x=1", "/?x=1"),
            ("/app/", "/"),
            ("/app/api/server/a%2Fb?x=%20", "/api/server/a%2Fb?x=%20"),
            ("/app//x", "//x"),
            ("https://app.example/app/todos", "https://app.example/todos"),
        ] {
            assert_eq!(inside(given).as_deref(), Some(expected), "{given}");
        }
        for outside in ["/", "/apple", "/%61pp/x", "/App", "/x/app", "*"] {
            assert_eq!(inside(outside), None, "{outside}");
        }
    }
}
