//! The app inside the binary, where it was built with one.

use std::{borrow::Cow, collections::HashMap};

#[cfg(feature = "embed-spa")]
#[derive(rust_embed::RustEmbed)]
#[folder = "../dist"]
// Lints and documentation need no built app; without one the start fails and says so.
#[allow_missing = true]
struct Dist;

#[cfg(feature = "embed-spa")]
pub(super) fn files() -> Option<HashMap<String, Cow<'static, [u8]>>> {
    Some(Dist::iter().filter_map(|name| Some((name.to_string(), Dist::get(&name)?.data))).collect())
}

#[cfg(not(feature = "embed-spa"))]
pub(super) fn files() -> Option<HashMap<String, Cow<'static, [u8]>>> {
    None
}
