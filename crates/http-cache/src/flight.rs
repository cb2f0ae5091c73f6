//! Single flight: for each key the first miss asks the upstream, and later ones on all workers wait for its answer.
//!
//! A leader that leaves before there is an answer hands over: its followers wake up, and the first of them leads. Only
//! requests that have read the same numbers join a flight (see [`super::generations`]).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::{entry::Entry, generations::Reading, key::Key, streaming::Streaming};
/// The outcome of a flight. `E` is the upstream's error, which the cache does not know.
pub enum Outcome<E> {
    /// An answer that is all there.
    Entry(Arc<Entry>),
    /// An answer whose head is there.
    Streaming(Arc<Streaming>),
    /// The upstream failed, and this stale entry may be used.
    OnError(Arc<Entry>),
    /// An answer that is the leader's alone.
    NotShared,
    /// No answer.
    Failed(Arc<E>),
}

/// The stage of a flight.
pub enum Stage<E> {
    /// The outcome is not known yet.
    UnderWay,
    /// The leader has left.
    Abandoned,
    /// The outcome is known.
    Settled(Outcome<E>),
}

struct Flight<E> {
    reading: Reading,
    stage: watch::Sender<Stage<E>>,
}

/// All flights of all workers.
pub struct Flights<E>(Mutex<HashMap<Key, Arc<Flight<E>>>>);

impl<E> Default for Flights<E> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<E> Clone for Outcome<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Entry(entry) => Self::Entry(Arc::clone(entry)),
            Self::Streaming(streaming) => Self::Streaming(Arc::clone(streaming)),
            Self::OnError(entry) => Self::OnError(Arc::clone(entry)),
            Self::NotShared => Self::NotShared,
            Self::Failed(failure) => Self::Failed(Arc::clone(failure)),
        }
    }
}

/// The part that a request takes in a flight.
pub enum Part<E> {
    /// Ask the upstream.
    Lead(Lead<E>),
    /// Wait.
    Follow(watch::Receiver<Stage<E>>),
}

/// The right, and the duty, to ask the upstream. Dropping it ends the flight.
pub struct Lead<E> {
    flights: Arc<Flights<E>>,
    key: Key,
    flight: Arc<Flight<E>>,
}

impl<E> Flights<E> {
    /// Joins the flight for `key`, or begins one after `reading`. A flight for which `is_current` is false is left
    /// behind.
    pub fn join(
        self: &Arc<Self>,
        key: &Key,
        reading: &Reading,
        is_current: impl Fn(&Reading) -> bool,
    ) -> Part<E> {
        let mut flights = self.lock();
        if let Some(flight) = flights.get(key).filter(|flight| is_current(&flight.reading)) {
            return Part::Follow(flight.stage.subscribe());
        }
        let flight =
            Arc::new(Flight { reading: reading.clone(), stage: watch::Sender::new(Stage::UnderWay) });
        flights.insert(key.clone(), Arc::clone(&flight));
        Part::Lead(Lead { flights: Arc::clone(self), key: key.clone(), flight })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Flight<E>>>> {
        // No code panics while it holds the lock; were one to, the map would still be whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E> Lead<E> {
    /// Gives every follower the outcome, now and until this is dropped.
    pub fn settle(&self, outcome: Outcome<E>) {
        self.flight.stage.send_replace(Stage::Settled(outcome));
    }
}

impl<E> Drop for Lead<E> {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        if flights.get(&self.key).is_some_and(|flight| Arc::ptr_eq(flight, &self.flight)) {
            flights.remove(&self.key);
        }
        drop(flights);
        self.flight.stage.send_if_modified(|stage| {
            let left = matches!(stage, Stage::UnderWay);
            if left {
                *stage = Stage::Abandoned;
            }
            left
        });
    }
}

/// Waits until a flight is settled; `None` where its leader has left.
pub async fn outcome<E>(mut flight: watch::Receiver<Stage<E>>) -> Option<Outcome<E>> {
    match &*flight.wait_for(|stage| !matches!(stage, Stage::UnderWay)).await.ok()? {
        Stage::Settled(outcome) => Some(outcome.clone()),
        Stage::UnderWay | Stage::Abandoned => None,
    }
}
