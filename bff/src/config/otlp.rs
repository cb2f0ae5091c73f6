//! Settings of the export of spans.

use super::{reader::Reader, setting};
use crate::otlp::OtlpOptions;
use upstream::BaseUrl;

/// Reads the options of the export; `None`: spans are not exported.
pub(super) fn otlp(reader: &mut Reader<'_>) -> Option<OtlpOptions> {
    let endpoint = reader.optional(&setting::OTLP_ENDPOINT, BaseUrl::parse);
    let service = reader.required(&setting::OTLP_SERVICE, String::new(), |given| Ok(given.to_owned()));
    endpoint.map(|endpoint| OtlpOptions { endpoint, service })
}
