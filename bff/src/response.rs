//! Answers for the browser: the header allow-list ([`headers`]), the fields that may leave ([`transform`]), and the
//! operator's settings for both.

mod addresses;
pub mod compression;
pub mod entity_tag;
mod error;
pub mod headers;
mod options;
mod permissions_policy;
pub mod security_headers;
pub mod transform;
mod way_back;

pub use self::{
    error::ResponseError,
    options::{ForeignRedirects, ResponseOptions},
    permissions_policy::PermissionsPolicy,
    way_back::WayBack,
};
