//! A panel for developers: every query of the cache with its data, its fetches and who shows it, every change under way,
//! and buttons to act on them.

mod detail;
mod fetch_log;
mod panel;
mod style;
mod table;

pub use panel::{QueryDevtools, QueryDevtoolsProps};
