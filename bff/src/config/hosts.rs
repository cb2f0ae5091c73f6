//! `BFF_HOSTS`: the names that this server answers to besides its own.

use url::Host;

use crate::guard::hosts::HostPattern;

const EXPECTED: &str = "expected names by comma, such as app.example.com, *.example.com";

pub(super) fn hosts(given: &str) -> Result<Vec<HostPattern>, String> {
    let names = given.split(',').map(str::trim).filter(|one| !one.is_empty());
    let hosts = names.map(|one| host(one, EXPECTED)).collect::<Result<Vec<_>, _>>()?;
    if hosts.is_empty() { Err(format!("names no host; {EXPECTED}")) } else { Ok(hosts) }
}

/// One name, or all below one; an error ends in what is `expected`.
pub(super) fn host(given: &str, expected: &str) -> Result<HostPattern, String> {
    let (name, pattern): (_, fn(String) -> HostPattern) = match given.strip_prefix("*.") {
        Some(name) => (name, |name| HostPattern::Below(format!(".{name}"))),
        None => (given, HostPattern::Name),
    };
    if given == "*" {
        // Any name at all is what a site would point at this server to read it.
        return Err(format!("stands for every host; {expected}"));
    }
    match Host::parse(name) {
        Ok(Host::Domain(name)) if !name.contains('*') => Ok(pattern(name.trim_end_matches('.').to_owned())),
        Ok(Host::Domain(_)) => Err(format!("has a star that is not the first label; {expected}")),
        Ok(address) => Err(format!("names {address}, and addresses are answered to anyway; {expected}")),
        Err(_) => Err(format!("is not a list of host names without scheme, port and path; {expected}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_all_below_a_name_are_told_apart() {
        let (name, below) = (HostPattern::Name, HostPattern::Below);
        assert_eq!(
            hosts("App.Example.com, *.example.com,bücher.example").unwrap(),
            [
                name("app.example.com".to_owned()),
                below(".example.com".to_owned()),
                name("xn--bcher-kva.example".to_owned()),
            ]
        );
    }

    #[test]
    fn what_is_no_name_is_refused_with_what_is_allowed() {
        for (given, says) in [
            ("*", "stands for every host"),
            (",", "names no host"),
            ("https://app.example.com", "without scheme"),
            ("app.example.com:443", "without scheme, port"),
            ("app.*.com", "not the first label"),
            ("10.0.0.1", "answered to anyway"),
            ("*.", "is not a list of host names"),
        ] {
            let problem = hosts(given).unwrap_err();
            assert!(
                problem.contains(says) && problem.contains("such as app.example.com"),
                "{given}: {problem}"
            );
        }
    }
}
