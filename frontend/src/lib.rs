//! The dashboard, a single-page app that talks to the BFF only.
//!
//! [`route`] chooses one of the [`pages`], which are built from [`components`]. [`queries`] bring the data over [`api`],
//! [`app_context`] hands toasts, deletions and faults around, and [`domain`] is pure computation. Nothing here needs an
//! inline style or script.
#![allow(
    rustdoc::private_intra_doc_links,
    reason = "the tour is for readers of the source; only one item is public"
)]

mod api;
mod app;
mod app_context;
mod base_path;
mod components;
mod dom;
mod domain;
mod drafts;
mod hooks;
mod pages;
mod panic_report;
mod parts;
mod queries;
mod report;
mod route;
mod tab_storage;
mod tabs;

use app::{App, AppProps};

/// Takes the place of the skeleton in `index.html`.
pub fn start() {
    panic_report::install();
    hooks::theme::restore();
    if dom::meta("bff-batch").as_deref() == Some("off") {
        api::limit_batch_size(1);
    }
    wasm_bindgen_futures::spawn_local(async {
        // In tasks of their own: the browser has just made the app out of its file, and a slow device takes long over each.
        dom::next_task().await;
        let client = app::client();
        dom::next_task().await;
        let app = match dom::by_id::<web_sys::Element>("app") {
            Some(root) => yew::Renderer::<App>::with_root_and_props(root, AppProps { client }),
            None => yew::Renderer::<App>::with_props(AppProps { client }),
        };
        app.render();
    });
}
