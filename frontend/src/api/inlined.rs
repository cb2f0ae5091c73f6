//! Answers that the server has put into the page, in the elements of `index.html` that name them.
//!
//! They are there before the app is, and save its first requests. Any other server leaves the elements empty.

use serde::de::DeserializeOwned;

use super::json::Json;
use crate::dom;

/// The answer to the read of `address`, as the page was answered; nothing where the page has none.
pub(super) fn inlined<T: DeserializeOwned>(address: &str) -> Option<T> {
    let selector = ["script[data-bff=\"", address, "\"]"].concat();
    let element = dom::document()?.query_selector(&selector).ok()??;
    Json::parse(&element.text_content()?).read()
}
