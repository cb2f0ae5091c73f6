//! The hooks in a browser: real components, real timers and abort signals, and a server that answers on command.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::expect_used, clippy::panic, reason = "a helper of a test fails the test")]

mod awaited;
mod client;
#[cfg(feature = "devtools")]
mod devtools;
mod infinite_queries;
mod leaks;
mod mutating;
mod mutation_callbacks;
mod mutation_network;
mod mutation_scopes;
mod mutation_states;
mod mutations;
mod network;
mod news;
mod options;
#[cfg(feature = "persist")]
mod persistence;
mod queries;
mod reentrancy;
mod selections;
mod several;
mod stage;
mod suspense;
mod types;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
