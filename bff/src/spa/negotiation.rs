//! Selects the form of a file for a browser (RFC 9110 §12.5.3), and tells whether the browser has it already
//! (§13.1.2).

use bytes::Bytes;

use http_message::weights;

use super::Asset;

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// The content as it is.
    Identity,
    /// `br`
    Brotli,
    /// `gzip`
    Gzip,
}

impl Encoding {
    /// Value of `Content-Encoding`; `None` for identity.
    #[must_use]
    pub const fn token(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
        }
    }
}

/// One form of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// The content coding.
    pub encoding: Encoding,
    /// The encoded content.
    pub content: Bytes,
    /// Strong entity tag, quotes included.
    pub etag: String,
}

impl Asset {
    /// The best form for a browser with this `Accept-Encoding`: brotli, then gzip, then as it is.
    #[must_use]
    pub fn variant(&self, accept_encoding: &str) -> Variant {
        let candidates = [(Encoding::Brotli, &self.br), (Encoding::Gzip, &self.gzip)];
        let best = candidates.into_iter().find_map(|(encoding, content)| {
            let content =
                content.as_ref().filter(|_| encoding.token().is_some_and(|t| accepts(accept_encoding, t)))?;
            Some((encoding, content.clone()))
        });
        let Some((encoding, content)) = best else { return self.identity_form() };
        let suffix = encoding.token().map_or_else(String::new, |token| format!("-{token}"));
        Variant { encoding, content, etag: format!("\"{}{suffix}\"", self.hash) }
    }

    /// The file as it is.
    #[must_use]
    pub fn identity_form(&self) -> Variant {
        let (encoding, content) = (Encoding::Identity, self.identity.clone());
        Variant { encoding, content, etag: format!("\"{}\"", self.hash) }
    }
}

impl Variant {
    /// Whether `If-None-Match` names this form.
    #[must_use]
    pub fn matches(&self, if_none_match: &str) -> bool {
        if_none_match
            .split(',')
            .map(str::trim)
            .any(|tag| tag == "*" || tag.trim_start_matches("W/") == self.etag)
    }
}

/// Whether `Accept-Encoding` admits `coding` with a weight above zero. `*` does not admit brotli: a browser that
/// wants it names it.
fn accepts(accept_encoding: &str, coding: &str) -> bool {
    weights::of_line(accept_encoding).any(|(name, weight)| weight > 0 && name.eq_ignore_ascii_case(coding))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset() -> Asset {
        Asset {
            content_type: "text/css".into(),
            immutable: false,
            hash: "h".into(),
            identity: "plain".into(),
            br: Some("br".into()),
            gzip: Some("gz".into()),
            nonce_page: None,
        }
    }

    #[test]
    fn the_best_accepted_form_is_chosen() {
        for (accept, encoding) in [
            ("gzip, deflate, br, zstd", Encoding::Brotli),
            ("gzip", Encoding::Gzip),
            ("br;q=0, gzip;q=0.5", Encoding::Gzip),
            ("BR", Encoding::Brotli),
            ("", Encoding::Identity),
            ("*", Encoding::Identity),
            ("brotli", Encoding::Identity),
        ] {
            assert_eq!(asset().variant(accept).encoding, encoding, "{accept}");
        }
    }

    #[test]
    fn each_form_has_a_tag_of_its_own_and_a_weak_comparison() {
        let br = asset().variant("br");
        assert_eq!(br.etag, "\"h-br\"");
        assert!(br.matches("\"x\", W/\"h-br\"") && br.matches("*"));
        assert!(!br.matches("\"h\""));
    }
}
