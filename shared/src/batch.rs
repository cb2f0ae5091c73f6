//! Many requests in one: `POST /api/server/batch`.
//!
//! Each item is checked, charged and forwarded as the same request alone would be. Answers come in the order of the
//! requests, or, to who accepts [`NDJSON`], a line each as soon as it is there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// Path below [`crate::API_BASE`].
pub const BATCH_PATH: &str = "/batch";

/// `Content-Type` of answers that come one by one: a JSON object a line.
pub const NDJSON: &str = "application/x-ndjson";

/// Items that a server takes by default.
pub const DEFAULT_MAX_ITEMS: usize = 20;

/// Body of a batch. `D` is JSON as either side likes to hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch<D> {
    /// The requests.
    pub requests: Vec<BatchItem<D>>,
}

/// One request of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchItem<D> {
    /// Path and query below [`crate::API_BASE`].
    pub url: String,
    /// The method, in capitals.
    pub method: String,
    /// JSON content.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub data: Option<D>,
    /// Fields of its own; those that a page's script could not set are refused.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

/// Answer to one request of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchAnswer<D> {
    /// The status.
    pub status: u16,
    /// The header block, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The content: JSON as it is, other text as a string.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub data: Option<D>,
    /// The problem that the BFF answered itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// Answers in the order of the requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchAnswers<D> {
    /// The content of each that succeeded, `null` for the others.
    pub results: Vec<Option<D>>,
    /// All else of each, and the content of those that did not succeed.
    pub responses: Vec<BatchAnswer<D>>,
}

/// One line of [`NDJSON`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchLine<D> {
    /// Which request, from 0.
    pub index: usize,
    /// Its answer.
    #[serde(flatten)]
    pub answer: BatchAnswer<D>,
}

const fn none<D>() -> Option<D> {
    None
}
