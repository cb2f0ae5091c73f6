//! Values without their type, so that one cache holds every kind of data: a reference-counted `Any` and the
//! equality of the type it was made from.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

use crate::kind::Kind;

/// A cached value or error. Cloning shares it.
#[derive(Clone)]
pub struct Value {
    kind: Kind,
    data: Rc<dyn Any>,
    equal: fn(&dyn Any, &dyn Any) -> bool,
}

impl Value {
    /// Erases the type of `value`.
    pub fn new<T: PartialEq + 'static>(value: T) -> Self {
        Self::from_rc(Rc::new(value))
    }

    /// Erases the type of a shared value; the reference is kept, not copied.
    pub fn from_rc<T: PartialEq + 'static>(value: Rc<T>) -> Self {
        Self { kind: Kind::of::<T>(), data: value, equal: equal::<T> }
    }

    /// Erases the type of a value that has no equality: it equals its own clones alone.
    pub fn opaque<T: 'static>(value: Rc<T>) -> Self {
        Self { kind: Kind::of::<T>(), data: value, equal: |_, _| false }
    }

    /// The type that it was made from.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The value as a `T`, or `None` if it was made from another type.
    pub fn get<T: 'static>(&self) -> Option<Rc<T>> {
        Rc::clone(&self.data).downcast().ok()
    }

    /// The value as a `T` by reference, or `None` if it was made from another type.
    pub fn peek<T: 'static>(&self) -> Option<&T> {
        self.data.downcast_ref()
    }

    /// Whether both are the very same allocation.
    pub fn same(&self, other: &Self) -> bool {
        // The data pointers alone: vtable addresses of one type may differ between codegen units.
        Rc::as_ptr(&self.data).cast::<()>() == Rc::as_ptr(&other.data).cast::<()>()
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.same(other) || (self.equal)(&*self.data, &*other.data)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(..)")
    }
}

fn equal<T: PartialEq + 'static>(left: &dyn Any, right: &dyn Any) -> bool {
    match (left.downcast_ref::<T>(), right.downcast_ref::<T>()) {
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_compare_by_the_equality_of_their_type() {
        assert_eq!(Value::new(1u8), Value::new(1u8));
        assert_ne!(Value::new(1u8), Value::new(2u8));
        assert_ne!(Value::new(1u8), Value::new(1u16));
    }

    #[test]
    fn a_value_is_only_read_back_as_the_type_it_was_made_from() {
        let value = Value::new(String::from("todo"));
        assert_eq!(value.get::<String>().as_deref().map(String::as_str), Some("todo"));
        assert!(value.get::<u8>().is_none());
    }

    #[test]
    fn clones_are_the_same_allocation_and_equals_are_not() {
        let value = Value::new(1u8);
        assert!(value.same(&value.clone()));
        assert!(!value.same(&Value::new(1u8)));
    }
}
