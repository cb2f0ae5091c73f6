//! Content codings, and the one that a client gets (RFC 9110 §12.5.3).

use http::{HeaderValue, header};

use http_message::HeaderBlock;

/// A coding that answers are compressed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Zstandard (RFC 8878).
    Zstd,
    /// gzip (RFC 1952).
    Gzip,
    /// Brotli (RFC 7932).
    Brotli,
}

impl Coding {
    /// All codings. Where a client weighs some alike it gets the first of them: it is the fastest for its size.
    pub const ALL: [Self; 3] = [Self::Zstd, Self::Gzip, Self::Brotli];

    /// The name in `Accept-Encoding` and `Content-Encoding`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }

    /// What the entity tag of a compressed answer has at its end.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Zstd => ".zst",
            Self::Gzip => ".gz",
            Self::Brotli => ".br",
        }
    }

    /// The coding of the greatest weight; `None` where the client takes none of them, or would rather have no coding.
    #[must_use]
    pub fn accepted(headers: &HeaderBlock) -> Option<Self> {
        let lines = || headers.get_all(header::ACCEPT_ENCODING).filter_map(|line| line.to_str().ok());
        let offers = || lines().flat_map(|line| line.split(',')).filter_map(offer);
        let named = |name: &str| offers().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let any = offers().find(|(known, _)| *known == "*").map(|(_, weight)| weight);
        let weight = |name: &str| named(name).map(|(_, weight)| weight);
        let plain = weight("identity").unwrap_or_default();
        let best =
            Self::ALL.into_iter().map(|coding| (coding, weight(coding.name()).or(any).unwrap_or_default()));
        // The first of equals is the one that counts.
        let best = best.reduce(|best, other| if other.1 > best.1 { other } else { best });
        best.filter(|(_, weight)| *weight > 0 && *weight >= plain).map(|(coding, _)| coding)
    }

    /// The coding that `Content-Encoding` names alone.
    #[must_use]
    pub fn of_content(value: &HeaderValue) -> Option<Self> {
        let name = value.to_str().ok()?.trim();
        let name = name.strip_prefix("x-").unwrap_or(name);
        Self::ALL.into_iter().find(|coding| coding.name().eq_ignore_ascii_case(name))
    }
}

/// A coding and its weight in thousandths, which is 1000 where none is given. One that does not parse is no offer.
fn offer(member: &str) -> Option<(&str, u16)> {
    let mut parts = member.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    match weight {
        None => Some((name, 1000)),
        Some(weight) => {
            let weight: f32 = weight.trim().parse().ok().filter(|weight| (0.0..=1.0).contains(weight))?;
            // At most 1000, and never negative.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the range is checked"
            )]
            Some((name, (weight * 1000.0) as u16))
        }
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
