//! The part of a file that a browser asks for (RFC 9110 §14): players of media seek, downloads go on.

use actix_web::{
    HttpRequest,
    http::{
        Method,
        header::{Header as _, IF_RANGE, RANGE, Range},
    },
};

/// The part of a file that is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The whole file.
    Whole,
    /// The bytes from the first to the last of these, both included.
    Part(usize, usize),
    /// A part that the file does not have.
    Beyond,
}

/// The part of a file of `length` bytes that `request` wants, if the file still has the entity tag that it knows.
///
/// GET alone knows parts (§14.2). Of several parts the whole is sent, which is allowed, and which no browser asks for.
pub(super) fn wanted(request: &HttpRequest, length: usize, etag: &str) -> Wanted {
    let mut fields = request.headers().get_all(RANGE);
    let (Some(field), None) = (fields.next(), fields.next()) else { return Wanted::Whole };
    // A date is no tag: two builds of the same second have the same one.
    let is_current = request.headers().get(IF_RANGE).is_none_or(|tag| tag.as_bytes() == etag.as_bytes());
    if request.method() != Method::GET || field.as_bytes().contains(&b',') || !is_current {
        return Wanted::Whole;
    }
    // What does not parse is ignored (§14.2).
    let Ok(Range::Bytes(ranges)) = Range::parse(request) else { return Wanted::Whole };
    let Some(range) = ranges.first() else { return Wanted::Whole };
    match range.to_satisfiable_range(length as u64) {
        Some((first, last)) => match (usize::try_from(first), usize::try_from(last)) {
            (Ok(first), Ok(last)) => Wanted::Part(first, last),
            _ => Wanted::Beyond,
        },
        None => Wanted::Beyond,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn one_part_is_found_and_all_else_is_the_whole() {
        use Wanted::{Beyond, Part, Whole};
        for (range, expected) in [
            ("bytes=0-3", Part(0, 3)),
            ("bytes=2-", Part(2, 9)),
            ("bytes=2-99", Part(2, 9)),
            ("bytes=9-9", Part(9, 9)),
            ("bytes=-3", Part(7, 9)),
            ("bytes=-99", Part(0, 9)),
            ("bytes=10-", Beyond),
            ("bytes=10-20", Beyond),
            ("bytes=-0", Beyond),
            ("bytes=0-1,3-4", Whole),
            ("bytes=5-2", Whole),
            ("bytes=a-b", Whole),
            ("bytes=", Whole),
            ("bytes", Whole),
            ("lines=0-1", Whole),
            ("", Whole),
        ] {
            let request = TestRequest::get().insert_header((RANGE, range)).to_http_request();
            assert_eq!(wanted(&request, 10, "\"t\""), expected, "{range}");
        }
        let empty = TestRequest::get().insert_header((RANGE, "bytes=0-")).to_http_request();
        assert_eq!(wanted(&empty, 0, "\"t\""), Beyond);
        assert_eq!(wanted(&TestRequest::get().to_http_request(), 10, "\"t\""), Whole);
    }

    #[test]
    fn a_part_is_sent_to_get_and_of_the_file_that_is_known_alone() {
        let request = |method, condition: Option<&str>| {
            let mut request = TestRequest::with_uri("/").method(method).insert_header((RANGE, "bytes=0-3"));
            if let Some(condition) = condition {
                request = request.insert_header((IF_RANGE, condition));
            }
            wanted(&request.to_http_request(), 10, "\"t\"")
        };
        assert_eq!(request(Method::GET, None), Wanted::Part(0, 3));
        assert_eq!(request(Method::GET, Some("\"t\"")), Wanted::Part(0, 3));
        assert_eq!(request(Method::GET, Some("\"t-br\"")), Wanted::Whole);
        assert_eq!(request(Method::GET, Some("W/\"t\"")), Wanted::Whole);
        assert_eq!(request(Method::GET, Some("Wed, 21 Oct 2015 07:28:00 GMT")), Wanted::Whole);
        assert_eq!(request(Method::HEAD, None), Wanted::Whole);
    }
}
