//! The dashboard as people meet it: the real server and the real app in a real browser.

mod adding;
mod addresses;
mod assistive_technology;
mod batching;
mod below_a_path;
mod cross_site;
mod deleting;
mod editing;
mod failures;
mod finding;
mod freshness;
mod keyboard;
mod layout;
mod oidc;
mod optimism;
mod overview;
mod own_frontend;
mod published;
mod rate_limits;
mod reports;
mod rollbacks;
mod screenshots;
mod secrets;
mod session_end;
mod signing_in;
mod tabs;
