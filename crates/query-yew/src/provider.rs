//! The component that gives the tree below it a cache.

use query_core::QueryDefaults;
use yew::prelude::*;

use crate::client::QueryClient;
use crate::listeners::Listeners;

/// See [`QueryClientProvider`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct QueryClientProviderProps {
    /// The choices for every query of the client that the provider makes. A `client` that is given has its own.
    #[prop_or_default]
    pub defaults: QueryDefaults,
    /// A client made elsewhere, for code outside of components to share; by default the provider makes its own.
    #[prop_or_default]
    pub client: Option<QueryClient>,
    /// Whether the browser tells the cache of the network and of the page's visibility. Where it does not, the application
    /// does, by [`QueryClient::set_online`] and [`QueryClient::set_focused`].
    #[prop_or(true)]
    pub browser_news: bool,
    /// The application.
    #[prop_or_default]
    pub children: Html,
}

/// The client of a provider, and the listeners that are dropped with it.
struct Provided {
    given: Option<QueryClient>,
    client: QueryClient,
    _listeners: Option<Listeners>,
}

impl Provided {
    fn new(props: &QueryClientProviderProps) -> Self {
        let given = props.client.clone();
        let client = given.clone().unwrap_or_else(|| QueryClient::new(props.defaults.clone()));
        let listeners = props.browser_news.then(|| Listeners::attach(client.runtime()));
        Self { given, _listeners: listeners, client }
    }
}

/// Gives the components below it a query cache, and the cache the browser's news about network and visibility.
#[component]
pub fn QueryClientProvider(props: &QueryClientProviderProps) -> Html {
    let slot = use_mut_ref(|| None::<Provided>);
    let mut slot = slot.borrow_mut();
    let kept = slot.take().filter(|provided| provided.given == props.client);
    let client = slot.insert(kept.unwrap_or_else(|| Provided::new(props))).client.clone();
    html! {
        <ContextProvider<QueryClient> context={client}>{ props.children.clone() }</ContextProvider<QueryClient>>
    }
}
