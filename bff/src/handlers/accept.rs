//! The media types that a client accepts (RFC 9110 §12.5.1).

use http_message::{HeaderBlock, weights};

/// Whether a client wants `kind` more than `other`. A type that it names goes before one that only a range admits.
pub(super) fn prefers(headers: &HeaderBlock, kind: &str, other: &str) -> bool {
    let (wanted, named) = weight(headers, kind);
    wanted > 0 && named && {
        let (weight, is_named) = weight(headers, other);
        wanted > weight || (!is_named && wanted >= weight)
    }
}

/// The weight of a type, and whether it is named. Of several ranges the most specific counts.
fn weight(headers: &HeaderBlock, kind: &str) -> (u16, bool) {
    let mut best = (0, 0);
    for (range, weight) in weights::of_field(headers, http::header::ACCEPT) {
        let specific = match range.split_once('/') {
            _ if range.eq_ignore_ascii_case(kind) => 3,
            Some((group, "*"))
                if kind.split('/').next().is_some_and(|own| own.eq_ignore_ascii_case(group)) =>
            {
                2
            }
            Some(("*", "*")) => 1,
            _ => continue,
        };
        if specific > best.1 {
            best = (weight, specific);
        }
    }
    (best.0, best.1 == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_preferred_where_they_are_named_and_weigh_more() {
        for (accept, expected) in [
            (&["application/x-ndjson"][..], true),
            (&["Application/X-NDJSON; charset=utf-8"], true),
            (&["application/x-ndjson, */*"], true),
            (&["application/x-ndjson, application/json;q=0.9"], true),
            (&["application/json;Q=0.5", "application/x-ndjson"], true),
            (&["application/x-ndjson;q=0.5, */*"], false),
            (&["application/x-ndjson;q=0.5, application/json"], false),
            (&["application/json, application/x-ndjson"], false),
            (&["application/x-ndjson;q=0"], false),
            (&["application/*"], false),
            (&["*/*"], false),
            (&["text/x-ndjson"], false),
            (&[""], false),
            (&[], false),
        ] {
            let mut headers = HeaderBlock::new();
            for line in accept {
                headers.append(http::header::ACCEPT, line.parse().unwrap());
            }
            assert_eq!(prefers(&headers, "application/x-ndjson", "application/json"), expected, "{accept:?}");
        }
    }
}
