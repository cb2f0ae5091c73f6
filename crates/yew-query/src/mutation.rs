//! The description of a mutation, and its run from the optimistic write to the invalidation.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use gloo_timers::future::TimeoutFuture;
use query_core::{Event, MutationId, QueryError, QueryKey, Retry};

use crate::client::QueryClient;
use crate::optimistic::Optimistic;

type Run<I, T, E> = Rc<dyn Fn(I) -> Pin<Box<dyn Future<Output = Result<T, E>>>>>;
type Expect<I> = Rc<dyn Fn(&mut Optimistic, &I)>;
type Invalidates<I, T, E> = Rc<dyn Fn(&I, &Result<T, E>) -> Vec<QueryKey>>;
type Told<I, R> = Rc<dyn Fn(&I, &R)>;

/// A change to be made on the server. May be built anew on every render.
pub struct Mutation<I, T, E> {
    run: Run<I, T, E>,
    optimistic: Option<Expect<I>>,
    invalidates: Option<Invalidates<I, T, E>>,
    on_success: Option<Told<I, T>>,
    on_error: Option<Told<I, E>>,
    retries: u32,
}

impl<I, T, E> Clone for Mutation<I, T, E> {
    fn clone(&self) -> Self {
        Self {
            run: Rc::clone(&self.run),
            optimistic: self.optimistic.clone(),
            invalidates: self.invalidates.clone(),
            on_success: self.on_success.clone(),
            on_error: self.on_error.clone(),
            retries: self.retries,
        }
    }
}

impl<I: Clone + 'static, T: 'static, E: QueryError> Mutation<I, T, E> {
    /// A mutation that calls `run`, and is not tried again when it fails.
    pub fn new<F, Fut>(run: F) -> Self
    where
        F: Fn(I) -> Fut + 'static,
        Fut: Future<Output = Result<T, E>> + 'static,
    {
        Self {
            run: Rc::new(move |input| Box::pin(run(input))),
            optimistic: None,
            invalidates: None,
            on_success: None,
            on_error: None,
            retries: 0,
        }
    }

    /// Puts the expected outcome into the cache before the server is asked.
    #[must_use]
    pub fn optimistic(mut self, expect: impl Fn(&mut Optimistic, &I) + 'static) -> Self {
        self.optimistic = Some(Rc::new(expect));
        self
    }

    /// The keys that are stale once the mutation has ended, either way. While other mutations have optimistic
    /// writes there, the last of them triggers the refetch.
    #[must_use]
    pub fn invalidates(mut self, keys: impl Fn(&I, &Result<T, E>) -> Vec<QueryKey> + 'static) -> Self {
        self.invalidates = Some(Rc::new(keys));
        self
    }

    /// Called when it succeeded, before anything is invalidated; also when its component is gone.
    #[must_use]
    pub fn on_success(mut self, callback: impl Fn(&I, &T) + 'static) -> Self {
        self.on_success = Some(Rc::new(callback));
        self
    }

    /// Called when it failed, after the optimistic writes were taken back; also when its component is gone.
    #[must_use]
    pub fn on_error(mut self, callback: impl Fn(&I, &E) + 'static) -> Self {
        self.on_error = Some(Rc::new(callback));
        self
    }

    /// How many times to try again when the error asks for it. Only for what may safely be done twice.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// Makes the optimistic write at once, and returns the rest as a future that belongs to nobody's component.
    pub(crate) fn start(self, client: QueryClient, input: I) -> impl Future<Output = Result<Rc<T>, E>> {
        let id = client.runtime().with_cache(|cache| cache.new_mutation());
        if let Some(expect) = &self.optimistic {
            expect(&mut Optimistic::new(client.clone(), id), &input);
        }
        async move {
            let result = self.attempts(&client, &input).await;
            match &result {
                Ok(data) => {
                    if let Some(callback) = &self.on_success {
                        callback(&input, data);
                    }
                }
                Err(err) => {
                    client.runtime().step(Event::MutationFailed { mutation: id });
                    if let Some(callback) = &self.on_error {
                        callback(&input, err);
                    }
                }
            }
            let invalidates = self.invalidates.map(|keys| keys(&input, &result)).unwrap_or_default();
            settle(&client, id, invalidates);
            result.map(Rc::new)
        }
    }

    async fn attempts(&self, client: &QueryClient, input: &I) -> Result<T, E> {
        let mut failed = 0;
        loop {
            let err = match (self.run)(input.clone()).await {
                Ok(data) => return Ok(data),
                Err(err) => err,
            };
            let Some(wait) = wait(client, err.retry(), failed, self.retries) else {
                return Err(err);
            };
            TimeoutFuture::new(u32::try_from(wait.as_millis()).unwrap_or(u32::MAX)).await;
            failed += 1;
        }
    }
}

fn settle(client: &QueryClient, mutation: MutationId, invalidates: Vec<QueryKey>) {
    client.runtime().step(Event::MutationSettled { mutation, invalidates });
}

fn wait(client: &QueryClient, retry: Retry, failed: u32, retries: u32) -> Option<Duration> {
    client.runtime().with_cache(|cache| cache.mutation_wait(retry, failed, retries))
}
