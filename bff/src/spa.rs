//! The single-page app: its files in memory, with everything that can be computed before a request.

mod assets;
mod csp;
mod embedded;
mod negotiation;
mod rebase;
mod source;

pub use assets::{Asset, Assets, BYTES_MAX, FILES_MAX, SpaError};
pub use csp::Csp;
pub use negotiation::{Encoding, Variant};
pub use source::SpaSource;
