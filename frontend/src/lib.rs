//! The dashboard, a single-page app that talks to the BFF only.
//!
//! [`route`] chooses one of the [`pages`], which are built from [`components`]. [`queries`] bring the data over [`api`],
//! [`app_context`] hands toasts, deletions and faults around, and [`domain`] is pure computation. Nothing here needs an
//! inline style or script.
#![allow(
    rustdoc::private_intra_doc_links,
    reason = "the tour is for readers of the source; only two items are public"
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

pub use app::App;

/// Takes the place of the skeleton in `index.html`.
pub fn start() {
    panic_report::install();
    hooks::theme::restore();
    if dom::meta("bff-batch").as_deref() == Some("off") {
        api::limit_batch_size(1);
    }
    wasm_bindgen_futures::spawn_local(async {
        // In a task of its own: the browser has just made the app out of its file, and a slow device takes long over both.
        dom::next_task().await;
        match dom::by_id::<web_sys::Element>("app") {
            Some(root) => yew::Renderer::<App>::with_root(root).render(),
            None => yew::Renderer::<App>::new().render(),
        };
    });
}
