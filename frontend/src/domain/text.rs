//! What a todo's text must be like, checked before it is sent.

use shared::todo::TODO_TEXT_MAX;

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextError {
    /// Nothing but white space.
    Empty,
    /// This many characters over [`TODO_TEXT_MAX`].
    TooLong(usize),
}

impl TextError {
    /// What to tell the person who typed it.
    pub(crate) fn message(self) -> String {
        match self {
            Self::Empty => "Write what needs to be done.".to_owned(),
            Self::TooLong(1) => "1 character too long.".to_owned(),
            Self::TooLong(excess) => excess.to_string() + " characters too long.",
        }
    }
}

/// The text as it is sent: without white space around it, neither empty nor longer than [`TODO_TEXT_MAX`].
pub(crate) fn check(typed: &str) -> Result<String, TextError> {
    let text = typed.trim();
    let length = text.chars().count();
    if length == 0 {
        Err(TextError::Empty)
    } else if length > TODO_TEXT_MAX {
        Err(TextError::TooLong(length - TODO_TEXT_MAX))
    } else {
        Ok(text.to_owned())
    }
}

/// The text in lower case, to compare texts in any case. In a browser by the browser's own tables, since those of
/// Rust would be 12 kB more to download.
pub(crate) fn lower_case(text: &str) -> String {
    #[cfg(target_arch = "wasm32")]
    return js_sys::JsString::from(text).to_lower_case().into();
    #[cfg(not(target_arch = "wasm32"))]
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_a_text_is_dropped() {
        assert_eq!(check("  Water the plants\n"), Ok("Water the plants".to_owned()));
    }

    #[test]
    fn a_text_of_white_space_is_empty() {
        assert_eq!(check(" \t "), Err(TextError::Empty));
    }

    #[test]
    fn length_is_counted_in_characters_and_not_in_bytes() {
        assert!(check(&"ü".repeat(TODO_TEXT_MAX)).is_ok());
        assert_eq!(check(&"ü".repeat(TODO_TEXT_MAX + 3)), Err(TextError::TooLong(3)));
        assert_eq!(TextError::TooLong(3).message(), "3 characters too long.");
    }
}
