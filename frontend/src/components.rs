//! The components of the pages.

pub(crate) mod account;
pub(crate) mod activity_grid;
pub(crate) mod background;
pub(crate) mod bar;
pub(crate) mod boundary;
pub(crate) mod click;
pub(crate) mod composer;
pub(crate) mod conflict_dialog;
pub(crate) mod demo_account;
pub(crate) mod fault_panel;
pub(crate) mod filters;
pub(crate) mod frame;
pub(crate) mod heading;
pub(crate) mod icon;
pub(crate) mod later;
pub(crate) mod modal;
pub(crate) mod notice;
pub(crate) mod notices;
pub(crate) mod offline_banner;
pub(crate) mod pager;
pub(crate) mod palette;
pub(crate) mod people_table;
pub(crate) mod person;
pub(crate) mod refused_changes;
pub(crate) mod shortcuts;
pub(crate) mod skeleton;
pub(crate) mod status;
pub(crate) mod text_editor;
pub(crate) mod toast_shelf;
pub(crate) mod todo_row;

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
