//! Assembles the server: upstream, pipeline, app files, listeners.
//!
//! `build` makes of a configuration an [`Application`] that is bound. `assemble` makes the `parts` of the workers, `live` holds
//! those in use, and `serve` puts them behind the public listener. `read_again` replaces them.

mod application;
mod assemble;
mod build;
mod build_error;
mod descriptors;
mod listener;
mod live;
mod parts;
mod read_again;
mod redirect;
mod serve;
mod signals;

pub use self::{application::Application, build_error::BuildError};
