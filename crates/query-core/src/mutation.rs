//! Changes on their way to the server: in line by scope, with optimistic writes that are taken back on failure.

pub(crate) mod filter;
mod optimistic;
pub(crate) mod options;
pub(crate) mod queue;
pub(crate) mod run;
pub(crate) mod running;
pub(crate) mod state;
