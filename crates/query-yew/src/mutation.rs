//! The description of a mutation: what it asks of the server, what it expects, and what comes after it.

pub(crate) mod call;
pub(crate) mod driver;
pub(crate) mod events;
pub(crate) mod optimistic;
pub(crate) mod outcome;
pub(crate) mod run;
pub(crate) mod task;

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use query_core::{Backoff, MutationOptions, NetworkMode, QueryKey};

use crate::fault::Fault;
use crate::mutation::call::MutationCall;
use crate::mutation::optimistic::Optimistic;
use crate::mutation::run::MutationContext;

/// The outcome of a mutation.
pub type MutationResult<T, E> = Result<Rc<T>, Fault<E>>;

type Attempt<T, E> = Pin<Box<dyn Future<Output = Result<T, E>>>>;
type Run<I, T, E> = Rc<dyn Fn(I, MutationContext) -> Attempt<T, E>>;
type Expect<I> = Rc<dyn Fn(&mut Optimistic, &I)>;
type Invalidates<I, T, E> = Rc<dyn Fn(&I, &MutationResult<T, E>) -> Vec<QueryKey>>;
type Told<I, R> = Rc<dyn Fn(&MutationCall<I>, &R)>;
type Keys<I> = Rc<dyn Fn(&I) -> Vec<QueryKey>>;

/// The keys that put a mutation in line.
pub(crate) enum Scope<I> {
    /// Those that it writes optimistically.
    Written,
    /// Those that the application names.
    Named(Keys<I>),
    /// None: it waits for no other mutation.
    Parallel,
}

impl<I> Clone for Scope<I> {
    fn clone(&self) -> Self {
        match self {
            Self::Written => Self::Written,
            Self::Named(keys) => Self::Named(Rc::clone(keys)),
            Self::Parallel => Self::Parallel,
        }
    }
}

/// A change to be made on the server. May be built anew on every render.
///
/// Changes with a common key in their scopes are sent in the order in which they were started. So the server ends with the
/// last choice. By default the scope is what [`optimistic`](Self::optimistic)
/// writes; a mutation without any is sent at once.
pub struct Mutation<I, T, E> {
    pub(crate) run: Run<I, T, E>,
    pub(crate) expect: Option<Expect<I>>,
    pub(crate) scope: Scope<I>,
    pub(crate) invalidates: Option<Invalidates<I, T, E>>,
    pub(crate) on_success: Option<Told<I, T>>,
    pub(crate) on_error: Option<Told<I, Fault<E>>>,
    pub(crate) on_settled: Option<Told<I, MutationResult<T, E>>>,
    pub(crate) key: Option<QueryKey>,
    pub(crate) meta: Option<Rc<dyn Any>>,
    pub(crate) options: MutationOptions,
}

impl<I, T, E> Clone for Mutation<I, T, E> {
    fn clone(&self) -> Self {
        Self {
            run: Rc::clone(&self.run),
            expect: self.expect.clone(),
            scope: self.scope.clone(),
            invalidates: self.invalidates.clone(),
            on_success: self.on_success.clone(),
            on_error: self.on_error.clone(),
            on_settled: self.on_settled.clone(),
            key: self.key.clone(),
            meta: self.meta.clone(),
            options: self.options.clone(),
        }
    }
}

impl<I: 'static, T: 'static, E: 'static> Mutation<I, T, E> {
    /// A mutation that calls `run`, and is not tried again when it fails.
    pub fn new<F, Fut>(run: F) -> Self
    where
        F: Fn(I) -> Fut + 'static,
        Fut: Future<Output = Result<T, E>> + 'static,
    {
        Self::with_context(move |input, _| run(input))
    }

    /// A mutation whose request can be aborted: at its time limit, or by a cancellation.
    pub fn with_context<F, Fut>(run: F) -> Self
    where
        F: Fn(I, MutationContext) -> Fut + 'static,
        Fut: Future<Output = Result<T, E>> + 'static,
    {
        Self {
            run: Rc::new(move |input, context| Box::pin(run(input, context))),
            expect: None,
            scope: Scope::Written,
            invalidates: None,
            on_success: None,
            on_error: None,
            on_settled: None,
            key: None,
            meta: None,
            options: MutationOptions::default(),
        }
    }

    /// Puts the expected outcome into the cache before the server is asked.
    #[must_use]
    pub fn optimistic(mut self, expect: impl Fn(&mut Optimistic, &I) + 'static) -> Self {
        self.expect = Some(Rc::new(expect));
        self
    }

    /// Puts it in line by these keys instead of the ones that it writes. They need not be keys of queries.
    #[must_use]
    pub fn scope<K>(mut self, keys: impl Fn(&I) -> K + 'static) -> Self
    where
        K: IntoIterator<Item = QueryKey>,
    {
        self.scope = Scope::Named(Rc::new(move |input| keys(input).into_iter().collect()));
        self
    }

    /// Sends it at once, whatever else is under way. Of two changes to one thing, either may come last.
    #[must_use]
    pub fn parallel(mut self) -> Self {
        self.scope = Scope::Parallel;
        self
    }

    /// The keys that are stale once the mutation has ended, either way. While other mutations have optimistic
    /// writes there, the last of them triggers the refetch.
    #[must_use]
    pub fn invalidates<K>(mut self, keys: impl Fn(&I, &MutationResult<T, E>) -> K + 'static) -> Self
    where
        K: IntoIterator<Item = QueryKey>,
    {
        self.invalidates = Some(Rc::new(move |input, result| keys(input, result).into_iter().collect()));
        self
    }

    /// Called when it succeeded, before anything is invalidated; also when its component is gone.
    #[must_use]
    pub fn on_success(mut self, callback: impl Fn(&MutationCall<I>, &T) + 'static) -> Self {
        self.on_success = Some(Rc::new(callback));
        self
    }

    /// Called when it failed, after the optimistic writes were taken back; also when its component is gone.
    #[must_use]
    pub fn on_error(mut self, callback: impl Fn(&MutationCall<I>, &Fault<E>) + 'static) -> Self {
        self.on_error = Some(Rc::new(callback));
        self
    }

    /// Called when it has ended, either way, after the callback above; also when its component is gone.
    #[must_use]
    pub fn on_settled(
        mut self,
        callback: impl Fn(&MutationCall<I>, &MutationResult<T, E>) + 'static,
    ) -> Self {
        self.on_settled = Some(Rc::new(callback));
        self
    }

    /// Its key, by which defaults and filters find it.
    #[must_use]
    pub fn key(mut self, key: QueryKey) -> Self {
        self.key = Some(key);
        self
    }

    /// What the application wants to find in its [`MutationState`](crate::MutationState).
    #[must_use]
    pub fn meta<M: 'static>(mut self, meta: M) -> Self {
        self.meta = Some(Rc::new(meta));
        self
    }

    /// How many times to try again when the error asks for it. Only for what may safely be done twice.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.options = self.options.retries(retries);
        self
    }

    /// How long it waits before it is tried again.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.options = self.options.backoff(backoff);
        self
    }

    /// The longest time that one attempt may take. Then the mutation fails with [`Fault::TimedOut`]. 60 s, unless said
    /// otherwise; `Duration::MAX`: no limit. Its request is aborted if it got the signal of
    /// [`with_context`](Self::with_context), and may have reached the server all the same.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.options = self.options.time_limit(limit);
        self
    }

    /// Whether it waits for the network.
    #[must_use]
    pub fn network_mode(mut self, mode: NetworkMode) -> Self {
        self.options = self.options.network_mode(mode);
        self
    }
}
