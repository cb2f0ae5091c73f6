//! Random numbers for ids that are no secrets: one generator per thread, seeded by the system.
//!
//! A request needs four ids, and a system call for each costs more than all its checks. The generator is ChaCha12, so
//! that no id lets a stranger guess the next. Keys and session ids come from the system itself.

use std::cell::RefCell;

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

/// Numbers between two seeds.
const SEED_LIFE: u32 = 1 << 16;

struct Generator {
    numbers: StdRng,
    /// Numbers until the next seed.
    left: u32,
}

thread_local! {
    static GENERATOR: RefCell<Option<Generator>> = const { RefCell::new(None) };
}

impl Generator {
    fn seeded() -> Self {
        let mut seed = [0; 32];
        // Without randomness the ids are valid all the same, only not the only ones of their kind. The next one tries again.
        let left = if getrandom::fill(&mut seed).is_ok() { SEED_LIFE } else { 1 };
        Self { numbers: StdRng::from_seed(seed), left }
    }
}

/// Fills `bytes` at random.
pub fn fill(bytes: &mut [u8]) {
    GENERATOR.with_borrow_mut(|generator| {
        if generator.as_ref().is_none_or(|generator| generator.left == 0) {
            *generator = None;
        }
        let generator = generator.get_or_insert_with(Generator::seeded);
        generator.left -= 1;
        generator.numbers.fill_bytes(bytes);
    });
}

/// A random number that is not zero.
#[must_use]
pub fn non_zero_u64() -> u64 {
    let mut bytes = [0; 8];
    fill(&mut bytes);
    u64::from_ne_bytes(bytes).max(1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_differ_between_and_within_threads_and_across_a_new_seed() {
        let numbers = || (0..SEED_LIFE + 10).map(|_| non_zero_u64()).collect::<Vec<_>>();
        let other = std::thread::spawn(numbers);
        let all: HashSet<u64> = numbers().into_iter().chain(other.join().unwrap()).collect();
        assert_eq!(all.len(), 2 * (SEED_LIFE as usize + 10));
    }
}
