//! Hooks that are about the browser or the component and not about data.

pub(crate) mod theme;
mod use_derived;
mod use_effect_on;
mod use_event;
mod use_keydown;
mod use_value;
mod use_window_event;

pub(crate) use use_derived::use_derived;
pub(crate) use use_effect_on::use_effect_on;
pub(crate) use use_event::use_event;
pub(crate) use use_keydown::use_keydown;
pub(crate) use use_value::{ValueHandle, use_value};
pub(crate) use use_window_event::use_window_event;
