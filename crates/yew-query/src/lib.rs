//! crates/yew-query
