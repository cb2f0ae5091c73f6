//! What outlives a visit, in the browser's storage.

use web_sys::Storage;

/// A text under a name. Storage may be switched off or full; then the text lasts for the visit.
pub(crate) struct Stored(&'static str);

impl Stored {
    /// The text under this name.
    pub(crate) const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The text of this or an earlier visit.
    pub(crate) fn get(&self) -> Option<String> {
        storage()?.get_item(self.0).ok()?
    }

    /// Keeps a text.
    pub(crate) fn set(&self, text: &str) {
        if let Some(storage) = storage() {
            // A full storage costs the memory of it, nothing else.
            let _ = storage.set_item(self.0, text);
        }
    }
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}
