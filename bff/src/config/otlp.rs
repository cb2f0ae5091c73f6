//! Where spans go.

use super::{BaseUrl, reader::Reader, setting};

/// A collector of spans.
#[derive(Debug, Clone)]
pub struct Otlp {
    /// Its address, to which `/v1/traces` is added.
    pub endpoint: BaseUrl,
    /// What this server is called there.
    pub service: String,
}

impl Otlp {
    /// `None`: spans go nowhere.
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let endpoint = reader.optional(&setting::OTLP_ENDPOINT, BaseUrl::parse);
        let service = reader.required(&setting::OTLP_SERVICE, String::new(), |given| Ok(given.to_owned()));
        endpoint.map(|endpoint| Self { endpoint, service })
    }
}
