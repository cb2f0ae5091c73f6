//! crates/query-core
