//! Requests about users.

use shared::{Target, User, UserPage, endpoint::ListUsers};
use web_sys::AbortSignal;

use super::{client::read, error::ApiError};

/// All users, with the fields of [`User`] and nothing more.
pub(crate) async fn list(signal: &AbortSignal) -> Result<UserPage, ApiError> {
    let target = Target::of::<ListUsers>().query("limit", 0).query("select", User::SELECT);
    read::<ListUsers>(&target, signal).await
}
