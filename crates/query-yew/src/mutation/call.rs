//! One call of a mutation, as its callbacks see it.

use std::fmt;
use std::rc::Rc;

/// One call of a mutation. Callbacks may clone and keep it, for instance for a "Try again" in a message.
pub struct MutationCall<I> {
    input: Rc<I>,
    repeat: Rc<dyn Fn(Rc<I>)>,
}

impl<I> MutationCall<I> {
    pub(crate) fn new(input: Rc<I>, repeat: impl Fn(Rc<I>) + 'static) -> Self {
        Self { input, repeat: Rc::new(repeat) }
    }

    /// Its input.
    pub fn input(&self) -> &I {
        &self.input
    }

    pub(crate) fn shared_input(&self) -> Rc<I> {
        Rc::clone(&self.input)
    }

    /// Starts the same mutation with the same input once more; also when its component is gone.
    pub fn again(&self) {
        (self.repeat)(Rc::clone(&self.input));
    }
}

impl<I> Clone for MutationCall<I> {
    fn clone(&self) -> Self {
        Self { input: Rc::clone(&self.input), repeat: Rc::clone(&self.repeat) }
    }
}

impl<I: fmt::Debug> fmt::Debug for MutationCall<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutationCall").field("input", &self.input).finish_non_exhaustive()
    }
}
