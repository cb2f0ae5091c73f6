//! crates/demo-api
