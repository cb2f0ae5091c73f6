//! `BFF_CSP` and `BFF_CSP_REPORT_ONLY`: what is added to the app's Content-Security-Policy.

use super::{reader::Reader, setting};
use crate::spa::{Directive, PolicyChanges, PolicyOptions};

const EXPECTED: &str =
    "expected directives by semicolon, such as font-src https://fonts.example; style-src 'nonce'";

/// The directives that may be extended.
const KNOWN: [&str; 23] = [
    "default-src",
    "script-src",
    "script-src-elem",
    "script-src-attr",
    "style-src",
    "style-src-elem",
    "style-src-attr",
    "connect-src",
    "img-src",
    "font-src",
    "media-src",
    "manifest-src",
    "object-src",
    "frame-src",
    "child-src",
    "worker-src",
    "fenced-frame-src",
    "base-uri",
    "form-action",
    "frame-ancestors",
    TRUSTED_TYPES,
    REQUIRE_TRUSTED_TYPES,
    UPGRADE,
];

/// The names of policies for Trusted Types are no sources.
const TRUSTED_TYPES: &str = "trusted-types";

/// The one directive that may be taken away.
const REQUIRE_TRUSTED_TYPES: &str = "require-trusted-types-for";

/// The one directive without sources.
const UPGRADE: &str = "upgrade-insecure-requests";

/// Directives that stay as they are, and why.
const REFUSED: [(&str, &str); 3] = [
    ("report-uri", "reports of browsers go to this server, which writes them to its log"),
    ("report-to", "reports of browsers go to this server, which writes them to its log"),
    ("sandbox", "it would take the page out of its origin, and so out of its session"),
];

/// The directives for which a nonce is drawn.
const WITH_NONCE: [&str; 4] = ["script-src", "script-src-elem", "style-src", "style-src-elem"];

/// Words that stand in quotes.
const KEYWORDS: [&str; 10] = [
    "self",
    "unsafe-inline",
    "unsafe-eval",
    "wasm-unsafe-eval",
    "strict-dynamic",
    "unsafe-hashes",
    "report-sample",
    "inline-speculation-rules",
    "nonce",
    "none",
];

/// The directives that scripts go by.
const OF_SCRIPTS: [&str; 3] = ["script-src", "script-src-elem", "script-src-attr"];

/// Sources with which whatever gets into a page finds a script to run, besides those of any host.
const WIDE: [&str; 6] = ["'unsafe-eval'", "http:", "https:", "data:", "blob:", "filesystem:"];

/// What inline scripts of strangers are let in by.
pub(super) const INLINE: &str =
    "'unsafe-inline' runs every script that gets into a page; name its hash, or say 'nonce'";

/// Reads both policies.
pub(super) fn policy(reader: &mut Reader<'_>) -> PolicyOptions {
    let enforced = reader.optional(&setting::CSP, changes).unwrap_or_default();
    if let Some(source) =
        OF_SCRIPTS.iter().flat_map(|name| enforced.added_to(name)).find(|source| is_wide(source))
    {
        let given = reader.text(&setting::CSP).unwrap_or_default();
        let source = source.to_ascii_lowercase();
        let problem = format!(
            "lets scripts in by {source}, which makes the policy weak against code that gets into a page"
        );
        reader.warn(&setting::CSP, &given, problem);
    }
    PolicyOptions { enforced, report_only: reader.optional(&setting::CSP_REPORT_ONLY, changes) }
}

/// Whether a source holds what strangers publish.
fn is_wide(source: &str) -> bool {
    let source = source.to_ascii_lowercase();
    let host = source.split_once("://").map_or(source.as_str(), |(_, host)| host);
    let host = host.split([':', '/']).next().unwrap_or_default();
    // `*`, and all of a top-level domain.
    let is_any = host == "*" || host.strip_prefix("*.").is_some_and(|domain| !domain.contains('.'));
    is_any || WIDE.contains(&source.as_str())
}

/// Whether inline scripts of strangers run.
pub(super) fn runs_inline_scripts(policy: &PolicyOptions) -> bool {
    let names = OF_SCRIPTS.into_iter().chain(["default-src"]);
    names.into_iter().any(|name| policy.enforced.adds(name, "'unsafe-inline'"))
}

fn changes(given: &str) -> Result<PolicyChanges, String> {
    let mut changes = PolicyChanges::default();
    for part in given.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let mut words = part.split_ascii_whitespace();
        let name = words.next().unwrap_or_default().to_ascii_lowercase();
        if let Some(removed) = name.strip_prefix('-') {
            if removed != REQUIRE_TRUSTED_TYPES || words.next().is_some() {
                return Err(format!(
                    "has -{removed}; only Trusted Types can be taken away, by -{REQUIRE_TRUSTED_TYPES} without sources"
                ));
            }
            changes.without_trusted_types = true;
            continue;
        }
        check_name(&name)?;
        let sources = words.map(|word| source(&name, word)).collect::<Result<Vec<_>, _>>()?;
        if sources.is_empty() != (name == UPGRADE) {
            let problem = if sources.is_empty() { "no sources" } else { "sources, and takes none" };
            return Err(format!("has {name} with {problem}; {EXPECTED}"));
        }
        changes.added.push(Directive { name, sources });
    }
    if changes == PolicyChanges::default() {
        Err(format!("names no directive; {EXPECTED}"))
    } else {
        Ok(changes)
    }
}

fn check_name(name: &str) -> Result<(), String> {
    if KNOWN.contains(&name) {
        return Ok(());
    }
    if let Some((_, why)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
        return Err(format!("has {name}, which stays as it is: {why}"));
    }
    let distance = |known: &&str| strsim::damerau_levenshtein(name, known);
    let nearest = KNOWN.into_iter().min_by_key(distance).unwrap_or_default();
    Err(format!("has {name:?}, which is no directive; did you mean {nearest:?}?"))
}

/// Checks one source. What breaks out of a header field is refused before all else.
fn source(directive: &str, word: &str) -> Result<String, String> {
    let wrong = |problem: &str| Err(format!("has {word:?} in {directive}, {problem}"));
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b",\"\\<>`{}|^".contains(&byte);
    if !word.bytes().all(is_plain) {
        return wrong("with a character that no source has; sources are set apart by blanks");
    }
    let Some(quoted) = word.strip_prefix('\'') else {
        return match word {
            _ if word.contains('\'') => wrong("with a quote that does not begin it"),
            _ if KEYWORDS.contains(&word) => wrong(&format!("which is a word in quotes; write '{word}'")),
            _ => Ok(word.to_owned()),
        };
    };
    let Some(quoted) = quoted.strip_suffix('\'').filter(|word| !word.contains('\'')) else {
        return wrong("whose quotes do not match");
    };
    match (directive, quoted) {
        (_, "none") => wrong("which adds nothing: sources are added to those that there are"),
        (TRUSTED_TYPES, "allow-duplicates") | (REQUIRE_TRUSTED_TYPES, "script") => Ok(word.to_owned()),
        (TRUSTED_TYPES | REQUIRE_TRUSTED_TYPES, _) => wrong("which does not belong there"),
        (_, "nonce") if !WITH_NONCE.contains(&directive) => {
            wrong(&format!("which belongs to {} alone", WITH_NONCE.join(", ")))
        }
        (_, keyword) if KEYWORDS.contains(&keyword) => Ok(word.to_owned()),
        (_, hash) if is_hash(hash) => Ok(word.to_owned()),
        (_, nonce) if nonce.starts_with("nonce-") => {
            wrong("which would be the same for everybody; write 'nonce', and each answer has one of its own")
        }
        _ => wrong("which is no word that a browser knows; a hash is 'sha256-…' in base64"),
    }
}

fn is_hash(word: &str) -> bool {
    let value = ["sha256-", "sha384-", "sha512-"].iter().find_map(|prefix| word.strip_prefix(prefix));
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte);
    value.is_some_and(|value| value.len() > 40 && value.bytes().all(is_base64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_read_with_their_sources() {
        let read = changes(
            " font-src https://fonts.example data: ;STYLE-SRC 'nonce';; -require-trusted-types-for; \
             trusted-types dompurify 'allow-duplicates'; upgrade-insecure-requests; worker-src blob:",
        )
        .unwrap();
        assert!(read.without_trusted_types);
        let read: Vec<String> =
            read.added.iter().map(|one| format!("{} {}", one.name, one.sources.join(" "))).collect();
        assert_eq!(
            read,
            [
                "font-src https://fonts.example data:",
                "style-src 'nonce'",
                "trusted-types dompurify 'allow-duplicates'",
                "upgrade-insecure-requests ",
                "worker-src blob:",
            ]
        );
        let hash = "script-src 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=' *.example.com:443/a_b~c";
        assert_eq!(changes(hash).unwrap().added[0].sources.len(), 2);
    }

    #[test]
    fn what_a_browser_would_ignore_or_a_header_would_break_at_is_refused() {
        for (given, says) in [
            (";", "names no directive"),
            ("font-source https://a", "did you mean \"font-src\"?"),
            ("imgsrc https://a", "did you mean \"img-src\"?"),
            ("report-uri https://a", "reports of browsers go to this server"),
            ("report-to a", "reports of browsers go to this server"),
            ("sandbox allow-scripts", "out of its session"),
            ("font-src", "font-src with no sources"),
            ("upgrade-insecure-requests 1", "takes none"),
            ("-script-src", "has -script-src; only Trusted Types"),
            ("-require-trusted-types-for 'script'", "without sources"),
            ("font-src https://a,https://b", "with a character that no source has"),
            ("font-src https://\u{fc}.example", "with a character that no source has"),
            ("font-src a\u{0}b", "with a character that no source has"),
            ("img-src self", "write 'self'"),
            ("img-src 'self", "quotes do not match"),
            ("img-src a'b", "a quote that does not begin it"),
            ("img-src 'selfish'", "no word that a browser knows"),
            ("img-src 'none'", "adds nothing"),
            ("img-src 'nonce'", "belongs to script-src"),
            ("script-src 'nonce-abc'", "the same for everybody"),
            ("script-src 'sha256-abc'", "no word that a browser knows"),
            ("trusted-types 'self'", "does not belong there"),
        ] {
            let problem = changes(given).unwrap_err();
            assert!(problem.contains(says) && !problem.contains('\n'), "{given}: {problem}");
        }
    }
}
