//! The path below which the server answers, where it shares its host with others: the border between the app's own
//! addresses, which begin at its root, and the browser's.

use std::cell::OnceCell;

use crate::dom;

/// The `<meta>` in which the server names it.
const NAME: &str = "bff-base-path";

thread_local! {
    static BASE_PATH: OnceCell<String> = const { OnceCell::new() };
}

/// The browser's address for one of the server's or the app's own.
pub(crate) fn outside(address: &str) -> String {
    BASE_PATH.with(|base| [known(base), address].concat())
}

/// The app's own address for one of the browser's. One that lies elsewhere stays what it is.
pub(crate) fn inside(address: &str) -> String {
    let is_whole = |rest: &&str| rest.is_empty() || rest.starts_with(['/', '?', '#']);
    BASE_PATH.with(|base| address.strip_prefix(known(base)).filter(is_whole).unwrap_or(address).to_owned())
}

fn known(base: &OnceCell<String>) -> &str {
    base.get_or_init(|| dom::meta(NAME).unwrap_or_default())
}
