//! Admission: who may sign in, by what the OpenID provider says of them.

use serde_json::Value;

use crate::session::ClaimName;

/// The claim that counts only where the provider has verified it.
const EMAIL: &str = "email";

/// The provider's word that an e-mail address is the person's own.
const EMAIL_VERIFIED: &str = "email_verified";

/// Rules of which any one admits a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission(Vec<Rule>);

/// A claim, and a pattern that one of its values has to fit.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    claim: ClaimName,
    /// `*` stands for any characters, or none.
    pattern: String,
}

impl Admission {
    /// Reads rules such as `email:*@example.com, groups:staff`; an error completes the sentence "`given` …".
    ///
    /// # Errors
    /// No rule, or one without a claim or a value.
    pub fn parse(given: &str) -> Result<Self, String> {
        const EXPECTED: &str = "expected CLAIM:VALUE by comma, such as email:*@example.com, groups:staff";
        let rules = given.split(',').map(str::trim).filter(|rule| !rule.is_empty());
        let rules: Result<Vec<Rule>, String> = rules
            .map(|rule| {
                let (claim, pattern) =
                    split(rule).ok_or_else(|| format!("has {rule:?} without a value; {EXPECTED}"))?;
                let claim = ClaimName::parse(claim)
                    .map_err(|problem| format!("has {rule:?}, whose claim {problem}; {EXPECTED}"))?;
                Ok(Rule { claim, pattern: pattern.to_owned() })
            })
            .collect();
        match rules? {
            rules if rules.is_empty() => Err(format!("has no rule; {EXPECTED}")),
            rules => Ok(Self(rules)),
        }
    }

    /// Whether one of `sources`, each with claims of the person, fits a rule. An address and the word that it is
    /// verified come from the same one.
    #[must_use]
    pub fn admits(&self, sources: &[&Value]) -> bool {
        self.0.iter().any(|rule| sources.iter().any(|source| rule.fits(source)))
    }

    /// Whether a claim that a rule is about is missing in `source`.
    #[must_use]
    pub fn lacks(&self, source: &Value) -> bool {
        let is_there = |rule: &Rule| match rule.is_email() {
            true => rule.claim.find(source).is_some() && source.get(EMAIL_VERIFIED).is_some(),
            false => rule.claim.find(source).is_some(),
        };
        !self.0.iter().all(is_there)
    }
}

impl Rule {
    fn is_email(&self) -> bool {
        self.claim.as_str().trim_start_matches('/') == EMAIL
    }

    fn fits(&self, source: &Value) -> bool {
        let Some(value) = self.claim.find(source) else { return false };
        if !self.is_email() {
            return self.claim.any_text(value, |text| is_like(text, &self.pattern));
        }
        // Cases of ASCII alone are folded: other letters have lookalikes that fold into ASCII.
        let pattern = self.pattern.to_ascii_lowercase();
        is_verified(source)
            && self.claim.any_text(value, |text| is_like(&text.to_ascii_lowercase(), &pattern))
    }
}

/// Some providers say it in words.
fn is_verified(source: &Value) -> bool {
    match source.get(EMAIL_VERIFIED) {
        Some(Value::Bool(is_verified)) => *is_verified,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

/// Claim and value of a rule. The colon of `https://` belongs to the claim, which may be an address.
fn split(rule: &str) -> Option<(&str, &str)> {
    let at = rule.match_indices(':').map(|(at, _)| at).find(|at| !rule[at + 1..].starts_with("//"))?;
    let (claim, value) = (rule[..at].trim(), rule[at + 1..].trim());
    (!value.is_empty()).then_some((claim, value))
}

/// Whether all of `text` is like `pattern`, whose `*` stand for any characters, or none.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut left) = text.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        // The first place leaves the most for what follows.
        let Some(at) = left.find(piece) else { return false };
        left = &left[at + piece.len()..];
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn admits(rules: &str, claims: &Value) -> bool {
        Admission::parse(rules).unwrap().admits(&[claims])
    }

    #[test]
    fn a_pattern_has_wildcards_only_within_its_value() {
        for (pattern, text, is) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("*@example.com", "ada@example.com", true),
            ("*@example.com", "ada@example.com.evil", false),
            ("*@example.com", "ada@evil-example.com", false),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "abc", true),
            ("a*b*c", "acb", false),
            ("a*a", "a", false),
            ("**x", "x", true),
            ("ab*ab", "ab", false),
            ("ü*", "ümlaut", true),
        ] {
            assert_eq!(is_like(text, pattern), is, "{pattern} {text}");
        }
    }

    #[test]
    fn any_one_rule_admits_by_its_claim() {
        let rules =
            "email:*@example.com, groups:staff,/realm/roles:a*,https://x.example/role:urn:x:y, level:3";
        for (claims, is) in [
            (json!({ "email": "Ada@EXAMPLE.com", "email_verified": true }), true),
            (json!({ "groups": ["x", "staff"] }), true),
            (json!({ "groups": "staff" }), true),
            (json!({ "groups": ["Staff", "staff x"] }), false),
            (json!({ "realm": { "roles": ["admin"] } }), true),
            (json!({ "https://x.example/role": "urn:x:y" }), true),
            (json!({ "level": 3 }), true),
            (json!({ "level": 30, "groups": { "staff": true } }), false),
            (json!({}), false),
        ] {
            assert_eq!(admits(rules, &claims), is, "{claims}");
        }
    }

    #[test]
    fn security_54_an_address_admits_only_where_the_same_source_says_it_is_verified() {
        let rules = "email:*@example.com";
        for (verified, is) in [
            (json!(true), true),
            (json!("true"), true),
            (json!(false), false),
            (json!("false"), false),
            (json!(1), false),
            (json!(null), false),
        ] {
            let claims = json!({ "email": "ada@example.com", "email_verified": verified });
            assert_eq!(admits(rules, &claims), is, "{claims}");
            let claims = json!({ "email": "ada@example.com", "email_verified": verified });
            assert_eq!(admits("/email:*@example.com", &claims), is, "{claims}");
        }
        let (ours, others) = (
            json!({ "email": "ada@example.com" }),
            json!({ "email": "eve@evil.example", "email_verified": true }),
        );
        assert!(!Admission::parse(rules).unwrap().admits(&[&ours, &others]));
        // The Kelvin sign is a k in lower case.
        let kelvin = json!({ "email": "ada@\u{212a}.example", "email_verified": true });
        assert!(!admits("email:*@k.example", &kelvin));
    }

    #[test]
    fn a_rule_says_what_is_wrong_with_it() {
        for (given, says) in [
            ("", "has no rule"),
            (" , ", "has no rule"),
            ("staff", "without a value"),
            ("groups:", "without a value"),
            (":staff", "whose claim has no name"),
            ("https://x.example/role", "without a value"),
            ("/a~b:x", "whose claim is no JSON pointer"),
        ] {
            let problem = Admission::parse(given).unwrap_err();
            assert!(problem.contains(says) && problem.contains("expected CLAIM:VALUE"), "{given}: {problem}");
        }
    }

    #[test]
    fn a_claim_of_a_rule_is_missing_without_the_word_that_it_is_verified() {
        let rules = Admission::parse("email:a@b.example,groups:staff").unwrap();
        assert!(rules.lacks(&json!({ "email": "a", "groups": [] })));
        assert!(rules.lacks(&json!({ "email": "a", "email_verified": false })));
        assert!(!rules.lacks(&json!({ "email": "a", "email_verified": false, "groups": [] })));
    }
}
