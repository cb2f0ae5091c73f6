//! Bytes as header fields, a line each.

use http::{HeaderName, HeaderValue};

use http_message::HeaderBlock;

/// The fields of lines such as `name: value`. A line that is no field is left out, as no parser of a head would pass it on.
pub(super) fn header_block(lines: &[u8]) -> HeaderBlock {
    let mut headers = HeaderBlock::new();
    for line in lines.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = line.split_at(colon);
        let name = HeaderName::from_bytes(name.trim_ascii());
        let value = HeaderValue::from_bytes(value[1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}
