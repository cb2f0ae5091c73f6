//! A Content-Security-Policy as a list of directives (CSP Level 3 §2.3), and what an operator may change of it.

use std::fmt;

/// The source that stands for a fresh nonce, in a policy that is kept.
pub(super) const NONCE: &str = "'nonce'";

/// The source that allows nothing, and that no other may stand beside.
const NONE: &str = "'none'";

/// The source that allows all inline content, unless a hash or a nonce stands beside it.
const UNSAFE_INLINE: &str = "'unsafe-inline'";

/// A directive with its sources, or its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The name, in lower case.
    pub name: String,
    /// The sources, in their order.
    pub sources: Vec<String>,
}

/// Changes of a policy: sources are added, and Trusted Types alone may be taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyChanges {
    /// Sources to add, by directive.
    pub added: Vec<Directive>,
    /// Whether strings may reach the DOM as they are: `-require-trusted-types-for`.
    pub without_trusted_types: bool,
}

impl PolicyChanges {
    /// Whether this source is added to that directive.
    #[must_use]
    pub fn adds(&self, name: &str, source: &str) -> bool {
        self.added_to(name).any(|known| known.eq_ignore_ascii_case(source))
    }

    /// The sources that are added to a directive.
    pub fn added_to(&self, name: &str) -> impl Iterator<Item = &str> {
        let added = self.added.iter().filter(move |added| added.name == name);
        added.flat_map(|added| &added.sources).map(String::as_str)
    }
}

/// The directives of a policy, each name once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Policy(Vec<Directive>);

impl Policy {
    pub(super) fn of<'a>(directives: impl IntoIterator<Item = (&'static str, &'a str)>) -> Self {
        let directive = |(name, sources): (&str, &str)| Directive {
            name: name.to_owned(),
            sources: sources.split(' ').map(str::to_owned).collect(),
        };
        Self(directives.into_iter().map(directive).collect())
    }

    fn sources(&self, name: &str) -> Option<&[String]> {
        self.0.iter().find(|directive| directive.name == name).map(|directive| directive.sources.as_slice())
    }

    /// The policy with these changes.
    pub(super) fn extended(mut self, changes: &PolicyChanges) -> Self {
        if changes.without_trusted_types {
            self.0
                .retain(|ours| !["require-trusted-types-for", "trusted-types"].contains(&ours.name.as_str()));
        }
        for added in &changes.added {
            let mut sources = match self.sources(&added.name) {
                Some(ours) => ours.to_vec(),
                None => self.implied(&added.name),
            };
            if added.sources.iter().any(|source| source == UNSAFE_INLINE) {
                // Beside one of ours a browser would ignore the word.
                sources.retain(|source| !names_content(source));
            }
            if !added.sources.is_empty() {
                sources.retain(|source| source != NONE);
            }
            let is_new = |source: &&String| !sources.contains(source);
            let new: Vec<String> = added.sources.iter().filter(is_new).cloned().collect();
            sources.extend(new);
            self.set(&added.name, sources);
        }
        if self.sources("child-src").is_some() && self.sources("worker-src").is_none() {
            // Workers would go by `child-src` now, and not by `script-src`.
            self.set("worker-src", vec!["'self'".to_owned()]);
        }
        self
    }

    fn set(&mut self, name: &str, sources: Vec<String>) {
        match self.0.iter_mut().find(|directive| directive.name == name) {
            Some(directive) => directive.sources = sources,
            None => self.0.push(Directive { name: name.to_owned(), sources }),
        }
    }

    /// The sources that count for a directive that the policy lacks (CSP Level 3 §6.8.3): a new one takes none away.
    fn implied(&self, name: &str) -> Vec<String> {
        match name {
            "worker-src" => vec!["'self'".to_owned()],
            "script-src-elem" => self.sources("script-src").unwrap_or_default().to_vec(),
            "style-src-elem" => self.sources("style-src").unwrap_or_default().to_vec(),
            "child-src" | "fenced-frame-src" | "frame-src" | "media-src" => {
                self.sources("default-src").unwrap_or_default().to_vec()
            }
            _ => Vec::new(),
        }
    }
}

/// Whether a source names content by itself: a hash, or a nonce.
fn names_content(source: &str) -> bool {
    source.starts_with("'sha") || source == NONCE
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Directive { name, sources }) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{name}")?;
            sources.iter().try_for_each(|source| write!(f, " {source}"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extended(changes: &[(&str, &str)]) -> String {
        let ours = Policy::of([
            ("default-src", "'none'"),
            ("script-src", "'self' 'sha256-a='"),
            ("style-src", "'self' 'sha256-b='"),
            ("require-trusted-types-for", "'script'"),
            ("trusted-types", "'none'"),
        ]);
        let added = changes.iter().map(|(name, sources)| Directive {
            name: (*name).to_owned(),
            sources: sources.split_whitespace().map(str::to_owned).collect(),
        });
        ours.extended(&PolicyChanges { added: added.collect(), without_trusted_types: false }).to_string()
    }

    #[test]
    fn sources_are_added_once_and_none_gives_way() {
        for (changes, expected) in [
            (
                &[("script-src", "https://cdn.example 'self'")][..],
                "script-src 'self' 'sha256-a=' https://cdn.example;",
            ),
            (&[("default-src", "https:")], "default-src https:;"),
            (&[("trusted-types", "dompurify")], "; trusted-types dompurify"),
            (&[("frame-src", "https://a.example")], "; frame-src https://a.example"),
            (&[("worker-src", "blob:")], "; worker-src 'self' blob:"),
            (&[("child-src", "https://a.example")], "; child-src https://a.example; worker-src 'self'"),
            (
                &[("script-src-elem", "https://a.example")],
                "; script-src-elem 'self' 'sha256-a=' https://a.example",
            ),
            (&[("style-src-attr", "'unsafe-inline'")], "; style-src-attr 'unsafe-inline'"),
            (&[("upgrade-insecure-requests", "")], "; upgrade-insecure-requests"),
            (&[("font-src", "https://a"), ("font-src", "https://b")], "; font-src https://a https://b"),
        ] {
            let policy = extended(changes);
            assert!(policy.contains(expected), "{changes:?}: {policy}");
            assert!(!policy.contains("'none' "), "{policy}");
        }
    }

    #[test]
    fn what_allows_all_inline_content_is_not_cancelled_by_a_hash_of_ours() {
        let policy = extended(&[("style-src", "'unsafe-inline'")]);
        assert!(policy.contains("style-src 'self' 'unsafe-inline';"), "{policy}");
        assert!(policy.contains("script-src 'self' 'sha256-a=';"), "{policy}");
    }

    #[test]
    fn trusted_types_go_together() {
        let ours = Policy::of([
            ("default-src", "'none'"),
            ("require-trusted-types-for", "'script'"),
            ("trusted-types", "'none'"),
        ]);
        let changes = PolicyChanges { without_trusted_types: true, added: Vec::new() };
        assert_eq!(ours.extended(&changes).to_string(), "default-src 'none'");
    }
}
