//! Assembles the server: upstream, pipeline, app files, listeners.
//!
//! `build` makes of a configuration an [`Application`] that is bound. `parts` is what each worker has of its own, and `serve`
//! puts that behind the public listener.

mod application;
mod build;
mod build_error;
mod descriptors;
mod listener;
mod parts;
mod redirect;
mod serve;
mod signals;

pub use self::{application::Application, build_error::BuildError};
