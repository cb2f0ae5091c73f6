//! The cache in front of the origin, and what replicas share of it.

use std::{rc::Rc, sync::Arc};

use super::{admitted::Admitted, origin::Origin};
use crate::replicas::{numbers::SharedNumbers, second_level::SecondLevel};
use http_cache::{
    Cache,
    key::{Key, Partition, key_fields},
};
use http_message::budget::Budget;

/// The cache, and the parts of it that replicas share.
#[derive(Clone)]
pub struct Caching {
    /// The cache of all workers; `None`: nothing is kept.
    pub cache: Option<Arc<Cache>>,
    /// The numbers of all replicas, where there may be others: they have caches even where this one has none.
    pub numbers: Option<SharedNumbers>,
    /// The second level: answers that all replicas share.
    pub second_level: Option<SecondLevel>,
    /// The bytes that the process may hold whole.
    pub budget: Budget,
}

/// One worker's way to answers: the cache, and the origin behind it.
pub(super) struct CachedOrigin {
    pub(super) origin: Rc<Origin>,
    pub(super) cache: Option<Arc<Cache>>,
    pub(super) numbers: Option<SharedNumbers>,
    pub(super) second_level: Option<SecondLevel>,
    pub(super) budget: Budget,
}

impl CachedOrigin {
    pub(super) fn new(caching: Caching, origin: Rc<Origin>) -> Self {
        let Caching { cache, numbers, second_level, budget } = caching;
        Self { origin, cache, numbers, second_level, budget }
    }

    /// The cache and the key for answers to a request; `None`: they are not kept. A session's answers are kept for
    /// that session, and only where the route says so.
    pub(super) fn key_of(&self, admitted: &Admitted) -> Option<(Arc<Cache>, Key)> {
        let cache = self.cache.clone()?;
        let partition = match &admitted.session {
            None => Partition::Shared,
            Some(session) if admitted.route.cache.private => {
                Partition::Private(session.key.as_bytes().as_slice().into())
            }
            Some(_) => return None,
        };
        let fields = match admitted.is_kept_by_route() {
            true => Some(key_fields(&admitted.headers, |name| admitted.is_in_key(name))?),
            false => None,
        };
        Some((cache, Key { partition, target: admitted.target.clone(), fields }))
    }
}
