//! The part of a request that a route handler sees.

use actix_web::dev::RequestHead;
use actix_web::http::Method;
use serde_json::{Map, Value};

use crate::path::Path;
use crate::query::Query;
use crate::state::State;

/// A request that has passed the checks.
pub(crate) struct Call<'a> {
    /// `GET` for `HEAD` too.
    pub(crate) method: &'a Method,
    pub(crate) path: Path<'a>,
    pub(crate) query: Query,
    pub(crate) body: Map<String, Value>,
    pub(crate) head: &'a RequestHead,
    pub(crate) state: &'a State,
}
