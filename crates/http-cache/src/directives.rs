//! Reads `Cache-Control` (RFC 9111 §5.2) and the targeted field `CDN-Cache-Control` (RFC 9213).
//!
//! `Cache-Control` is read forgivingly, since every server writes it in its own way. A value that makes no sense makes
//! an answer stale, never fresh. A targeted field is a structured one (RFC 9651): one that does not parse counts as
//! missing.

use std::time::Duration;

use http::HeaderValue;

/// The longest lifetime in seconds (RFC 9111 §1.2.2 asks for 2^31 at least).
const SECONDS_MAX: u64 = 1 << 31;

/// The directives of one field, names in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directives(Vec<Directive>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Directive {
    name: String,
    value: Option<String>,
}

impl Directives {
    /// Reads every line of a `Cache-Control`.
    pub fn parse<'a>(lines: impl IntoIterator<Item = &'a HeaderValue>) -> Self {
        let mut directives = Vec::new();
        for line in lines {
            let line = String::from_utf8_lossy(line.as_bytes());
            for item in items(&line) {
                let (name, value) = split(item);
                directives.push(Directive {
                    name: name.to_ascii_lowercase(),
                    value: value.map(|value| unquoted(value).unwrap_or(value).to_owned()),
                });
            }
        }
        Self(directives)
    }

    /// Reads a targeted field; `None` where it is missing, empty or malformed (RFC 9213 §2.1).
    pub fn targeted<'a>(lines: impl IntoIterator<Item = &'a HeaderValue>) -> Option<Self> {
        let mut directives = Vec::new();
        for line in lines {
            for item in items(line.to_str().ok()?) {
                // Parameters mean nothing here.
                let (name, value) = split(item.split(';').next().unwrap_or_default().trim_end());
                let is_key =
                    |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.*".contains(&byte);
                if name.is_empty() || !name.bytes().all(is_key) || value == Some("") {
                    return None;
                }
                if value.is_some_and(|value| value.starts_with([' ', '\t'])) {
                    return None;
                }
                // The last of several counts; a value of the wrong type counts as missing.
                directives.retain(|known: &Directive| known.name != name);
                if value.is_none_or(|value| !value.starts_with('"')) {
                    directives.push(Directive { name: name.to_owned(), value: value.map(str::to_owned) });
                }
            }
        }
        (!directives.is_empty()).then_some(Self(directives))
    }

    /// Whether a directive is there, with or without a value.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|directive| directive.name == name)
    }

    /// Whether a directive is there without a list of fields that it is limited to.
    #[must_use]
    pub fn has_unqualified(&self, name: &str) -> bool {
        self.0.iter().any(|directive| directive.name == name && directive.value.is_none())
    }

    /// The fields that a directive is limited to (`no-cache="a, b"`, RFC 9111 §5.2.2.4 and §5.2.2.7).
    pub fn fields(&self, name: &str) -> impl Iterator<Item = &str> {
        let values = self.0.iter().filter(move |directive| directive.name == name);
        values
            .filter_map(|directive| directive.value.as_deref())
            .flat_map(|list| list.split(',').map(str::trim))
    }

    /// The time that a directive gives; `None` where it is missing. A value that is no number is zero, and of several
    /// the shortest counts (RFC 9111 §4.2.1).
    #[must_use]
    pub fn seconds(&self, name: &str) -> Option<Duration> {
        let values = self.0.iter().filter(|directive| directive.name == name);
        let seconds = |value: Option<&str>| value.and_then(delta_seconds).unwrap_or_default();
        values.map(|directive| seconds(directive.value.as_deref())).min()
    }
}

/// Reads delta-seconds (RFC 9111 §1.2.2); `None` where the value is anything but digits.
pub(super) fn delta_seconds(value: &str) -> Option<Duration> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Duration::from_secs(value.parse().unwrap_or(SECONDS_MAX).min(SECONDS_MAX)))
}

fn split(item: &str) -> (&str, Option<&str>) {
    item.split_once('=').map_or((item, None), |(name, value)| (name, Some(value)))
}

/// The members of a list, commas in quotes left alone.
fn items(line: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    let members = line.split(move |character| {
        let was_escaped = std::mem::take(&mut escaped);
        match character {
            '"' if !was_escaped => quoted = !quoted,
            '\\' if quoted && !was_escaped => escaped = true,
            ',' => return !quoted,
            _ => {}
        }
        false
    });
    members.map(str::trim).filter(|member| !member.is_empty())
}

fn unquoted(value: &str) -> Option<&str> {
    value.strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(lines: &[&str]) -> Directives {
        let lines: Vec<HeaderValue> = lines.iter().map(|line| line.parse().unwrap()).collect();
        Directives::parse(&lines)
    }

    fn targeted(line: &str) -> Option<Directives> {
        Directives::targeted([&line.parse::<HeaderValue>().unwrap()])
    }

    #[test]
    fn times_are_read_forgivingly_and_never_guessed() {
        for (line, seconds) in [
            ("max-age=60", Some(60)),
            ("MaX-aGe=60, foobar", Some(60)),
            ("max-age=\"60\"", Some(60)),
            ("max-age=0060", Some(60)),
            ("max-age=99999999999999999999", Some(1 << 31)),
            ("extension=\"max-age=3600\", max-age=1", Some(1)),
            ("extension=\"a\\\", max-age=3600\"", None),
            ("max-age=1800, max-age=60", Some(60)),
            ("max-age='60'", Some(0)),
            ("max-age=-60", Some(0)),
            ("max-age=60.0", Some(0)),
            ("max-age= 60", Some(0)),
            ("max-age", Some(0)),
            ("max-age =60", None),
            ("", None),
        ] {
            assert_eq!(parse(&[line]).seconds("max-age"), seconds.map(Duration::from_secs), "{line}");
        }
    }

    #[test]
    fn a_directive_can_be_limited_to_some_fields() {
        let directives = parse(&["no-cache=\"a, B\"", "private"]);
        assert!(directives.has("no-cache") && !directives.has_unqualified("no-cache"));
        assert!(directives.has_unqualified("private"));
        assert_eq!(directives.fields("no-cache").collect::<Vec<_>>(), ["a", "B"]);
    }

    #[test]
    fn a_targeted_field_counts_only_where_it_parses() {
        let age = |line| targeted(line).map(|directives| directives.seconds("max-age"));
        assert_eq!(age("max-age=60, no-cache"), Some(Some(Duration::from_secs(60))));
        assert_eq!(age("max-age=1, max-age=60;x=1"), Some(Some(Duration::from_secs(60))));
        assert_eq!(age("max-age=\"60\", private"), Some(None));
        for broken in ["", "Max-Age=60", "max-age =60", "max-age= 60", "max-age=", "no store"] {
            assert_eq!(targeted(broken), None, "{broken}");
        }
    }
}
