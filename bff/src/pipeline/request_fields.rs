//! The fields of admitted requests that go upstream. The log is told once of each that stays behind, and how to let it
//! through.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use http::{HeaderName, header};

use http_message::{
    HeaderBlock,
    fields::is_withheld,
    request_fields::{FieldNames, is_listed},
};

use crate::route_table::Route;

/// Most names that the log is told of. Strangers choose names, and the log is no place for all of them.
const TOLD_MAX: usize = 64;

/// The longest name that the log is told of, in bytes.
const NAME_MAX: usize = 64;

/// The fields that go upstream. Clones share what has been told.
#[derive(Debug, Clone, Default)]
pub struct RequestFields {
    /// Those that the operator adds on every route.
    added: FieldNames,
    told: Arc<Mutex<BTreeSet<String>>>,
}

impl RequestFields {
    /// The listed fields, and those that the operator adds.
    #[must_use]
    pub fn new(added: FieldNames) -> Self {
        Self { added, told: Arc::default() }
    }

    /// Takes out the fields that stay behind on `route`. The cache and the upstream go by what is left.
    pub(super) fn sift(&self, headers: &mut HeaderBlock, route: &Route, in_session: bool) {
        headers.retain(|name| {
            if is_listed(name) {
                return !(in_session && *name == header::AUTHORIZATION);
            }
            let passes = self.added.contains(name) || route.request_headers.contains(name);
            if !passes && !is_withheld(name) && !is_of_browsers(name) && self.is_news(name) {
                tracing::warn!(
                    "the request field {name} stays behind; BFF_REQUEST_HEADERS={name} lets it go upstream, \
                     or request-headers = [\"{name}\"] on route {:?}",
                    route.path
                );
            }
            passes
        });
    }

    /// Tells of a field that stays behind because the answer may be kept for everybody.
    pub(super) fn tell_not_in_key(&self, name: &HeaderName, route: &Route) {
        if self.added.contains(name) && self.is_news(name) {
            tracing::warn!(
                "the request field {name} stays behind on route {:?}, which has a ttl; request-headers = [\"{name}\"] there \
                 lets it go upstream, and keeps an answer for each of its values",
                route.path
            );
        }
    }

    fn is_news(&self, name: &HeaderName) -> bool {
        // No code panics while it holds the lock; were one to, the set would still be whole.
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news =
            name.as_str().len() <= NAME_MAX && told.len() < TOLD_MAX && !told.contains(name.as_str());
        is_news && told.insert(name.as_str().to_owned())
    }
}

/// Whether browsers send a field by themselves, so that its absence upstream is no news. It is their origin, which the server has
/// checked, or how urgent an answer is (RFC 9218).
fn is_of_browsers(name: &HeaderName) -> bool {
    *name == header::ORIGIN || name == "priority"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_42_the_names_that_the_log_is_told_of_are_few_and_short() {
        let fields = RequestFields::default();
        let named = |number: usize| HeaderName::try_from(format!("x-{number}")).unwrap();
        assert!(fields.is_news(&named(0)));
        assert!(!fields.clone().is_news(&named(0)), "another worker has told of it");
        assert!(!fields.is_news(&HeaderName::try_from("x".repeat(NAME_MAX + 1)).unwrap()));
        let told = (1..1000).filter(|number| fields.is_news(&named(*number))).count();
        assert_eq!(told, TOLD_MAX - 1);
    }
}
