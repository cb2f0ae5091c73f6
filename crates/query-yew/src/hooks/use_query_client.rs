//! `use_query_client`: the cache a component lives under.

use wasm_bindgen::throw_str;
use yew::prelude::*;

use crate::client::QueryClient;

/// The client of the nearest [`QueryClientProvider`](crate::QueryClientProvider).
///
/// Throws where there is none: every query below would silently be cached apart.
#[hook]
pub fn use_query_client() -> QueryClient {
    use_context::<QueryClient>()
        .unwrap_or_else(|| throw_str("a query hook was used outside of <QueryClientProvider>"))
}
