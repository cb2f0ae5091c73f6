//! One "Try again" for everything that could not be read.

use query_yew::{Filter, Status, use_query_client};
use yew::prelude::*;

/// Reads again what is on the screen and failed, whichever section says so: mostly one cause made all of them fail.
#[hook]
pub(crate) fn use_retry_all() -> Callback<()> {
    let client = use_query_client();
    use_callback(client, |(), client| {
        client.refetch(Filter::all().active(true).status(Status::Error));
    })
}
