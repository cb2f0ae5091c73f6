//! Error boundaries: a section whose data failed shows why and "Try again" in its place, the rest of the page
//! lives on.
//!
//! Yew has none of its own. A component reports what it cannot go on without by [`use_fault`]; the nearest
//! [`Boundary`] above collects the reports and shows them in the place of its children. The children stay
//! mounted meanwhile, so that a query which recovers by itself (on reconnect, say) takes its report back.

use yew::prelude::*;

use super::{fault_panel::FaultPanel, heading::hidden_heading};
use crate::{
    app_context::{AppContext, Fault, FaultCollector, use_app_context, use_fault_collector},
    dom,
    hooks::use_event,
    queries::use_retry_all,
    report,
};

/// Reports `fault` to the nearest [`Boundary`], and takes it back when it becomes `None`. Unexpected errors are reported to
/// the server.
#[hook]
pub(crate) fn use_fault(fault: Option<Fault>) {
    let collector = use_app_context().faults;
    let id = use_memo((), |()| collector.as_ref().map_or(0, FaultCollector::next_id));
    use_effect_with(fault, move |fault| {
        if let Some(fault) = fault {
            report::failed(&fault.error);
        }
        if let Some(collector) = collector {
            collector.report(*id, fault.clone());
        }
    });
}

/// Properties of [`Boundary`].
#[derive(Properties, PartialEq)]
pub(crate) struct BoundaryProps {
    /// A section of a page.
    pub(crate) children: Html,
    /// The page's heading while a fault is shown, for a section that otherwise has it among its children.
    #[prop_or_default]
    pub(crate) title: Option<&'static str>,
}

/// Shows the first fault of its children in their place.
#[component]
pub(crate) fn Boundary(props: &BoundaryProps) -> Html {
    let (faults, collector) = use_fault_collector();
    let inside = AppContext { faults: Some(collector), ..use_app_context() };
    let first = faults.iter().next().map(|fault| fault.error.clone());
    let retry_all = use_retry_all();
    let on_retry = use_event(move |()| {
        // The button goes away with the panel; the focus must not fall back to the top of the document.
        dom::focus("main");
        for fault in faults.iter() {
            fault.retry.emit(());
        }
        retry_all.emit(());
    });
    html! {
        <div class="boundary">
            if let Some(error) = &first {
                { props.title.map(hidden_heading) }
                <FaultPanel error={error.clone()} {on_retry} />
            }
            <div class="boundary__inside" hidden={first.is_some()}>
                <ContextProvider<AppContext> context={inside}>{ props.children.clone() }</ContextProvider<AppContext>>
            </div>
        </div>
    }
}
