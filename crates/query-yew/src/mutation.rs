//! The description of a mutation, and its run from the optimistic write to the invalidation.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use gloo_timers::future::TimeoutFuture;
use query_core::{Event, QueryKey, Value};
use wasm_bindgen_futures::spawn_local;

use crate::client::QueryClient;
use crate::fault::Fault;
use crate::optimistic::Optimistic;

type Attempt<T, E> = Pin<Box<dyn Future<Output = Result<T, E>>>>;
type Call<I, T, E> = Rc<dyn Fn(I) -> Attempt<T, E>>;
type Expect<I> = Rc<dyn Fn(&mut Optimistic, &I)>;
type Invalidates<I, T, E> = Rc<dyn Fn(&I, &Result<T, Rc<E>>) -> Vec<QueryKey>>;
type Told<I, R> = Rc<dyn Fn(&I, &R)>;

/// A change to be made on the server. May be built anew on every render.
pub struct Mutation<I, T, E> {
    run: Call<I, T, E>,
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

impl<I: Clone + 'static, T: 'static, E: 'static> Mutation<I, T, E> {
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
    pub fn invalidates(mut self, keys: impl Fn(&I, &Result<T, Rc<E>>) -> Vec<QueryKey> + 'static) -> Self {
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
}

/// One run of a mutation.
pub(crate) struct Run<I, T, E> {
    mutation: Mutation<I, T, E>,
    input: I,
    /// Called at the end of everything.
    ended: Box<dyn FnOnce(Result<Rc<T>, Fault<E>>)>,
    attempt: Option<Attempt<T, E>>,
    result: Option<Result<T, Rc<E>>>,
}

impl<I, T, E> Run<I, T, E> {
    pub(crate) fn new(
        mutation: Mutation<I, T, E>,
        input: I,
        ended: impl FnOnce(Result<Rc<T>, Fault<E>>) + 'static,
    ) -> Self {
        Self { mutation, input, ended: Box::new(ended), attempt: None, result: None }
    }
}

/// A run without its types: what it does in which order is compiled once, and this for each kind of mutation.
trait Steps {
    /// Makes the optimistic write.
    fn expect(&self, cache: &mut Optimistic);
    /// Goes on with the attempt under way, or begins one. What failed says whether to try again.
    fn poll_attempt(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Value>>;
    /// Tells the description's callbacks of the last attempt's result, and returns what is stale by then.
    fn tell(&self) -> Vec<QueryKey>;
    /// Hands the result over.
    fn end(self: Box<Self>);
}

impl<I: Clone, T, E: 'static> Steps for Run<I, T, E> {
    fn expect(&self, cache: &mut Optimistic) {
        if let Some(expect) = &self.mutation.optimistic {
            expect(cache, &self.input);
        }
    }

    fn poll_attempt(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Value>> {
        let attempt = self.attempt.get_or_insert_with(|| (self.mutation.run)(self.input.clone()));
        let result = ready!(attempt.as_mut().poll(cx));
        self.attempt = None;
        let result = result.map_err(Rc::new);
        let verdict = result.as_ref().map(|_| ()).map_err(|err| Value::opaque(Rc::clone(err)));
        self.result = Some(result);
        Poll::Ready(verdict)
    }

    fn tell(&self) -> Vec<QueryKey> {
        let Some(result) = &self.result else { return Vec::new() };
        match result {
            Ok(data) => {
                if let Some(callback) = &self.mutation.on_success {
                    callback(&self.input, data);
                }
            }
            Err(err) => {
                if let Some(callback) = &self.mutation.on_error {
                    callback(&self.input, err);
                }
            }
        }
        self.mutation.invalidates.as_ref().map(|keys| keys(&self.input, result)).unwrap_or_default()
    }

    fn end(self: Box<Self>) {
        if let Some(result) = self.result {
            (self.ended)(result.map(Rc::new).map_err(Fault::Failed));
        }
    }
}

/// Makes the optimistic write at once, and the rest in a task that outlives the component.
pub(crate) fn start<I, T, E>(client: QueryClient, run: Run<I, T, E>)
where
    I: Clone + 'static,
    T: 'static,
    E: 'static,
{
    let retries = run.mutation.retries;
    start_steps(client, Box::new(run), retries);
}

fn start_steps(client: QueryClient, mut run: Box<dyn Steps>, retries: u32) {
    let mutation = client.runtime().with_cache(|cache| cache.new_mutation());
    run.expect(&mut Optimistic::new(client.clone(), mutation));
    spawn_local(async move {
        let runtime = client.runtime();
        let mut failed = 0;
        while let Err(error) = poll_fn(|cx| run.poll_attempt(cx)).await {
            let wait = runtime.with_cache(|cache| cache.mutation_wait(&error, failed, retries));
            let Some(wait) = wait else {
                runtime.step(Event::MutationFailed { mutation });
                break;
            };
            TimeoutFuture::new(u32::try_from(wait.as_millis()).unwrap_or(u32::MAX)).await;
            failed += 1;
        }
        let invalidates = run.tell();
        runtime.step(Event::MutationSettled { mutation, invalidates });
        run.end();
    });
}
