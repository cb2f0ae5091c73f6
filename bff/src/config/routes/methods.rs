//! Reads the methods of a route.

use http::Method;

use http_message::methods::{METHOD_MAX, METHODS};

/// Methods that no route takes, with the reasons; no operator can allow them.
const REFUSED: [(&str, &str); 5] = [
    ("CONNECT", "it makes a tunnel of the connection"),
    ("TRACE", "it shows the upstream's request, its token included"),
    // Some servers call TRACE by this name; browsers refuse all three alike (Fetch §2.2.1).
    ("TRACK", "it shows the upstream's request, its token included"),
    // Both are registered so that they are never used (RFC 9110 §18.2, RFC 9113 §11.6).
    ("*", "it is no method; leave `methods` out for the usual ones"),
    ("PRI", "it begins a connection of HTTP/2"),
];

/// Parses the methods of a route that names some. A method is any token (RFC 9110 §9.1) up to [`METHOD_MAX`] bytes.
/// Tokens with `#`, `$`, `%`, `&` or `'` are excluded, since the server itself refuses them. A method that the BFF
/// does not know counts as unsafe. It is guarded like a POST, never stored and never sent again on its own. Its
/// success invalidates the stored answers of its target (RFC 9111 §4.4).
///
/// # Errors
/// A message for the operator.
pub(super) fn parse(names: &[String]) -> Result<Vec<Method>, String> {
    let mut methods = Vec::new();
    for name in names {
        let method = one(name).map_err(|problem| format!("methods: {problem}"))?;
        if methods.contains(&method) {
            return Err(format!("methods: {name} is named twice"));
        }
        methods.push(method);
    }
    if methods.is_empty() {
        return Err("methods: names no method".to_owned());
    }
    if methods.contains(&Method::GET) && !methods.contains(&Method::HEAD) {
        methods.push(Method::HEAD);
    }
    Ok(methods)
}

fn one(name: &str) -> Result<Method, String> {
    if name.len() > METHOD_MAX {
        return Err(format!("{name:?} is longer than {METHOD_MAX} bytes"));
    }
    if let Some((refused, why)) = REFUSED.iter().find(|(refused, _)| refused.eq_ignore_ascii_case(name)) {
        return Err(format!("{refused} is never forwarded: {why}"));
    }
    // `get` would be another method than GET. No browser sends it, and an upstream that reads it as GET would answer
    // a request that was checked as another method.
    let usual = METHODS.iter().find(|known| known.as_str().eq_ignore_ascii_case(name));
    match usual {
        Some(usual) if usual.as_str() == name => Ok(usual.clone()),
        Some(usual) => Err(format!("{name:?} is not {usual}: names of methods are case-sensitive")),
        None => Method::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is no name of a method")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(names: &[&str]) -> Result<Vec<Method>, String> {
        parse(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn any_token_is_a_method_and_keeps_its_case() {
        let names = ["M-SEARCH", "PROPFIND", "REPORT", "Propfind", "!*+-.^_`|~9"];
        let methods = parsed(&names).unwrap();
        assert_eq!(methods.iter().map(Method::as_str).collect::<Vec<_>>(), names);
        assert!(methods.iter().all(|method| !method.is_safe()), "nobody knows that they are safe");
        assert_eq!(parsed(&["PROPFIND", "GET"]).unwrap().last(), Some(&Method::HEAD));
        assert!(parsed(&[&"M".repeat(METHOD_MAX)]).is_ok());
    }

    #[test]
    fn security_36_tunnels_and_traces_cannot_be_configured() {
        for name in ["CONNECT", "TRACE", "TRACK", "trace", "Connect", "*", "PRI"] {
            let problem = parsed(&["GET", name]).unwrap_err();
            assert!(problem.contains("is never forwarded"), "{name}: {problem}");
        }
    }

    #[test]
    fn what_is_no_name_of_a_method_says_why() {
        let long = "M".repeat(METHOD_MAX + 1);
        for (name, says) in [
            ("get", "\"get\" is not GET"),
            ("Options", "\"Options\" is not OPTIONS"),
            (&long, "is longer than 32 bytes"),
            ("", "\"\" is no name of a method"),
            ("M SEARCH", "is no name of a method"),
            ("GET,PUT", "is no name of a method"),
            ("M\r\nSEARCH", "is no name of a method"),
            ("M:SEARCH", "is no name of a method"),
            ("\"M\"", "is no name of a method"),
            ("MÄRZ", "is no name of a method"),
        ] {
            let problem = parsed(&[name]).unwrap_err();
            assert!(problem.contains(says), "{name:?}: {problem}");
        }
    }
}
