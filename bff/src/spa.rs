//! The single-page app: its files in memory, with everything that can be computed before a request.

mod assets;
mod csp;
mod demo_account;
mod embedded;
mod first_reads;
mod folder;
mod hashed_name;
mod html;
mod name_pattern;
mod negotiation;
mod nonce;
mod options;
mod policy;
mod rebase;
mod source;

pub use assets::{Asset, Assets};
pub use csp::{Csp, Fields};
pub use first_reads::{ANSWER_MAX, FirstReads, READS_MAX, WAIT_MAX};
pub use folder::{BYTES_MAX, FILES_MAX, SpaError};
pub use name_pattern::NamePattern;
pub use negotiation::{Encoding, Variant};
pub use nonce::{Nonce, NoncePage};
pub use options::{PolicyOptions, SeenAs, SpaOptions};
pub use policy::{Directive, PolicyChanges};
pub use source::SpaSource;
