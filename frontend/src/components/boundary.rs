//! Error boundaries: a section whose data failed shows why and "Try again" in its place, the rest of the page
//! lives on.
//!
//! Yew has none of its own. A component reports what it cannot go on without by [`use_fault`]; the nearest
//! [`Boundary`] above collects the reports and shows them in the place of its children. The children stay
//! mounted meanwhile, so that a query which recovers by itself (on reconnect, say) takes its report back.

use yew::prelude::*;

use super::{fault_panel::use_fault_panel, heading::hidden_heading};
use crate::{
    app_context::{AppContext, Fault, FaultCollector, provide, use_app_context},
    dom,
    hooks::{use_effect_on, use_event, use_value},
    report,
};

/// Reports `fault` to the nearest [`Boundary`], and takes it back when it becomes `None`. Unexpected errors are reported to
/// the server.
#[hook]
pub(crate) fn use_fault(fault: Option<Fault>) {
    let collector = use_app_context().faults;
    let id = use_mut_ref(|| collector.as_ref().map_or(0, FaultCollector::next_id));
    use_effect_on(fault, move |fault| {
        if let Some(fault) = fault {
            report::failed(&fault.error);
        }
        if let Some(collector) = collector {
            collector.report(*id.borrow(), fault.clone());
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
    let faults = use_value(Vec::new);
    let collector = FaultCollector::new(faults.clone(), use_mut_ref(u64::default));
    let faults = faults.get();
    let inside = AppContext { faults: Some(collector), ..use_app_context() };
    let first = faults.first().map(|(_, fault)| fault.error.clone());
    let on_retry = use_event(move |()| {
        // The button goes away with the panel; the focus must not fall back to the top of the document.
        dom::focus("main");
        for (_, fault) in &faults {
            fault.retry.emit(());
        }
    });
    let panel = use_fault_panel(first, &on_retry);
    html! {
        <div class="boundary">
            if panel.is_some() {
                { props.title.map(hidden_heading) }
                { panel.clone() }
            }
            <div class="boundary__inside" hidden={panel.is_some()}>
                { provide(inside, props.children.clone()) }
            </div>
        </div>
    }
}
