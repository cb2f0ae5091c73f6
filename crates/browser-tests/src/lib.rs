//! The real server and the real app in a real Chromium.
//!
//! [`play`] sets a [`Stage`] up: a [`Demo`] upstream with a database of its own, the [`Server`] before it, and a
//! [`Page`] in a browser of its own. A scene acts on the page as a person would, by the roles and names of the
//! accessibility tree. It checks what that person would see or hear. Nothing waits for luck: whatever is checked
//! is polled for at most [`TIME_LIMIT`]. A scene also fails on anything in the browser's console that it did not
//! announce.
//!
//! It needs `chromium` and `chromedriver` (path in `CHROMEDRIVER`, else from `PATH`; a browser
//! that chromedriver does not find by itself in `CHROMIUM`), and the built app in
//! `BFF_TEST_SPA_DIR`, else in the workspace's `dist`.
//!
//! `BFF_TEST_WINDOW=1` shows the browser's window; without it the browser is headless.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "this is a test harness: whatever goes wrong in it fails a test by panicking"
)]

mod app;
mod cdn;
mod chromedriver;
mod console;
mod demo;
mod dev_server;
mod devtools;
mod faulty_upstream;
mod foreign_site;
mod guide_app;
mod http_client;
mod other_browser;
mod page;
mod polling;
mod server;
mod stage;
mod target;
mod trunk_app;
mod vite_app;

pub use crate::cdn::Cdn;
pub use crate::demo::Demo;
pub use crate::dev_server::DevServer;
pub use crate::faulty_upstream::FaultyUpstream;
pub use crate::foreign_site::ForeignSite;
pub use crate::guide_app::GuideApp;
pub use crate::other_browser::OtherBrowser;
pub use crate::page::{Page, UNAUTHENTICATED, keyboard::Stroke, looks::Scheme, looks::Screen, tabs::Tab};
pub use crate::polling::{TIME_LIMIT, eventually};
pub use crate::server::Server;
pub use crate::stage::{Setup, Stage, play};
pub use crate::target::{Node, Target, button, checkbox, combobox, heading, link, radio, searchbox, textbox};
pub use crate::trunk_app::TrunkApp;
pub use crate::vite_app::ViteApp;
