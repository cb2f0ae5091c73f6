//! Hooks that are about the browser and not about data.

mod storage;
pub(crate) mod theme;
mod use_deferred_search;
mod use_event;
mod use_kept_scroll;
mod use_keydown;
mod use_saved_views;
mod use_visibility;
mod use_window_event;

pub(crate) use use_deferred_search::use_deferred_search;
pub(crate) use use_event::use_event;
pub(crate) use use_kept_scroll::use_kept_scroll;
pub(crate) use use_keydown::use_keydown;
pub(crate) use use_saved_views::use_saved_views;
pub(crate) use use_visibility::use_visibility;
pub(crate) use use_window_event::use_window_event;
