//! Names and values in an address, `?q=call&page=2`, in the encoding of forms.
//!
//! In a browser by its own `URLSearchParams`, which the crate that does the same elsewhere would add to at 1.5 kB.

#[cfg(not(target_arch = "wasm32"))]
pub(super) use elsewhere::Query;
#[cfg(target_arch = "wasm32")]
pub(super) use in_a_browser::Query;

#[cfg(target_arch = "wasm32")]
mod in_a_browser {
    use web_sys::UrlSearchParams;

    pub(in super::super) struct Query(Option<UrlSearchParams>);

    impl Query {
        /// Reads a query, with or without its `?`.
        pub(in super::super) fn parse(query: &str) -> Self {
            // Takes any text; a part without `=` is a name without a value.
            Self(UrlSearchParams::new_with_str(query).ok())
        }

        /// The first value of a name.
        pub(in super::super) fn get(&self, name: &str) -> Option<String> {
            self.0.as_ref()?.get(name)
        }

        /// Adds a name and its value.
        pub(in super::super) fn append(&mut self, name: &str, value: &str) {
            if let Some(params) = &self.0 {
                params.append(name, value);
            }
        }

        /// The query without a `?`.
        pub(in super::super) fn encode(&self) -> String {
            self.0.as_ref().map(|params| params.to_string().into()).unwrap_or_default()
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod elsewhere {
    use form_urlencoded::Serializer;

    pub(in super::super) struct Query(Vec<(String, String)>);

    impl Query {
        pub(in super::super) fn parse(query: &str) -> Self {
            Self(form_urlencoded::parse(query.trim_start_matches('?').as_bytes()).into_owned().collect())
        }

        pub(in super::super) fn get(&self, name: &str) -> Option<String> {
            self.0.iter().find(|pair| pair.0 == name).map(|pair| pair.1.clone())
        }

        pub(in super::super) fn append(&mut self, name: &str, value: &str) {
            self.0.push((name.to_owned(), value.to_owned()));
        }

        pub(in super::super) fn encode(&self) -> String {
            Serializer::new(String::new()).extend_pairs(&self.0).finish()
        }
    }
}
