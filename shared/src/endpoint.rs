//! The typed endpoint table: method, path template, request and response of everything the app calls.
//!
//! The SPA's request functions are made from it, and the BFF's tests run its route table against it,
//! so that neither side can rename a path alone.

use std::fmt::Display;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    page::{TodoPage, UserPage},
    todo::{CreateTodoData, DeletedTodo, Todo, UpdateTodoData},
    user::User,
};

/// The methods that the app uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Read.
    Get,
    /// Create.
    Post,
    /// Change.
    Put,
    /// Remove.
    Delete,
}

impl Method {
    /// The method as it stands in the request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// One call that the app can make.
pub trait Endpoint {
    /// The method.
    const METHOD: Method;
    /// Path template below [`crate::API_BASE`]; `{name}` stands for one segment.
    const PATH: &'static str;
    /// JSON body of the request; `()` for none.
    type Request: Serialize;
    /// JSON body of a successful answer.
    type Response: DeserializeOwned;
}

/// An [`Endpoint`] without its types, for tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointInfo {
    /// Name of the endpoint's type.
    pub name: &'static str,
    /// [`Endpoint::METHOD`].
    pub method: Method,
    /// [`Endpoint::PATH`].
    pub path: &'static str,
}

macro_rules! endpoints {
    ($($(#[$doc:meta])* $name:ident: $method:ident $path:literal, $request:ty => $response:ty;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Endpoint for $name {
                const METHOD: Method = Method::$method;
                const PATH: &'static str = $path;
                type Request = $request;
                type Response = $response;
            }
        )+

        /// Every endpoint of the app.
        pub const ENDPOINTS: &[EndpointInfo] = &[
            $(EndpointInfo { name: stringify!($name), method: Method::$method, path: $path },)+
        ];
    };
}

endpoints! {
    /// Todos, `?limit=&skip=`; `limit=0` is all of them.
    ListTodos: Get "/todos", () => TodoPage;
    /// One todo.
    GetTodo: Get "/todos/{id}", () => Todo;
    /// A new todo; answers 201 with its id.
    CreateTodo: Post "/todos/add", CreateTodoData => Todo;
    /// Changes the fields that are given.
    UpdateTodo: Put "/todos/{id}", UpdateTodoData => Todo;
    /// Removes one.
    DeleteTodo: Delete "/todos/{id}", () => DeletedTodo;
    /// Users, `?limit=&skip=&select=`.
    ListUsers: Get "/users", () => UserPage;
    /// One user, `?select=`.
    GetUser: Get "/users/{id}", () => User;
}

/// The address of one call: an endpoint's path with its parameters filled in and a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    path: String,
    query: String,
}

impl Target {
    /// The path of `E`, its parameters still open.
    #[must_use]
    pub fn of<E: Endpoint>() -> Self {
        Self { path: E::PATH.to_owned(), query: String::new() }
    }

    /// Puts `value`, percent-encoded, in the place of `{name}`.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl Display) -> Self {
        let (placeholder, value) = (["{", name, "}"].concat(), encode(&value.to_string()));
        let parts = (0..self.path.len()).find_map(|place| {
            let (before, rest) = self.path.split_at_checked(place)?;
            Some([before, &value, rest.strip_prefix(placeholder.as_str())?].concat())
        });
        self.path = parts.unwrap_or(self.path);
        self
    }

    /// Appends `name=value` to the query.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl Display) -> Self {
        self.query.push(if self.query.is_empty() { '?' } else { '&' });
        self.query.push_str(&encode(name));
        self.query.push('=');
        self.query.push_str(&encode(&value.to_string()));
        self
    }

    /// Path and query below [`crate::API_BASE`].
    #[must_use]
    pub fn relative(&self) -> String {
        self.path.clone() + &self.query
    }
}

/// Percent-encodes all but the unreserved characters of RFC 3986 §2.3 and the comma, which is legal in
/// both path and query and keeps `?select=a,b` readable.
fn encode(raw: &str) -> String {
    let mut encoded = String::with_capacity(raw.len());
    for byte in raw.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 0xF] {
                encoded.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_fills_in_parameters_and_query() {
        let target = Target::of::<GetTodo>().param("id", 7);
        assert_eq!(target.relative(), "/todos/7");
        let target = Target::of::<ListTodos>().query("limit", 2).query("skip", 4);
        assert_eq!(target.relative(), "/todos?limit=2&skip=4");
    }

    #[test]
    fn a_parameter_cannot_leave_its_segment() {
        let target = Target::of::<GetTodo>().param("id", "../users?a=b#c");
        assert_eq!(target.relative(), "/todos/..%2Fusers%3Fa%3Db%23c");
    }

    #[test]
    fn no_two_endpoints_share_method_and_path() {
        for (index, one) in ENDPOINTS.iter().enumerate() {
            assert!(
                !ENDPOINTS[index + 1..].iter().any(|two| (two.method, two.path) == (one.method, one.path))
            );
        }
    }
}
