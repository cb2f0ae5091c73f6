//! Texts that are kept in the tab. Storage may be switched off, or full; then nothing is kept.

use web_sys::Storage;

use crate::base_path::outside;

/// The text with this name. Apps below several paths of one host share a storage, so that names begin with the path.
pub(crate) fn get(name: &str) -> Option<String> {
    storage()?.get_item(&outside(name)).ok()?
}

/// Keeps a text under this name.
pub(crate) fn set(name: &str, text: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(&outside(name), text);
    }
}

/// Drops the text with this name.
pub(crate) fn remove(name: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&outside(name));
    }
}

fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}
