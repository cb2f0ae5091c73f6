//! Waiting for somebody else's lease to be over, who may be in another replica.
//!
//! Redis is asked now and then. However many requests of this process wait for one lease, they ask together.

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

/// The longest time between two looks; the shortest is half of it.
const LOOK_EVERY: Duration = Duration::from_millis(30);

type Look = BoxFuture<'static, ()>;

/// Those who wait in this process.
pub(super) struct Waiting {
    link: Link,
    /// By the lease's key and who has it.
    under_way: Mutex<HashMap<(String, String), WeakShared<Look>>>,
}

impl Waiting {
    pub(super) fn new(link: Link) -> Self {
        Self { link, under_way: Mutex::default() }
    }

    /// Resolves once the lease under `key` is no longer that of `holder`, or cannot be asked after. It ends by itself:
    /// so does this.
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
            // Whoever waits looks at the session next, and hears there what is wrong.
            _ => return,
        }
    }
}
