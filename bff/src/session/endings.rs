//! The ends of sessions: each is logged, and its tokens are handed over to be revoked behind the answer.
//!
//! The queue is bounded, and nobody waits for room in it. What finds no room is left to the lifetimes of the provider. So
//! is every session that lapses without a request.

use tokio::sync::mpsc::{self, Receiver, Sender};

use super::{store::Session, tokens::Tokens};
use telemetry::{
    metrics,
    security::{self, SessionEnd},
};

/// Most ended sessions whose tokens wait to be revoked.
const WAITING_MAX: usize = 1024;

/// The tokens of a session that has ended.
#[derive(Debug)]
pub struct EndedTokens {
    /// The session's handle, for the log.
    pub session: String,
    /// The tokens, with a refresh token among them.
    pub tokens: Tokens,
}

/// The place that ends of sessions are told to. Cheap to clone; the default hands no tokens over.
#[derive(Clone, Default)]
pub struct Endings(Option<Sender<EndedTokens>>);

impl Endings {
    /// Hands the tokens of ended sessions over to the receiver.
    #[must_use]
    pub fn handed_over() -> (Self, Receiver<EndedTokens>) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        (Self(Some(sender)), receiver)
    }

    /// Tells of an end that a request has brought about.
    pub(super) fn tell(&self, session: &Session, reason: SessionEnd) {
        security::session_ended(&session.user.id, &session.handle, reason);
        // A refresh token that was refused is dead already.
        if reason != SessionEnd::RefreshRefused {
            self.hand_over(&session.handle, &session.tokens);
        }
    }

    /// Hands the tokens of an ended session over, where a refresh token is among them.
    pub(super) fn hand_over(&self, session: &str, tokens: &Tokens) {
        let Some(queue) = self.0.as_ref().filter(|_| tokens.refresh.is_some()) else { return };
        let ended = EndedTokens { session: session.to_owned(), tokens: tokens.clone() };
        if queue.try_send(ended).is_err() {
            metrics::token_revoked("dropped");
            tracing::warn!(session, "a refresh token could not be revoked: too many wait for it");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::keys::Secret;

    #[test]
    fn security_50_a_full_queue_holds_nobody_up() {
        let (endings, mut queue) = Endings::handed_over();
        let refresh = Some(Secret::new("refresh"));
        let tokens =
            Tokens { access: Secret::new("access"), refresh, issued: SystemTime::UNIX_EPOCH, expires: None };
        for _ in 0..WAITING_MAX + 10 {
            endings.hand_over("handle", &tokens);
        }
        endings.hand_over("handle", &Tokens { refresh: None, ..tokens.clone() });
        assert_eq!(queue.len(), WAITING_MAX);
        assert_eq!(queue.try_recv().unwrap().tokens, tokens);
        Endings::default().hand_over("handle", &tokens);
    }
}
