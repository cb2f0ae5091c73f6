//! Makes the value of a field from its parts. The text is put together in a buffer of the thread, and copied once.

use std::{cell::Cell, fmt};

use http::HeaderValue;

thread_local! {
    static TEXT: Cell<String> = const { Cell::new(String::new()) };
}

/// The value that `text` says; `None` where no field can say it (RFC 9110 §5.5).
#[must_use]
pub fn field_value(text: fmt::Arguments<'_>) -> Option<HeaderValue> {
    let mut buffer = TEXT.take();
    buffer.clear();
    let made = fmt::Write::write_fmt(&mut buffer, text);
    let value = made.ok().and_then(|()| HeaderValue::from_str(&buffer).ok());
    TEXT.set(buffer);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_its_parts_say_and_never_two_lines() {
        assert_eq!(field_value(format_args!("q={};w={}", 100, 10)).unwrap(), "q=100;w=10");
        assert_eq!(field_value(format_args!("a\r\nb: {}", 1)), None);
        assert_eq!(field_value(format_args!("")).unwrap(), "");
    }
}
