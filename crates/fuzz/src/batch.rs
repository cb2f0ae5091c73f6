//! Batches of requests.

use std::{sync::LazyLock, time::Instant};

use bytes::Bytes;
use http::{HeaderName, Method, header};

use bff::batch::{BatchLimits, items};
use http_message::{
    Caller, HeaderBlock, RequestBody, RequestContext, TraceContext, fields::is_withheld, methods::METHODS,
};

use crate::header_lines::header_block;

const LIMITS: BatchLimits = BatchLimits { items: 8, answer: 1000, answers: 3000 };

/// Fields that are withheld from upstreams, and that an item has of its batch.
const SHARED: [&str; 3] = ["cookie", "sec-fetch-site", "x-csrf"];

static BROWSER: LazyLock<HeaderBlock> = LazyLock::new(|| {
    header_block(b"cookie: bff=x\nsec-fetch-site: same-origin\nx-csrf: 1\ncontent-length: 9\nreferer: /a")
});

/// A batch has as many items as are allowed at most. None is more than the same request alone could be, and its cookie, its
/// site and its proof are those of the batch.
pub fn run(data: &[u8]) {
    let context = RequestContext {
        id: "id".into(),
        trace: TraceContext::begin(),
        caller: Caller { address: None },
        started: Instant::now(),
        due: None,
    };
    let Ok(items) = items(&Bytes::copy_from_slice(data), &BROWSER, &context, LIMITS) else { return };
    assert!(items.len() <= LIMITS.items, "{} items", items.len());
    for (index, item) in items.into_iter().enumerate() {
        assert_eq!(*item.context.id, format!("id.{index}"));
        let Ok(exchange) = item.exchange else { continue };
        let target = exchange.target.as_str();
        assert!(
            target.starts_with('/') && !target.starts_with("//"),
            "{target:?} is no path below the API's"
        );
        let path = target.split('?').next().unwrap_or_default().trim_end_matches('/');
        assert!(!path.eq_ignore_ascii_case("/batch"), "{target:?} is a batch within a batch");
        assert!(METHODS.contains(&exchange.method), "{} is no method of a batch", exchange.method);
        for name in exchange.headers.names() {
            assert!(!is_withheld(name) || SHARED.contains(&name.as_str()), "{name} is no item's own");
        }
        for name in SHARED.map(HeaderName::from_static) {
            let of = |headers: &HeaderBlock| headers.get_all(&name).cloned().collect::<Vec<_>>();
            assert_eq!(of(&exchange.headers), of(&BROWSER), "{name} is the batch's");
        }
        assert_eq!(exchange.headers.get_all(header::ACCEPT_ENCODING).count(), 1);
        let RequestBody::Whole(content) = exchange.body else {
            assert!(matches!(exchange.body, RequestBody::None), "an item's content is whole");
            continue;
        };
        assert!(!matches!(exchange.method, Method::GET | Method::HEAD), "an item that reads has content");
        assert!(content.len() <= data.len() && !content.is_empty(), "content out of nowhere");
    }
}
