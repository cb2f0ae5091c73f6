//! A value derived from another one, computed again when that one changes.

use std::rc::Rc;

use yew::prelude::*;

/// The result of `derive`, kept until `source` changes. Smaller than Yew's `use_memo`, which is compiled whole for each
/// pair of types.
#[hook]
pub(crate) fn use_derived<S, T>(source: S, derive: impl FnOnce(&S) -> T) -> Rc<T>
where
    S: PartialEq + 'static,
    T: 'static,
{
    let slot = use_mut_ref(|| None::<(S, Rc<T>)>);
    let mut slot = slot.borrow_mut();
    if let Some((before, derived)) = &*slot
        && *before == source
    {
        return Rc::clone(derived);
    }
    let derived = Rc::new(derive(&source));
    *slot = Some((source, Rc::clone(&derived)));
    derived
}
