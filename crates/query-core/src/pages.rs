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

impl<P, T> Pages<P, T> {
    /// The pages in order.
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

    /// The first page.
    pub fn first(&self) -> Option<&Page<P, T>> {
        self.pages.first()
    }

    /// The last page.
    pub fn last(&self) -> Option<&Page<P, T>> {
        self.pages.last()
    }

    /// Adds a page at the end; where there are more than `max` then, the first goes.
    pub fn push(&mut self, page: Page<P, T>, max: usize) {
        self.pages.push(page);
        if self.pages.len() > max {
            self.pages.remove(0);
        }
    }

    /// Adds a page at the front; where there are more than `max` then, the last goes.
    pub fn push_front(&mut self, page: Page<P, T>, max: usize) {
        self.pages.insert(0, page);
        self.pages.truncate(max);
    }
}

impl<P: PartialEq, T: PartialEq> Pages<P, T> {
    /// A page of this data. One equal to that of the same parameter here keeps that one's reference, so that what shows an
    /// unchanged page need not render.
    pub fn page(&self, param: P, data: T) -> Page<P, T> {
        let kept = self.pages.iter().find(|page| page.param == param && *page.data == data);
        let data = kept.map_or_else(|| Rc::new(data), |page| Rc::clone(&page.data));
        Page { param, data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(items: &[&str]) -> Pages<usize, String> {
        let mut pages = Pages::default();
        for (param, item) in items.iter().enumerate() {
            let page = pages.page(param, String::from(*item));
            pages.push(page, usize::MAX);
        }
        pages
    }

    fn params(pages: &Pages<usize, String>) -> Vec<usize> {
        pages.iter().map(|page| page.param).collect()
    }

    #[test]
    fn an_unchanged_page_keeps_its_reference() {
        let old = of(&["a", "b"]);
        let same = old.page(1, String::from("b"));
        assert!(Rc::ptr_eq(&same.data, &old.pages[1].data));
        assert!(!Rc::ptr_eq(&old.page(1, String::from("changed")).data, &old.pages[1].data));
        assert!(
            !Rc::ptr_eq(&old.page(7, String::from("b")).data, &old.pages[1].data),
            "of another parameter"
        );
    }

    #[test]
    fn pages_beyond_the_most_go_at_the_other_end() {
        let mut pages = of(&["a", "b"]);
        let next = pages.page(2, String::from("c"));
        pages.push(next, 2);
        assert_eq!(params(&pages), [1, 2]);
        let earlier = pages.page(0, String::from("a"));
        pages.push_front(earlier, 2);
        assert_eq!(params(&pages), [0, 1]);
        assert_eq!(
            (pages.first().map(|page| page.param), pages.last().map(|page| page.param)),
            (Some(0), Some(1))
        );
    }

    #[test]
    fn pages_are_equal_by_value() {
        assert_eq!(of(&["a", "b"]), of(&["a", "b"]));
        assert_ne!(of(&["a", "b"]), of(&["a"]));
    }
}
