//! Fields of a browser's request that go upstream: an allow-list, and what an operator adds to it.
//!
//! Any other field stays behind: some server may take it for a person, a client's address, a method or a path. Nobody can add
//! what the server writes itself, nor what [`is_withheld`] names.

use http::{HeaderName, header};

use super::fields::{is_added, is_plain, is_withheld};

/// Fields that an operator adds, by name or by the beginning of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldNames {
    names: Vec<HeaderName>,
    prefixes: Vec<String>,
}

impl FieldNames {
    /// Parses names such as `X-Tenant`, and beginnings such as `my-app-*`.
    ///
    /// # Errors
    /// Completes the sentence "`SETTING` …".
    pub fn parse<'a>(given: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut parsed = Self::default();
        for name in given {
            match name.strip_suffix('*') {
                Some(start) => parsed.prefixes.push(prefix(name, start)?),
                None => parsed.names.push(one(name)?),
            }
        }
        Ok(parsed)
    }

    /// Whether a field is among them. One that never goes upstream is not, whatever it begins with.
    #[must_use]
    pub fn contains(&self, name: &HeaderName) -> bool {
        let begins = |start: &String| name.as_str().starts_with(start.as_str());
        (self.names.contains(name) || self.prefixes.iter().any(begins)) && !is_withheld(name)
    }

    /// The beginnings, in lower case and with their dash.
    #[must_use]
    pub fn prefixes(&self) -> &[String] {
        &self.prefixes
    }
}

/// Whether a field goes upstream by itself. `Authorization` is the client's own; a session has its token in its place.
#[must_use]
pub fn is_listed(name: &HeaderName) -> bool {
    let name = name.as_str();
    matches!(
        name,
        "accept"
            | "authorization"
            | "baggage"
            | "cache-control"
            | "dnt"
            | "dpop"
            | "idempotency-key"
            | "last-event-id"
            | "pragma"
            | "prefer"
            | "range"
            | "save-data"
            | "sec-gpc"
            | "tracestate"
            | "tus-resumable"
            | "user-agent"
            // The servers before this one; a loop may lead through them.
            | "via"
            | "x-requested-with"
    ) || (is_of_a_listed_family(name) && name != "content-length" && is_plain(name))
}

fn is_of_a_listed_family(name: &str) -> bool {
    // No loop over a list: each beginning is compared as one number.
    name.starts_with("accept-")
        || name.starts_with("content-")
        || name.starts_with("if-")
        || name.starts_with("upload-")
}

fn one(name: &str) -> Result<HeaderName, String> {
    let header = name.parse::<HeaderName>().map_err(|_| format!("names {name:?}, which is no header"))?;
    if header == header::AUTHORIZATION {
        return Err(format!("names {name}, which goes upstream without a session, and never in one"));
    }
    if is_withheld(&header) || is_added(&header) {
        return Err(format!("names {name}, which never goes upstream from a browser"));
    }
    Ok(header)
}

fn prefix(given: &str, start: &str) -> Result<String, String> {
    let is_prefix = start.len() > 1 && start.ends_with('-');
    let parsed = start.parse::<HeaderName>().ok().filter(|_| is_prefix);
    let start = parsed.ok_or_else(|| {
        format!("names {given:?}; a pattern is the beginning of a name up to a dash, such as my-app-*")
    })?;
    if is_withheld(&start) || is_added(&start) {
        return Err(format!("names {given}, which never go upstream from a browser"));
    }
    Ok(start.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &'static str) -> HeaderName {
        HeaderName::from_static(name)
    }

    #[test]
    fn security_42_what_never_goes_upstream_cannot_be_named() {
        for (given, says) in [
            ("Cookie", "never goes upstream"),
            ("authorization", "never in one"),
            ("X-Forwarded-For", "never goes upstream"),
            ("Forwarded", "never goes upstream"),
            ("X-User-Id", "never goes upstream"),
            ("X-Real-IP", "never goes upstream"),
            ("Connection", "never goes upstream"),
            ("Upgrade", "never goes upstream"),
            ("Proxy-Authorization", "never goes upstream"),
            ("Content-Length", "never goes upstream"),
            ("Host", "never goes upstream"),
            ("Referer", "never goes upstream"),
            ("Sec-Fetch-Site", "never goes upstream"),
            ("X-Request-Id", "never goes upstream"),
            ("traceparent", "never goes upstream"),
            ("Via", "never goes upstream"),
            ("x_tenant", "never goes upstream"),
            ("x-forwarded-*", "never go upstream"),
            ("sec-*", "never go upstream"),
            ("X-User-*", "never go upstream"),
            ("*", "a pattern is the beginning of a name"),
            ("-*", "a pattern is the beginning of a name"),
            ("x*", "a pattern is the beginning of a name"),
            ("x-*-id", "never goes upstream"),
            ("x tenant", "is no header"),
            ("", "is no header"),
        ] {
            let problem = FieldNames::parse([given]).unwrap_err();
            assert!(problem.starts_with("names ") && problem.contains(says), "{given}: {problem}");
            assert!(!problem.contains('\n'), "one line");
        }
    }

    #[test]
    fn security_42_a_beginning_lets_nothing_through_that_a_name_could_not() {
        let names = FieldNames::parse(["X-Tenant", "x-*", "Origin"]).unwrap();
        for through in ["x-tenant", "x-anything", "origin"] {
            assert!(names.contains(&name(through)), "{through}");
        }
        for never in ["x-user-id", "x-forwarded-for", "x-real-ip", "x-csrf", "x_tenant", "x", "cookie"] {
            assert!(!names.contains(&name(never)), "{never}");
        }
        assert!(!FieldNames::parse(["my-app-*"]).unwrap().contains(&name("my-app")));
    }

    #[test]
    fn security_42_nothing_that_is_listed_is_a_claim_or_the_servers_own() {
        for listed in
            ["accept", "accept-patch", "if-match", "content-type", "upload-offset", "sec-gpc", "dpop"]
        {
            assert!(is_listed(&name(listed)) && !is_withheld(&name(listed)), "{listed}");
        }
        for other in
            ["accepts", "content-length", "origin", "from", "x-tenant", "client-cert", "sec-fetch-site"]
        {
            assert!(!is_listed(&name(other)), "{other}");
        }
        // Servers that make variables of names take these for their listed likes.
        for alike in ["if-none_match", "content-type_", "accept-language!", "upload-offset.x"] {
            assert!(is_withheld(&name(alike)) && !is_listed(&name(alike)), "{alike}");
        }
    }
}
