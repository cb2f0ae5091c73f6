//! Signs in.

use query_yew::{Mutation, MutationHandle, NetworkMode, use_mutation, use_query_client};
use shared::{Credentials, SessionInfo};
use yew::prelude::*;

use super::begin_as;
use crate::api::{self, ApiError};

/// Exchanges name and password for a session. If it succeeds, what has been read before is forgotten, so that everything is
/// read anew as that person.
#[hook]
pub(crate) fn use_sign_in() -> MutationHandle<Credentials, SessionInfo, ApiError> {
    let client = use_query_client();
    let mutation =
        Mutation::new(|credentials: Credentials| async move { api::session::sign_in(&credentials).await })
            // A password does not wait for the network.
            .network_mode(NetworkMode::Always)
            .on_success(move |_, info| begin_as(&client, info.clone()));
    use_mutation(mutation)
}
