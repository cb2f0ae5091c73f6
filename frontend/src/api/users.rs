//! Requests about users.

use shared::{Target, User, UserPage, endpoint::ListUsers};
use web_sys::AbortSignal;

use super::{client::read, error::ApiError, inlined::inlined};

/// All users, with the fields of [`User`] and nothing more.
pub(crate) async fn list(signal: &AbortSignal) -> Result<UserPage, ApiError> {
    read::<ListUsers>(&all(), signal).await
}

/// All users, where the page came with them.
pub(crate) fn inlined_list() -> Option<UserPage> {
    inlined(&all().relative())
}

fn all() -> Target {
    Target::of::<ListUsers>().query("limit", 0).query("select", User::SELECT)
}
