//! Content codings, and the one that a client gets (RFC 9110 §12.5.3).

use http::{HeaderValue, header};

use http_message::{HeaderBlock, weights};

use crate::response::entity_tag::Suffix;

/// A coding that answers are compressed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Zstandard (RFC 8878).
    Zstd,
    /// gzip (RFC 1952).
    Gzip,
    /// Brotli (RFC 7932).
    Brotli,
}

impl Coding {
    /// All codings. Where a client weighs some alike it gets the first of them: it is the fastest for its size.
    pub(super) const ALL: [Self; 3] = [Self::Zstd, Self::Gzip, Self::Brotli];

    /// The name in `Accept-Encoding` and `Content-Encoding`.
    #[must_use]
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }

    /// What the entity tag of a compressed answer has at its end.
    #[must_use]
    pub(super) const fn suffix(self) -> Suffix {
        Suffix::of_coding(match self {
            Self::Zstd => ".zst",
            Self::Gzip => ".gz",
            Self::Brotli => ".br",
        })
    }

    /// The coding of the greatest weight; `None` where the client takes none of them, or would rather have no coding.
    #[must_use]
    pub(super) fn accepted(headers: &HeaderBlock) -> Option<Self> {
        let (mut named, mut plain, mut any) = ([None; Self::ALL.len()], 0, 0);
        for (name, weight) in weights::of_field(headers, header::ACCEPT_ENCODING) {
            match Self::ALL
                .iter()
                .zip(&mut named)
                .find(|(coding, _)| name.eq_ignore_ascii_case(coding.name()))
            {
                Some((_, known)) => *known = Some(weight),
                None if name == "*" => any = weight,
                None if name.eq_ignore_ascii_case("identity") => plain = weight,
                None => {}
            }
        }
        let weighed = Self::ALL.into_iter().zip(named.map(|weight| weight.unwrap_or(any)));
        // The first of equals is the one that counts.
        let (best, weight) = weighed.reduce(|best, other| if other.1 > best.1 { other } else { best })?;
        (weight > 0 && weight >= plain).then_some(best)
    }

    /// The coding that `Content-Encoding` names alone.
    #[must_use]
    pub(super) fn of_content(value: &HeaderValue) -> Option<Self> {
        let name = value.to_str().ok()?.trim();
        let name = name.strip_prefix("x-").unwrap_or(name);
        Self::ALL.into_iter().find(|coding| coding.name().eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_the_coding_that_it_weighs_most() {
        for (given, expected) in [
            ("gzip, deflate, br, zstd", Some(Coding::Zstd)),
            ("gzip, deflate, br", Some(Coding::Gzip)),
            ("br", Some(Coding::Brotli)),
            ("BR;q=1, gzip;q=0.9", Some(Coding::Brotli)),
            ("br;q=0.5, gzip ; q=0.501", Some(Coding::Gzip)),
            ("*", Some(Coding::Zstd)),
            ("*;q=0.1, zstd;q=0", Some(Coding::Gzip)),
            ("gzip;q=0", None),
            ("identity, gzip;q=0.5", None),
            ("gzip;q=0.5, identity;q=0.5", Some(Coding::Gzip)),
            ("identity", None),
            ("gzip;q=x", None),
            ("gzip;q=2", None),
            ("deflate", None),
            ("", None),
        ] {
            let mut headers = HeaderBlock::new();
            headers.insert(header::ACCEPT_ENCODING, given.parse().unwrap());
            assert_eq!(Coding::accepted(&headers), expected, "{given}");
        }
        assert_eq!(Coding::accepted(&HeaderBlock::new()), None);
    }
}
