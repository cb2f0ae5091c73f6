//! Settings of the export of spans.

use super::{reader::Reader, setting, upstream::base_url};
use crate::otlp::OtlpOptions;

/// Reads the options of the export; `None`: spans are not exported.
pub(super) fn otlp(reader: &mut Reader<'_>) -> Option<OtlpOptions> {
    let endpoint = reader.optional(&setting::OTLP_ENDPOINT, base_url);
    let service = reader.required(&setting::OTLP_SERVICE, String::new(), |given| Ok(given.to_owned()));
    endpoint.map(|endpoint| OtlpOptions { endpoint, service })
}
