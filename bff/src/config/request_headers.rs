//! Settings of the request fields that go upstream besides the listed ones.

use super::{reader::Reader, setting};
use http_message::request_fields::FieldNames;

/// A beginning that lets through what many servers take for a person or a client's address.
const TOO_SHORT: &str = "x-";

/// Reads the fields for all routes.
pub(super) fn request_headers(reader: &mut Reader<'_>) -> FieldNames {
    let names = reader.optional(&setting::REQUEST_HEADERS, parse).unwrap_or_default();
    if names.prefixes().iter().any(|prefix| prefix == TOO_SHORT) {
        let problem = "lets every field through by which some server knows people or addresses, such as \
             X-Webauth-User; name the fields, or a longer beginning such as x-my-app-*";
        let given = reader.text(&setting::REQUEST_HEADERS).unwrap_or_default();
        reader.warn(&setting::REQUEST_HEADERS, &given, problem);
    }
    names
}

fn parse(given: &str) -> Result<FieldNames, String> {
    let names: Vec<&str> = given.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Err("names no header; expected names by comma, such as x-tenant or my-app-*".into());
    }
    FieldNames::parse(names)
}
