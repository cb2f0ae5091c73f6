//! The computations of the pages: pure functions over the contract's types, without Yew and without a browser.

pub(crate) mod listing;
pub(crate) mod people;
pub(crate) mod saved_views;
pub(crate) mod stats;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod todo_change;
pub(crate) mod user_agent;
