//! Stored responses: storing, reuse, validation, invalidation and single flight.

mod alone_or_together;
mod heuristic;
mod invalidation;
mod isolation;
mod route_key;
mod single_flight;
mod stale;
mod storing;
