//! Paged data: the pages of an infinite query, each with the parameter that fetched it.

use std::rc::Rc;

/// One page and its parameter.
#[derive(Debug)]
pub struct Page<P, T> {
    /// The parameter of the request: an offset, a cursor.
    pub param: P,
    /// The page's data.
    pub data: Rc<T>,
}

impl<P: Clone, T> Clone for Page<P, T> {
    fn clone(&self) -> Self {
        Self { param: self.param.clone(), data: Rc::clone(&self.data) }
    }
}

impl<P: PartialEq, T: PartialEq> PartialEq for Page<P, T> {
    fn eq(&self, other: &Self) -> bool {
        self.param == other.param && (Rc::ptr_eq(&self.data, &other.data) || self.data == other.data)
    }
}

/// The pages of an infinite query in order. This is the type of its cached data.
#[derive(Debug)]
pub struct Pages<P, T> {
    pages: Vec<Page<P, T>>,
}

impl<P: Clone, T> Clone for Pages<P, T> {
    fn clone(&self) -> Self {
        Self { pages: self.pages.clone() }
    }
}

impl<P: PartialEq, T: PartialEq> PartialEq for Pages<P, T> {
    fn eq(&self, other: &Self) -> bool {
        self.pages == other.pages
    }
}

impl<P, T> Default for Pages<P, T> {
    fn default() -> Self {
        Self { pages: Vec::new() }
    }
}

impl<P, T: PartialEq> Pages<P, T> {
    /// The pages in the order they were fetched.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Page<P, T>> + ExactSizeIterator {
        self.pages.iter()
    }

    /// How many pages there are.
    pub fn len(&self) -> usize {
        self.pages.len()
    }

    /// Whether there is no page yet.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// The last page.
    pub fn last(&self) -> Option<&Page<P, T>> {
        self.pages.last()
    }

    /// Adds a page at the end. A page equal to the one at the same place in `old` keeps that one's reference, so
    /// that what shows an unchanged page need not render.
    pub fn push(&mut self, param: P, data: T, old: Option<&Self>) {
        let kept = old.and_then(|old| old.pages.get(self.pages.len())).filter(|page| *page.data == data);
        let data = kept.map_or_else(|| Rc::new(data), |page| Rc::clone(&page.data));
        self.pages.push(Page { param, data });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(items: &[&str]) -> Pages<usize, String> {
        let mut pages = Pages::default();
        for (param, item) in items.iter().enumerate() {
            pages.push(param, String::from(*item), None);
        }
        pages
    }

    #[test]
    fn an_unchanged_page_keeps_its_reference() {
        let old = of(&["a", "b"]);
        let mut new = Pages::default();
        new.push(0, String::from("a"), Some(&old));
        new.push(1, String::from("changed"), Some(&old));
        new.push(2, String::from("c"), Some(&old));
        let shared: Vec<bool> =
            old.iter().zip(new.iter()).map(|(old, new)| Rc::ptr_eq(&old.data, &new.data)).collect();
        assert_eq!(shared, [true, false]);
        assert_eq!(new.len(), 3);
    }

    #[test]
    fn pages_are_equal_by_value() {
        assert_eq!(of(&["a", "b"]), of(&["a", "b"]));
        assert_ne!(of(&["a", "b"]), of(&["a"]));
    }
}
