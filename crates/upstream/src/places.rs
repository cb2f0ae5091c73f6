//! Places for exchanges under way: a limit for all, and a lower one for uploads, tunnels and event streams.

use std::{cell::Cell, rc::Rc};

use super::{error::UpstreamError, servers::Turn};
use http_message::shares::Share;
use telemetry::metrics;

/// The places of one worker.
pub(super) struct Places {
    taken: Rc<Cell<Taken>>,
    limit: usize,
}

/// One exchange's place; given back when it is dropped.
pub(super) struct Place {
    taken: Rc<Cell<Taken>>,
    upload: bool,
    /// The exchange with its server, where something is kept of it.
    turn: Option<Turn>,
    uploads_max: usize,
    _share: Option<Share>,
    _counted: metrics::UnderWay,
}

#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    all: usize,
    uploads: usize,
}

impl Places {
    pub(super) fn new(limit: usize) -> Self {
        Self { taken: Rc::default(), limit }
    }

    /// Takes a place for an exchange.
    pub(super) fn take(&self, upload: bool, share: Option<Share>) -> Result<Place, UpstreamError> {
        let Taken { all, uploads } = self.taken.get();
        // A quarter of the places is kept for reading: uploads last as long as their senders please.
        let uploads_max = self.limit - self.limit / 4;
        if all >= self.limit || (upload && uploads >= uploads_max) {
            return Err(UpstreamError::NoPlace);
        }
        self.taken.set(Taken { all: all + 1, uploads: uploads + usize::from(upload) });
        Ok(Place {
            taken: Rc::clone(&self.taken),
            upload,
            turn: None,
            uploads_max,
            _share: share,
            _counted: metrics::UnderWay::begin(),
        })
    }
}

impl Place {
    /// The same, with the server that the exchange is with.
    pub(super) fn with(self, turn: Turn) -> Self {
        let mut place = self;
        place.turn = Some(turn);
        place
    }

    /// The server's turn, where something is kept of it.
    pub(super) const fn turn(&mut self) -> Option<&mut Turn> {
        self.turn.as_mut()
    }

    /// Makes an exchange one that lasts as long as its browser pleases: such have not all of the places.
    pub(super) fn lengthen(&mut self) -> Result<(), UpstreamError> {
        let Taken { all, uploads } = self.taken.get();
        if !self.upload {
            if uploads >= self.uploads_max {
                return Err(UpstreamError::NoPlace);
            }
            self.taken.set(Taken { all, uploads: uploads + 1 });
            self.upload = true;
        }
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Taken { all, uploads } = self.taken.get();
        self.taken.set(Taken {
            all: all.saturating_sub(1),
            uploads: uploads.saturating_sub(usize::from(self.upload)),
        });
    }
}
