//! The hooks in a browser: real components, real timers and abort signals, and a server that answers on command.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::expect_used, clippy::panic, reason = "a helper of a test fails the test")]

mod client;
#[cfg(feature = "devtools")]
mod devtools;
mod infinite_queries;
mod mutating;
mod mutation_callbacks;
mod mutation_network;
mod mutation_scopes;
mod mutation_states;
mod mutations;
mod network;
mod queries;
mod selections;
mod stage;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
