//! Waits for the end of a lease whose holder may be in another replica.
//!
//! Redis is polled. All requests of this process that wait for one lease share one poll.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use tokio::time::sleep;

use crate::redis::{
    Link,
    link::{Repeat, jittered},
};

/// The longest time between two polls; the shortest is half of it.
const LOOK_EVERY: Duration = Duration::from_millis(30);

type Look = BoxFuture<'static, ()>;

/// The waits of this process.
pub(super) struct Waiting {
    link: Link,
    /// Shared polls, by the lease's key and its holder.
    under_way: Mutex<HashMap<(String, String), WeakShared<Look>>>,
}

impl Waiting {
    pub(super) fn new(link: Link) -> Self {
        Self { link, under_way: Mutex::default() }
    }

    /// Resolves once `holder` has no longer the lease under `key`, or Redis cannot be asked. A lease ends by itself,
    /// and so does the wait.
    pub(super) fn until_over(&self, key: String, holder: String) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let known = under_way.get(&(key.clone(), holder.clone())).and_then(WeakShared::upgrade);
        if let Some(known) = known.filter(|known| known.peek().is_none()) {
            return Box::pin(known);
        }
        under_way.retain(|_, waiting| waiting.upgrade().is_some());
        let waiting = look(self.link.clone(), key.clone(), holder.clone()).boxed().shared();
        if let Some(weak) = Shared::downgrade(&waiting) {
            under_way.insert((key, holder), weak);
        }
        Box::pin(waiting)
    }
}

async fn look(link: Link, key: String, holder: String) {
    let mut command = redis::cmd("GET");
    command.arg(key);
    loop {
        sleep(jittered(LOOK_EVERY)).await;
        match link.send::<Option<String>>(&command, Repeat::Once).await {
            Ok(Some(has_it)) if has_it == holder => {}
            // The waiting request reads the session next, and gets the error there.
            _ => return,
        }
    }
}
