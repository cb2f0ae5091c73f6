//! The saved views of this browser.

use std::rc::Rc;

use yew::prelude::*;

use super::{storage::Stored, use_event};
use crate::{domain::saved_views::NamedViews, route::view::TodosView};

const VIEWS: Stored = Stored::new("views");

/// The saved views, and a callback that saves a view under a name, or with `None` forgets the name.
#[hook]
pub(crate) fn use_saved_views() -> (Rc<NamedViews>, Callback<(String, Option<TodosView>)>) {
    let views = use_state_eq(|| Rc::new(NamedViews::parse(&VIEWS.get().unwrap_or_default())));
    let shown = Rc::clone(&views);
    let change = use_event(move |(name, view): (String, Option<TodosView>)| {
        let next = views.with(name, view);
        VIEWS.set(&next.encode());
        views.set(Rc::new(next));
    });
    (shown, change)
}
