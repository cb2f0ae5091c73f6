//! Variables that Kubernetes gives every pod beside a service, named after that service.
//!
//! A service named `bff`, or `bff-…`, makes names that begin like settings. Nobody has written them, so that they are no
//! typos.

/// The prefix that a service named `bff` gives its variables.
const SERVICE: &str = "BFF";

/// Whether Kubernetes names one of its variables so: `BFF_SERVICE_HOST`, `BFF_REDIS_PORT_6379_TCP_ADDR`. The pattern is
/// `^BFF(_.*)?_(SERVICE_(HOST|PORT.*)|PORT(_\d+_.*)?)$`.
///
/// `BFF_PORT` is passed over only with a value as Kubernetes writes it, `tcp://10.0.0.1:80`: a number there means something.
pub(super) fn is_of_a_service(name: &str, value: &str) -> bool {
    let is_address = ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    let is_port = name.ends_with("_PORT") && !name.ends_with("_SERVICE_PORT") && !name.contains("_PORT_");
    is_named_by_a_service(name) && (is_address || !is_port)
}

fn is_named_by_a_service(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(SERVICE).filter(|rest| rest.starts_with('_')) else { return false };
    rest.match_indices('_').any(|(at, dash)| is_of_any_service(&rest[at + dash.len()..]))
}

/// The same without the name of the service.
fn is_of_any_service(rest: &str) -> bool {
    let numbered = |rest: &str| {
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        after.len() < rest.len() && after.starts_with('_')
    };
    rest == "SERVICE_HOST"
        || rest.starts_with("SERVICE_PORT")
        || rest == "PORT"
        || rest.strip_prefix("PORT_").is_some_and(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_services_by_its_end() {
        for (name, expected) in [
            ("BFF_SERVICE_HOST", true),
            ("BFF_SERVICE_PORT", true),
            ("BFF_SERVICE_PORT_HTTP", true),
            ("BFF_PORT", true),
            ("BFF_PORT_80_TCP", true),
            ("BFF_PORT_80_TCP_PROTO", true),
            ("BFF_PORT_80_TCP_PORT", true),
            ("BFF_PORT_80_TCP_ADDR", true),
            ("BFF_REDIS_SERVICE_HOST", true),
            ("BFF_REDIS_PORT", true),
            ("BFF_REDIS_PORT_6379_TCP_ADDR", true),
            ("BFF_PORT_SERVICE_HOST", true),
            ("BFF__PORT", true),
            ("BFF_SERVICE", false),
            ("BFF_SERVICE_HOSTS", false),
            ("BFF_SERVICE_NAME", false),
            ("BFF_PORTS", false),
            ("BFF_PORT_", false),
            ("BFF_PORT_80", false),
            ("BFF_PORT_HTTP", false),
            ("BFF_REPORT", false),
            ("BFF_ROUTE", false),
            ("BFF", false),
            ("BFFPORT", false),
            ("BFFX_SERVICE_HOST", false),
            ("XBFF_SERVICE_HOST", false),
        ] {
            assert_eq!(is_of_a_service(name, "tcp://10.0.0.1:80"), expected, "{name}");
        }
    }

    #[test]
    fn no_setting_is_named_like_a_services_variable() {
        for setting in super::super::setting::SETTINGS {
            assert!(!is_of_a_service(setting.variable, "tcp://10.0.0.1:80"), "{}", setting.variable);
        }
    }
}
