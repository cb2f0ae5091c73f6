//! The upstreams that routes lead to, as one worker's requests reach them.

use std::rc::Rc;

use http::{HeaderName, HeaderValue};

use crate::{
    guard::token_paths::{TokenPath, TokenPaths},
    response::headers::ResponseRules,
    route_table::Route,
    sign_in::{token_policy::TokenPolicy, upstream_token::UpstreamTokens},
};
use http_message::{CanonicalPath, HeaderBlock, shares::Shares};
use upstream::{BaseUrl, Client, Deadlines, UpstreamOptions};

/// An upstream of the route table, besides the one at `API_URL`.
#[derive(Debug, Clone)]
pub struct NamedUpstream {
    /// Its name in the table.
    pub name: String,
    /// The first of its servers.
    pub first: BaseUrl,
    /// The others, whose bases have the same path.
    pub others: Vec<BaseUrl>,
    /// Trust, deadlines and places.
    pub options: UpstreamOptions,
    /// The proof that it gets.
    pub proof: Proof,
}

/// The proof that an upstream gets with each request.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// The token.
    pub token: TokenPolicy,
    /// Fields with a key of the operator's, which never come from a browser.
    pub fields: Vec<(HeaderName, HeaderValue)>,
}

/// One upstream of one worker.
pub struct Destination {
    /// The client for exchanges.
    pub client: Rc<Client>,
    /// The exchanges of each caller with it, on all workers.
    pub callers: Shares,
    /// The rules for fields of answers.
    pub rules: ResponseRules,
    /// The tokens that it gets.
    pub tokens: UpstreamTokens,
    /// Fields that it gets with each request.
    pub fields: Vec<(HeaderName, HeaderValue)>,
    /// The time limits of an exchange with it.
    pub deadlines: Deadlines,
    /// The addresses that it hides, with its own base path; `None`: its server has nothing to do with `API_URL`.
    pub hidden: Option<Hidden>,
}

/// The sign-in addresses of `API_URL`'s server, for an upstream that is another name for it.
pub struct Hidden {
    /// The upstream's own base path.
    pub base: String,
    /// The addresses, from the root of the server.
    pub paths: TokenPaths,
}

/// All upstreams of one worker.
pub struct Destinations {
    /// The one at `API_URL`.
    pub default: Destination,
    /// Those of the route table, in its order.
    pub named: Vec<Destination>,
}

impl Destinations {
    /// The upstream that a route leads to.
    pub(super) fn of(&self, route: &Route) -> &Destination {
        // The table has no other numbers than these.
        route.upstream.checked_sub(1).and_then(|number| self.named.get(number)).unwrap_or(&self.default)
    }
}

impl Hidden {
    /// The address that a path below the upstream's base means; `None`: any other.
    pub(super) fn find(&self, path: &CanonicalPath) -> Option<TokenPath> {
        let whole = CanonicalPath::parse(&format!("{}{}", self.base, path.as_str())).ok()?;
        self.paths.find(&whole)
    }
}

impl Destination {
    /// Puts the upstream's own fields into a header block, in the place of the browser's.
    pub(super) fn add_fields(&self, headers: &mut HeaderBlock) {
        for (name, value) in &self.fields {
            headers.insert(name.clone(), value.clone());
        }
    }
}
