//! HTTP handlers, one file per kind of address. A handler takes a request apart, calls the parts below, and builds
//! the answer; it decides nothing.

mod accept;
pub mod api_error;
pub mod backchannel_logout;
pub mod batch;
mod byte_range;
pub mod callback;
pub mod checked_request;
pub mod dev_server;
mod first_reads;
pub mod health;
pub mod login;
pub mod metrics;
mod nonce_page;
pub mod page;
pub mod proxy;
pub mod reply;
pub mod report;
pub mod request_content;
pub mod request_parts;
pub mod session;
pub mod sign_in_service;
pub mod spa;
pub mod tunnel;
pub mod unchecked_request;
