//! What goes back to the browser: the header allow-list ([`headers`]), whose policy stands ([`policy`]), the mapping of
//! every failure to a problem ([`problem`]), and the reply itself.

pub mod headers;
mod options;
pub mod transform;

pub use self::options::{ForeignRedirects, ResponseOptions};
