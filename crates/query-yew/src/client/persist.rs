//! Keeping the cache over a reload of the page, in a storage of the browser or any other.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::{Rc, Weak};
use std::time::Duration;

use gloo_timers::callback::Timeout;
use query_core::{Change, Filter, Shapes};

use crate::client::QueryClient;
use crate::client::events::Subscription;
use crate::listeners::Listeners;

/// A place for texts by name. What fails there is as if nothing had been there: persistence is a convenience.
pub trait Storage {
    /// The text of a name.
    fn get(&self, name: &str) -> Option<String>;
    /// Keeps a text under a name.
    fn set(&self, name: &str, text: &str);
    /// Forgets the text of a name.
    fn remove(&self, name: &str);
}

/// The browser's `localStorage`, where there is one that may be used.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalStorage;

impl LocalStorage {
    fn with<R>(use_it: impl FnOnce(web_sys::Storage) -> Option<R>) -> Option<R> {
        use_it(web_sys::window()?.local_storage().ok()??)
    }
}

impl Storage for LocalStorage {
    fn get(&self, name: &str) -> Option<String> {
        Self::with(|storage| storage.get_item(name).ok()?)
    }

    fn set(&self, name: &str, text: &str) {
        // A full storage keeps what it had, which would be older than what it could not take.
        if Self::with(|storage| storage.set_item(name, text).ok()).is_none() {
            self.remove(name);
        }
    }

    fn remove(&self, name: &str) {
        Self::with(|storage| storage.remove_item(name).ok());
    }
}

/// What is kept, where, and for how long.
pub struct Persist {
    storage: Box<dyn Storage>,
    shapes: Shapes,
    name: String,
    version: String,
    max_age: Duration,
    pause: Duration,
}

impl Persist {
    /// Keeps the data that has one of `shapes`, for a day, under the name `query-yew`.
    ///
    /// Data that nobody shows is dropped after its `gc_time`, and with it what is kept. What was restored has that of
    /// [`QueryDefaults`](crate::QueryDefaults) until it is shown: make that one long.
    pub fn new(storage: impl Storage + 'static, shapes: Shapes) -> Self {
        Self {
            storage: Box::new(storage),
            shapes,
            name: String::from("query-yew"),
            version: String::new(),
            max_age: Duration::from_secs(24 * 60 * 60),
            pause: Duration::from_secs(1),
        }
    }

    /// The name in the storage.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// The version of the data in one line, such as the build of the application. What another version has kept is not taken.
    #[must_use]
    pub fn version(self, version: impl Into<String>) -> Self {
        Self { version: version.into(), ..self }
    }

    /// What was last written longer ago is not taken; the age of single queries does not count.
    #[must_use]
    pub fn max_age(self, max_age: Duration) -> Self {
        Self { max_age, ..self }
    }

    /// How long changes are gathered before they are written.
    #[must_use]
    pub fn pause(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// Takes what was kept, if it is of this version and not too old.
    fn restore(&self, client: &QueryClient) {
        let Some(text) = self.storage.get(&self.name) else { return };
        if self.take(client, &text).is_none() {
            self.storage.remove(&self.name);
        }
    }

    /// The text is a line with the time at which it was written, a line with the version, and the document.
    fn take(&self, client: &QueryClient, text: &str) -> Option<()> {
        let (written_at, rest) = text.split_once('\n')?;
        let (version, document) = rest.split_once('\n')?;
        let age = Self::wall(client).checked_sub(written_at.parse().ok()?)?;
        if version != self.version || Duration::from_millis(age) > self.max_age {
            return None;
        }
        client.hydrate(document, &self.shapes).ok()
    }

    fn write(&self, client: &QueryClient) {
        match client.dehydrate(&self.shapes) {
            Ok(document) => {
                let written_at = Self::wall(client).to_string();
                self.storage.set(&self.name, &[&written_at, "\n", &self.version, "\n", &document].concat());
            }
            // Data that cannot be written is not kept in an older form either.
            Err(_) => self.storage.remove(&self.name),
        }
    }

    fn wall(client: &QueryClient) -> u64 {
        let runtime = client.runtime();
        runtime.clock().wall_at(runtime.now())
    }
}

impl fmt::Debug for Persist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Persist")
            .field("name", &self.name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Keeps the cache until it is dropped; what is stored then stays.
#[must_use = "the cache is kept until this is dropped"]
pub struct Persistence {
    _on_leave: Listeners,
    _subscription: Subscription,
    _keeper: Rc<Keeper>,
}

impl fmt::Debug for Persistence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Persistence")
    }
}

struct Keeper {
    persist: Persist,
    client: QueryClient,
    due: RefCell<Option<Timeout>>,
    is_due: Cell<bool>,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.write_what_is_due();
    }
}

impl Keeper {
    fn write_what_is_due(&self) {
        if self.is_due.replace(false) {
            self.persist.write(&self.client);
        }
    }

    fn hear(self: &Rc<Self>, change: &Change) {
        let is_gone = matches!(change, Change::Removed | Change::Updated)
            && self.client.inspect(Filter::all()).iter().all(|query| query.data.is_none());
        if is_gone {
            // After a logout nothing of a person may stay, also when the page is closed at once.
            self.persist.storage.remove(&self.persist.name);
        }
        if self.is_due.replace(true) {
            return;
        }
        let keeper = Rc::downgrade(self);
        let pause = u32::try_from(self.persist.pause.as_millis()).unwrap_or(u32::MAX);
        let write = move || {
            if let Some(keeper) = Weak::upgrade(&keeper) {
                keeper.write_what_is_due();
            }
        };
        self.due.replace(Some(Timeout::new(pause, write)));
    }
}

impl QueryClient {
    /// Takes what an earlier page has kept, and keeps what changes from now on. Of several tabs the last to write wins.
    /// Needs the feature `persist`.
    pub fn persist(&self, persist: Persist) -> Persistence {
        persist.restore(self);
        let keeper = Rc::new(Keeper {
            persist,
            client: self.clone(),
            due: RefCell::default(),
            is_due: Cell::new(false),
        });
        let hearing = Rc::clone(&keeper);
        let leaving = Rc::downgrade(&keeper);
        // The last moment at which a page that goes away can write.
        let on_leave = Listeners::on_leave(move || {
            if let Some(keeper) = leaving.upgrade() {
                keeper.write_what_is_due();
            }
        });
        Persistence {
            _on_leave: on_leave,
            _subscription: self.subscribe(move |_, change| hearing.hear(change)),
            _keeper: keeper,
        }
    }
}
