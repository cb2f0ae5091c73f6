//! The shared fixtures: a server under the test's control, a log of renders, a mounted page, and bounded waits.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::{Poll, Waker};

use gloo_timers::future::TimeoutFuture;
use query_yew::{FetchContext, QueryClient, QueryClientProvider, QueryDefaults, Retry};
use web_sys::{AbortSignal, Element};
use yew::prelude::*;

/// An error that says about retrying whatever the test wants.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Broken(pub(crate) Retry);

pub(crate) type Answer = Result<String, Broken>;

struct Request {
    what: String,
    signal: Option<AbortSignal>,
    answer: Option<Answer>,
    waker: Option<Waker>,
}

/// A server that keeps every request until the test answers it. Clones are the same server, and equal.
#[derive(Clone, Default)]
pub(crate) struct Server(Rc<RefCell<Vec<Request>>>);

impl PartialEq for Server {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Server {
    pub(crate) fn fetch(&self, context: FetchContext, what: &str) -> impl Future<Output = Answer> + use<> {
        self.receive(what, Some(context.signal))
    }

    pub(crate) fn receive(
        &self,
        what: &str,
        signal: Option<AbortSignal>,
    ) -> impl Future<Output = Answer> + use<> {
        let request = Request { what: what.to_owned(), signal, answer: None, waker: None };
        self.0.borrow_mut().push(request);
        let (requests, index) = (self.0.clone(), self.0.borrow().len() - 1);
        poll_fn(move |context| {
            let request = &mut requests.borrow_mut()[index];
            match request.answer.clone() {
                Some(answer) => Poll::Ready(answer),
                None => {
                    request.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
    }

    /// The requests, in order.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.0.borrow().iter().map(|request| request.what.clone()).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.borrow().len()
    }

    /// The newest request of this name. Yew renders siblings in an order of its own.
    pub(crate) fn newest(&self, what: &str) -> usize {
        self.requests().iter().rposition(|request| request == what).expect("such a request")
    }

    pub(crate) fn is_aborted(&self, index: usize) -> bool {
        self.0.borrow()[index].signal.as_ref().is_some_and(AbortSignal::aborted)
    }

    /// Answers a request, and waits until the page has taken it in.
    pub(crate) async fn answer(&self, index: usize, answer: Answer) {
        let waker = {
            let mut requests = self.0.borrow_mut();
            requests[index].answer = Some(answer);
            requests[index].waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        settle().await;
    }

    pub(crate) async fn ok(&self, index: usize, data: &str) {
        self.answer(index, Ok(data.to_owned())).await;
    }
}

/// The log of a component, one line for each render. Clones are the same log, and equal.
#[derive(Clone, Default)]
pub(crate) struct Log(Rc<RefCell<Vec<String>>>);

impl PartialEq for Log {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Log {
    pub(crate) fn add(&self, line: impl Into<String>) {
        self.0.borrow_mut().push(line.into());
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

/// A value handed from a component to the test, such as a callback or a handle.
pub(crate) struct Slot<T>(Rc<RefCell<Option<T>>>);

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Rc::default())
    }
}

impl<T> PartialEq for Slot<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T: Clone> Slot<T> {
    pub(crate) fn put(&self, value: T) {
        *self.0.borrow_mut() = Some(value);
    }

    pub(crate) fn get(&self) -> T {
        self.0.borrow().clone().expect("the component has rendered")
    }
}

#[derive(PartialEq, Properties)]
struct PageProps {
    client: QueryClient,
    content: Html,
}

#[component]
fn Page(props: &PageProps) -> Html {
    html! {
        <QueryClientProvider client={props.client.clone()}>
            <main>{ props.content.clone() }</main>
        </QueryClientProvider>
    }
}

/// A mounted page with a cache of its own. Unmounted when dropped.
pub(crate) struct Mounted {
    pub(crate) client: QueryClient,
    app: Option<AppHandle<Page>>,
    root: Element,
}

impl Mounted {
    pub(crate) async fn new(content: Html) -> Self {
        let document = web_sys::window().and_then(|window| window.document()).expect("a document");
        let root = document.create_element("div").expect("an element");
        document.body().expect("a body").append_child(&root).expect("a place for it");
        let client = QueryClient::new(QueryDefaults::default().verdict(|broken: &Broken| broken.0));
        let props = PageProps { client: client.clone(), content };
        let app = yew::Renderer::<Page>::with_root_and_props(root.clone(), props).render();
        settle().await;
        Self { client, app: Some(app), root }
    }

    /// Renders something else in the same place.
    pub(crate) async fn show(&mut self, content: Html) {
        let props = PageProps { client: self.client.clone(), content };
        self.app.as_mut().expect("mounted").update(props);
        settle().await;
    }

    pub(crate) fn text(&self) -> String {
        self.root.text_content().unwrap_or_default()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Some(app) = self.app.take() {
            app.destroy();
        }
        self.root.remove();
    }
}

/// An event of the window, such as `offline`.
pub(crate) async fn browser_says(event: &str) {
    let window = web_sys::window().expect("a window");
    let event = web_sys::Event::new(event).expect("an event");
    window.dispatch_event(&event).expect("a listener that does not throw");
    settle().await;
}

/// Lets everything happen that is ready to: promises, renders, effects.
pub(crate) async fn settle() {
    // One turn of the event loop empties the queue of microtasks; renders may have been put off to another.
    for _ in 0..2 {
        TimeoutFuture::new(0).await;
        yew::scheduler::flush().await;
    }
}

/// Waits until something is so, for at most three seconds.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..300 {
        if condition() {
            return;
        }
        TimeoutFuture::new(10).await;
    }
    panic!("waited in vain: {what}");
}
