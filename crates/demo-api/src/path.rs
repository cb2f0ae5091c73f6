//! A request path as the service's router sees it: literal segments match in any case and undecoded,
//! parameters keep their case and are percent-decoded.

use crate::error::ApiError;

/// A path, split at its slashes.
pub(crate) struct Path<'a> {
    raw: Vec<&'a str>,
    lower: Vec<String>,
}

impl<'a> Path<'a> {
    /// Splits `path`, which starts with a slash; anything else has one segment that no route has.
    pub(crate) fn new(path: &'a str) -> Self {
        let raw: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        let lower = raw.iter().map(|segment| segment.to_ascii_lowercase()).collect();
        Self { raw, lower }
    }

    /// The segments in lower case, to be matched against literals.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.lower.iter().map(String::as_str).collect()
    }

    /// The path below its first segment.
    pub(crate) fn rest(&self) -> Self {
        Self {
            raw: self.raw.get(1..).unwrap_or_default().to_vec(),
            lower: self.lower.get(1..).unwrap_or_default().to_vec(),
        }
    }

    /// Segment `index` as a parameter.
    ///
    /// # Errors
    /// [`ApiError::UndecodablePath`] when it does not decode to UTF-8.
    pub(crate) fn param(&self, index: usize) -> Result<String, ApiError> {
        let raw = self.raw.get(index).copied().unwrap_or_default();
        decode(raw).ok_or_else(|| ApiError::UndecodablePath(raw.to_owned()))
    }
}

fn decode(raw: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = char::from(bytes.next()?).to_digit(16)?;
            let low = char::from(bytes.next()?).to_digit(16)?;
            decoded.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}
