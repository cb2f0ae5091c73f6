//! A person at the provider's pages, with a browser that keeps cookies and fills forms in.

use std::collections::BTreeMap;

use url::Url;

use crate::http::{Answer, send};

/// Pages between the beginning and the end of a sign-in, many times over.
const STEPS_MAX: usize = 20;

/// A person who can sign in.
#[derive(Debug, Default)]
pub struct Person {
    name: String,
    cookies: BTreeMap<String, String>,
}

impl Person {
    /// A person with a new browser.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), cookies: BTreeMap::new() }
    }

    /// Opens `url` at the provider, signs in and allows whatever is asked for; the address of another server that the
    /// provider sends the browser to in the end.
    pub fn sign_in(&mut self, url: &str) -> String {
        let name = self.name.clone();
        self.follow(url, &|page| {
            if page.contains("name=\"login\"") {
                format!("prompt=login&login={name}")
            } else {
                "prompt=consent".to_owned()
            }
        })
    }

    /// The same, and says no on the way.
    pub fn deny(&mut self, url: &str) -> String {
        self.follow(url, &|_| "deny=yes".to_owned())
    }

    fn follow(&mut self, url: &str, fill_in: &dyn Fn(&str) -> String) -> String {
        let home = Url::parse(url).expect("an address").origin();
        let mut at = url.to_owned();
        let mut answer = self.send("GET", &at, "");
        for _ in 0..STEPS_MAX {
            if let Some(location) = answer.header("location") {
                let next = Url::parse(&at).unwrap().join(location).expect("an address");
                if next.origin() != home {
                    return next.into();
                }
                at = next.into();
                answer = self.send("GET", &at, "");
            } else {
                assert!(
                    answer.body.contains("<form"),
                    "the provider says: {} {}",
                    answer.status,
                    answer.body
                );
                answer = self.send("POST", &at, &fill_in(&answer.body));
            }
        }
        panic!("the provider does not come to an end");
    }

    fn send(&mut self, method: &str, url: &str, form: &str) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut fields = vec![("cookie", cookies.as_str())];
        if method == "POST" {
            fields.push(("content-type", "application/x-www-form-urlencoded"));
        }
        let answer = send(method, url, &fields, form);
        for (_, field) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) =
                field.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}
