//! The rules for a todo's text, checked before it is sent.

use shared::todo::TODO_TEXT_MAX;

/// The reason why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextError {
    /// Nothing but white space.
    Empty,
    /// This many characters over [`TODO_TEXT_MAX`].
    TooLong(usize),
}

impl TextError {
    /// The message for the person who typed it.
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

/// A text to look for in others, in any case. Letters beyond ASCII are left to the browser's own strings: Rust's tables of
/// letters would be 15 kB more to download. ASCII is compared here: to ask the browser about thousands of texts takes too long.
pub(crate) struct Needle(String);

#[cfg(target_arch = "wasm32")]
type Lowered = js_sys::JsString;
#[cfg(not(target_arch = "wasm32"))]
type Lowered = String;

impl Needle {
    /// Looks for `text`.
    pub(crate) fn new(text: &str) -> Self {
        let text = lower_case(text);
        #[cfg(target_arch = "wasm32")]
        let text = String::from(text);
        Self(text)
    }

    /// Whether `text` contains it. Every text contains the empty one.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let wanted = self.0.as_bytes();
        if wanted.is_empty() {
            return true;
        }
        // A letter beyond ASCII can have one within as its lower case, but only in a text that has one.
        if text.is_ascii() {
            let begins = |byte: &u8| byte.to_ascii_lowercase() == wanted[0];
            let mut rest = text.as_bytes();
            // The first letter rules out most places without a call.
            while let Some(place) = rest.iter().position(begins) {
                rest = &rest[place..];
                if rest.get(..wanted.len()).is_some_and(|part| part.eq_ignore_ascii_case(wanted)) {
                    return true;
                }
                rest = &rest[1..];
            }
            return false;
        }
        #[cfg(target_arch = "wasm32")]
        return lower_case(text).includes(&self.0, 0);
        #[cfg(not(target_arch = "wasm32"))]
        lower_case(text).contains(&self.0)
    }
}

fn lower_case(text: &str) -> Lowered {
    #[cfg(target_arch = "wasm32")]
    return Lowered::from(text).to_lower_case();
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
    fn a_text_is_found_in_any_case() {
        assert!(Needle::new("äPFEL").is_in("Buy Äpfel"));
        assert!(Needle::new("").is_in("Buy Äpfel"));
        assert!(!Needle::new("pears").is_in("Buy Äpfel"));
    }

    #[test]
    fn length_is_counted_in_characters_and_not_in_bytes() {
        assert!(check(&"ü".repeat(TODO_TEXT_MAX)).is_ok());
        assert_eq!(check(&"ü".repeat(TODO_TEXT_MAX + 3)), Err(TextError::TooLong(3)));
        assert_eq!(TextError::TooLong(3).message(), "3 characters too long.");
    }
}
