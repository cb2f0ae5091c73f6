//! Hooks that are about the browser and not about data.

mod storage;
pub(crate) mod theme;
mod use_event;
mod use_keydown;
mod use_saved_views;
mod use_visibility;
mod use_window_event;

pub(crate) use use_event::use_event;
pub(crate) use use_keydown::use_keydown;
pub(crate) use use_saved_views::use_saved_views;
pub(crate) use use_visibility::use_visibility;
pub(crate) use use_window_event::use_window_event;
