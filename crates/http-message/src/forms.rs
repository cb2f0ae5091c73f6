//! Compressed forms of content that is kept: each is made once, and serves every later answer.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
/// Content below this many bytes is not worth compressing: it fits into the packet of its head.
pub const COMPRESSED_MIN: u64 = 1024;

/// The forms of one stored content, by their coding. All clones share them.
#[derive(Debug, Clone, Default)]
pub struct Forms(Arc<Mutex<Vec<(&'static str, Bytes)>>>);

impl Forms {
    /// Bytes that all forms of content of this length may take together.
    #[must_use]
    pub const fn room(length: usize) -> usize {
        if length < COMPRESSED_MIN as usize { 0 } else { length / 2 }
    }

    /// The form in this coding.
    #[must_use]
    pub fn get(&self, coding: &str) -> Option<Bytes> {
        let forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forms.iter().find(|(known, _)| *known == coding).map(|(_, form)| form.clone())
    }

    /// Keeps a form of content of that `length`, unless there is no room for it.
    pub fn keep(&self, coding: &'static str, form: &Bytes, length: usize) {
        let mut forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken: usize = forms.iter().map(|(_, form)| form.len()).sum();
        if forms.iter().all(|(known, _)| *known != coding) && taken + form.len() <= Self::room(length) {
            forms.push((coding, form.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_kept_once_and_within_their_room() {
        let forms = Forms::default();
        let form = Bytes::from(vec![0; 600]);
        forms.keep("gzip", &form, 2000);
        forms.keep("br", &form, 2000);
        assert_eq!(forms.clone().get("gzip"), Some(form));
        assert_eq!(forms.get("br"), None);
    }
}
