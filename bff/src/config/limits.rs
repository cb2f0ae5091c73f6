//! Caps on what is read: every one of them has a name, and a status past it.

use super::{reader::Reader, setting};

/// Sizes in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Request body; past it 413.
    pub body: u64,
    /// Path and query; past it 414.
    pub uri: u64,
    /// Request header block; past it 431.
    pub headers: u64,
    /// Header block of an upstream's answer; past it 502.
    pub response_headers: u64,
    /// Upstream answer whose fields are selected; past it 502.
    pub select: u64,
}

impl Limits {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            body: reader.size(&setting::MAX_BODY),
            uri: reader.size(&setting::MAX_URI),
            headers: reader.size(&setting::MAX_HEADERS),
            response_headers: reader.size(&setting::MAX_RESPONSE_HEADERS),
            select: reader.size(&setting::MAX_SELECT),
        }
    }
}
