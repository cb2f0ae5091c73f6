//! Single flight: for each key the first miss asks the upstream, and later ones on all workers wait for its answer.
//!
//! A flight is settled as soon as the head of the leader's answer says whether others may have it. Where they may not, or
//! the leader fails, they ask for themselves. A leader that leaves before that hands over: its followers wake up, and the
//! first of them leads. Only requests that have read the same numbers join a flight (see [`super::generations`]).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::{entry::Entry, generations::Reading, key::Key, streaming::Streaming};

/// The outcome of a flight.
#[derive(Clone)]
pub enum Outcome {
    /// An answer that is all there.
    Entry(Arc<Entry>),
    /// An answer whose head is there.
    Streaming(Arc<Streaming>),
    /// The upstream failed, and this stale entry may be used.
    OnError(Arc<Entry>),
    /// An answer, or a failure, that is the leader's alone.
    NotShared,
}

/// The stage of a flight.
pub enum Stage {
    /// The outcome is not known yet.
    UnderWay,
    /// The leader has left.
    Abandoned,
    /// The outcome is known.
    Settled(Outcome),
}

struct Flight {
    reading: Reading,
    stage: watch::Sender<Stage>,
}

/// All flights of all workers.
#[derive(Default)]
pub struct Flights(Mutex<HashMap<Key, Arc<Flight>>>);

/// The part that a request takes in a flight.
pub enum Part {
    /// Ask the upstream.
    Lead(Lead),
    /// Wait.
    Follow(watch::Receiver<Stage>),
}

/// The right, and the duty, to ask the upstream. Dropping it ends the flight.
pub struct Lead {
    flights: Arc<Flights>,
    key: Key,
    flight: Arc<Flight>,
}

impl Flights {
    /// Joins the flight for `key`, or begins one after `reading`. A flight for which `is_current` is false is left
    /// behind.
    pub fn join(
        self: &Arc<Self>,
        key: &Key,
        reading: &Reading,
        is_current: impl Fn(&Reading) -> bool,
    ) -> Part {
        let mut flights = self.lock();
        if let Some(flight) = flights.get(key).filter(|flight| is_current(&flight.reading)) {
            return Part::Follow(flight.stage.subscribe());
        }
        let flight =
            Arc::new(Flight { reading: reading.clone(), stage: watch::Sender::new(Stage::UnderWay) });
        flights.insert(key.clone(), Arc::clone(&flight));
        Part::Lead(Lead { flights: Arc::clone(self), key: key.clone(), flight })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Flight>>> {
        // No code panics while it holds the lock; were one to, the map would still be whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lead {
    /// Gives every follower the outcome, now and until this is dropped.
    pub fn settle(&self, outcome: Outcome) {
        self.flight.stage.send_replace(Stage::Settled(outcome));
    }
}

impl Drop for Lead {
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
pub async fn outcome(mut flight: watch::Receiver<Stage>) -> Option<Outcome> {
    match &*flight.wait_for(|stage| !matches!(stage, Stage::UnderWay)).await.ok()? {
        Stage::Settled(outcome) => Some(outcome.clone()),
        Stage::UnderWay | Stage::Abandoned => None,
    }
}
