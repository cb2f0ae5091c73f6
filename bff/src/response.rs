//! What goes back to the browser: the header allow-list ([`headers`]), whose policy stands ([`policy`]), the mapping of
//! every failure to a problem ([`problem`]), and the reply itself.

pub mod headers;
pub mod problem;
pub mod transform;
