//! A component with any mutation, beside a text that is read.

use std::rc::Rc;

use query_yew::{Mutation, MutationHandle, Query, query_key, use_mutation, use_query};
use yew::prelude::*;

use crate::stage::{Broken, Mounted, Server, Slot, settle};

pub(crate) type Handle = MutationHandle<String, String, Broken>;

/// Makes the mutation of each render. Clones are the same one, and equal.
#[derive(Clone)]
pub(crate) struct Make(Rc<dyn Fn() -> Mutation<String, String, Broken>>);

impl PartialEq for Make {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(PartialEq, Properties)]
struct MutatingProps {
    make: Make,
    slot: Slot<Handle>,
}

#[component]
fn Mutating(props: &MutatingProps) -> Html {
    let handle = use_mutation((props.make.0)());
    let shown = [(handle.pending, " saving"), (handle.paused, " paused"), (handle.error.is_some(), " error")];
    props.slot.put(handle);
    html! { <b>{ for shown.iter().filter(|(is_so, _)| *is_so).map(|(_, word)| *word) }</b> }
}

#[derive(PartialEq, Properties)]
struct TextProps {
    reads: Server,
}

#[component]
fn Text(props: &TextProps) -> Html {
    let reads = props.reads.clone();
    let result = use_query(Query::new(query_key!["text"], move |context| reads.fetch(context, "text")));
    html! { <p>{ result.data.map(|data| (*data).clone()) }</p> }
}

/// A page with a text, which says "old", and a component that mutates.
pub(crate) struct Page {
    pub(crate) mounted: Mounted,
    pub(crate) reads: Server,
    slot: Slot<Handle>,
}

impl Page {
    pub(crate) async fn new(make: impl Fn() -> Mutation<String, String, Broken> + 'static) -> Self {
        let (reads, slot, make) = (Server::default(), Slot::default(), Make(Rc::new(make)));
        let mounted = Mounted::new(html! {
            <><Text reads={reads.clone()} /><Mutating {make} slot={slot.clone()} /></>
        })
        .await;
        reads.ok(0, "old").await;
        Self { mounted, reads, slot }
    }

    pub(crate) fn handle(&self) -> Handle {
        self.slot.get()
    }

    pub(crate) async fn mutate(&self, input: &str) {
        self.handle().mutate(input.to_owned());
        settle().await;
    }

    pub(crate) fn text(&self) -> String {
        self.mounted.text()
    }

    /// Takes the component that mutates away.
    pub(crate) async fn leave(&mut self) {
        self.mounted.show(html! { <><Text reads={self.reads.clone()} /><i /></> }).await;
    }
}

/// A mutation that asks `writes`, and expects its input to be the text.
pub(crate) fn edit(writes: &Server) -> Mutation<String, String, Broken> {
    let writes = writes.clone();
    Mutation::with_context(move |input: String, context: query_yew::MutationContext| {
        writes.receive(&input, Some(context.signal))
    })
    .optimistic(|cache, input: &String| cache.set(&query_key!["text"], input.clone()))
}
