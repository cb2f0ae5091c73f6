//! Names and values in an address, `?q=call&page=2`, in the encoding of forms.
//!
//! In a browser by its own `URLSearchParams`, which the crate that does the same elsewhere would add to at 1.5 kB.

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use elsewhere::Query;
#[cfg(target_arch = "wasm32")]
pub(crate) use in_a_browser::Query;

#[cfg(target_arch = "wasm32")]
mod in_a_browser {
    use js_sys::Array;
    use wasm_bindgen::JsValue;
    use web_sys::UrlSearchParams;

    pub(crate) struct Query(Option<UrlSearchParams>);

    impl Query {
        /// Reads a query, with or without its `?`.
        pub(crate) fn parse(query: &str) -> Self {
            // Takes any text; a part without `=` is a name without a value.
            Self(UrlSearchParams::new_with_str(query).ok())
        }

        /// The first value of a name.
        pub(crate) fn get(&self, name: &str) -> Option<String> {
            self.0.as_ref()?.get(name)
        }

        /// All names and values, in their order.
        pub(crate) fn pairs(&self) -> Vec<(String, String)> {
            let Some(params) = &self.0 else { return Vec::new() };
            let pair = |pair: JsValue| {
                let pair = Array::from(&pair);
                Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
            };
            Array::from(params).iter().filter_map(pair).collect()
        }

        /// Adds a name and its value.
        pub(crate) fn append(&mut self, name: &str, value: &str) {
            if let Some(params) = &self.0 {
                params.append(name, value);
            }
        }

        /// The query without a `?`.
        pub(crate) fn encode(&self) -> String {
            self.0.as_ref().map(|params| params.to_string().into()).unwrap_or_default()
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod elsewhere {
    use form_urlencoded::Serializer;

    pub(crate) struct Query(Vec<(String, String)>);

    impl Query {
        pub(crate) fn parse(query: &str) -> Self {
            Self(form_urlencoded::parse(query.trim_start_matches('?').as_bytes()).into_owned().collect())
        }

        pub(crate) fn get(&self, name: &str) -> Option<String> {
            self.0.iter().find(|pair| pair.0 == name).map(|pair| pair.1.clone())
        }

        pub(crate) fn pairs(&self) -> Vec<(String, String)> {
            self.0.clone()
        }

        pub(crate) fn append(&mut self, name: &str, value: &str) {
            self.0.push((name.to_owned(), value.to_owned()));
        }

        pub(crate) fn encode(&self) -> String {
            Serializer::new(String::new()).extend_pairs(&self.0).finish()
        }
    }
}
