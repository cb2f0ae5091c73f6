//! What the app says of its requests and answers to the stream that carries them.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use super::framing::Framing;

/// The requests and answers of one connection; the app has one half, its stream the other.
#[derive(Debug, Clone, Default)]
pub struct Conversation(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    /// The id of the request that the app has not answered yet.
    under_way: Option<Rc<str>>,
    /// Answers that the app has given and that the stream has not seen, the oldest first.
    given: VecDeque<Framing>,
}

impl Conversation {
    /// The app has got the request with this id.
    pub fn began(&self, id: &Rc<str>) {
        self.0.borrow_mut().under_way = Some(Rc::clone(id));
    }

    /// The app has answered the request: its head is the next one that is not the framework's.
    pub fn answered(&self, framing: Framing) {
        let mut state = self.0.borrow_mut();
        state.under_way = None;
        state.given.push_back(framing);
    }

    /// The id of a request that will get no answer any more.
    pub(super) fn give_up(&self) -> Option<Rc<str>> {
        self.0.borrow_mut().under_way.take()
    }

    /// Whether the app owes no answer, and has given none that is not sent.
    pub(super) fn is_idle(&self) -> bool {
        let state = self.0.borrow();
        state.under_way.is_none() && state.given.is_empty()
    }

    /// The answer that is `ahead` places behind the oldest.
    pub(super) fn ahead(&self, ahead: usize) -> Option<Framing> {
        self.0.borrow().given.get(ahead).copied()
    }

    /// Forgets the oldest `count` answers: their heads have been sent.
    pub(super) fn sent(&self, count: usize) {
        if count > 0 {
            self.0.borrow_mut().given.drain(..count);
        }
    }
}
