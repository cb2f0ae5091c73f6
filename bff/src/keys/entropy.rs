//! Tells keys that were drawn at random from those that a person made up.
//!
//! A random key fails one of these tests less than once in 10¹⁰ times. What passes may still be no secret: nothing can tell a
//! random key from one that is printed in a book.

use std::collections::HashSet;

/// Different bytes that a random key of 32 has at least; 30 are usual.
const DIFFERENT_MIN: usize = 16;

/// Whether a key was hardly drawn at random: a pattern, a sequence, or a text in hex digits.
pub(super) fn is_guessable(key: &[u8; 32]) -> bool {
    let bytes: HashSet<u8> = key.iter().copied().collect();
    let steps: HashSet<u8> = key.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    let is_text = key.iter().all(|byte| (b' '..=b'~').contains(byte));
    bytes.len() < DIFFERENT_MIN || steps.len() < DIFFERENT_MIN || is_text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_49_random_keys_are_told_from_made_up_ones() {
        for _ in 0..10_000 {
            let mut key = [0; 32];
            getrandom::fill(&mut key).unwrap();
            assert!(!is_guessable(&key), "{key:?}");
        }
        let pattern = std::array::from_fn(|index| [0xde, 0xad, 0xbe, 0xef][index % 4]);
        let sequence = std::array::from_fn(|index| u8::try_from(index).unwrap());
        let backwards = std::array::from_fn(|index| 200 - 3 * u8::try_from(index).unwrap());
        let text = *b"correct-horse-battery-staple-202";
        for key in [[0; 32], pattern, sequence, backwards, text] {
            assert!(is_guessable(&key), "{key:?}");
        }
    }
}
