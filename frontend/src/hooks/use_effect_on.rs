//! An effect without its types. Yew's `use_effect_with` is compiled anew for each closure and each type of
//! dependencies it is given; the app has a dozen of both, and this once.

use std::{any::Any, rc::Rc};

use yew::prelude::*;

/// Dependencies, and the equality of the type they were made from.
struct Deps {
    values: Rc<dyn Any>,
    equal: fn(&dyn Any, &dyn Any) -> bool,
}

impl PartialEq for Deps {
    fn eq(&self, other: &Self) -> bool {
        (self.equal)(&*self.values, &*other.values)
    }
}

fn equal<D: PartialEq + 'static>(left: &dyn Any, right: &dyn Any) -> bool {
    left.downcast_ref::<D>() == right.downcast_ref::<D>()
}

/// Calls `effect` after the first render, and after each one in which `deps` are others than before. What it
/// returns (a timer, a listener) is dropped before the next call, and with the component.
#[hook]
pub(crate) fn use_effect_on<D, F, K>(deps: D, effect: F)
where
    D: PartialEq + 'static,
    F: FnOnce(&D) -> K + 'static,
    K: 'static,
{
    let values = Rc::new(deps);
    let given = Rc::clone(&values);
    use_erased_effect(Deps { values, equal: equal::<D> }, Box::new(move || Box::new(effect(&given))));
}

#[hook]
fn use_erased_effect(deps: Deps, effect: Box<dyn FnOnce() -> Box<dyn Any>>) {
    use_effect_with(deps, move |_| {
        let kept = effect();
        move || drop(kept)
    });
}
