//! Signs in.

use shared::{Credentials, SessionInfo};
use yew::prelude::*;
use yew_query::{Mutation, MutationHandle, use_mutation, use_query_client};

use super::begin_as;
use crate::api::{self, ApiError};

/// Exchanges name and password for a session. What has been read before is forgotten, so that everything is read anew
/// as that person.
#[hook]
pub(crate) fn use_sign_in() -> MutationHandle<Credentials, SessionInfo, ApiError> {
    let client = use_query_client();
    let mutation = Mutation::new(|credentials| async move { api::session::sign_in(&credentials).await });
    use_mutation(mutation.on_success(move |_, info: &SessionInfo| begin_as(&client, info.clone())))
}
