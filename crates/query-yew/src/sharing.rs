//! Structural sharing: what has not changed keeps its reference, so that what shows it need not render.

use std::rc::Rc;

/// Takes for each item of `new` the reference of an equal one of `old`: of the one at the same place, or else of any.
/// For [`Query::share`](crate::Query::share).
///
/// A list that has got an item at its front is compared in one pass; one in an order of its own costs `O(n²)` at worst.
pub fn share_items<T: PartialEq>(old: &[Rc<T>], mut new: Vec<Rc<T>>) -> Vec<Rc<T>> {
    // Items move together: the next is looked for behind the one that was found last.
    let mut next = 0;
    for item in &mut new {
        let candidates = old.iter().enumerate().skip(next).chain(old.iter().enumerate().take(next));
        if let Some((place, same)) = candidates.into_iter().find(|(_, other)| *other == item) {
            *item = Rc::clone(same);
            next = place + 1;
        }
    }
    new
}
