//! The component that gives the tree below it a cache.

use query_core::QueryDefaults;
use yew::prelude::*;

use crate::client::QueryClient;
use crate::listeners::Listeners;

/// See [`QueryClientProvider`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct QueryClientProviderProps {
    /// The application's choices for every query. Read once, when the provider is mounted.
    #[prop_or_default]
    pub defaults: QueryDefaults,
    /// A client made elsewhere, for code outside of components to share; by default the provider makes its own.
    #[prop_or_default]
    pub client: Option<QueryClient>,
    /// The application.
    #[prop_or_default]
    pub children: Html,
}

/// Gives the components below it a query cache, and the cache the browser's news about network and visibility.
#[component]
pub fn QueryClientProvider(props: &QueryClientProviderProps) -> Html {
    let given = props.client.clone();
    let client =
        use_memo(given, |given| given.clone().unwrap_or_else(|| QueryClient::new(props.defaults.clone())));
    let client = (*client).clone();
    use_effect_with(client.clone(), |client| {
        let listeners = Listeners::attach(client);
        move || drop(listeners)
    });
    html! {
        <ContextProvider<QueryClient> context={client}>{ props.children.clone() }</ContextProvider<QueryClient>>
    }
}
