//! A page that holds a fresh nonce in each answer (CSP Level 3 §7.2): scripts and styles that know it may run.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::html::{Tag, head_start, tags};

/// The text in a page that the nonce takes the place of.
const PLACEHOLDER: &str = "__BFF_NONCE__";

/// Bytes of a nonce: 128 bits, which nobody guesses.
const BYTES: usize = 16;

/// A nonce for one answer.
#[derive(Debug)]
pub struct Nonce(String);

impl Nonce {
    /// Draws a nonce.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(STANDARD.encode(bytes)))
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A page, cut at each place where its nonce stands.
#[derive(Debug, Clone)]
pub struct NoncePage(Vec<String>);

impl NoncePage {
    /// A built page: its placeholders are the places, and a `<meta property="csp-nonce">`, which is added if it has none.
    /// Code reads the nonce from there.
    pub(super) fn built(html: &str) -> Self {
        Self::cut(&Self::prepared(html))
    }

    /// The text of a built page with all its places.
    pub(super) fn prepared(html: &str) -> String {
        with_places(html, |_| false)
    }

    /// A page of a development server, whose scripts and styles know no nonce yet.
    #[must_use]
    pub fn of_dev_server(html: &str) -> Self {
        Self::cut(&with_places(html, |tag| matches!(tag.name.as_str(), "script" | "style")))
    }

    /// A prepared text, or a part of one.
    pub(super) fn cut(html: &str) -> Self {
        Self(html.split(PLACEHOLDER).map(str::to_owned).collect())
    }

    /// A text without any place.
    pub(super) fn whole(html: &str) -> Self {
        Self(vec![html.to_owned()])
    }

    /// The page with this nonce.
    #[must_use]
    pub fn with(&self, nonce: Option<&Nonce>) -> String {
        self.0.join(nonce.map_or("", |nonce| &nonce.0))
    }
}

/// The page with a place for the nonce in its head, and in each tag that `needs` one and has none.
fn with_places(html: &str, needs: impl Fn(&Tag) -> bool) -> String {
    let tags = tags(html);
    let is_known = tags.iter().any(|tag| {
        tag.name == "meta" && tag.attribute(html, "property").is_some_and(|property| property == "csp-nonce")
    });
    let attribute = format!(" nonce=\"{PLACEHOLDER}\"");
    let in_head = format!("<meta property=\"csp-nonce\"{attribute}>");
    let mut places: Vec<(usize, &str)> = tags
        .iter()
        .filter(|tag| needs(tag) && tag.attribute(html, "nonce").is_none())
        .map(|tag| (tag.behind_name(), attribute.as_str()))
        .collect();
    if !is_known {
        places.push((head_start(html), &in_head));
    }
    places.sort_unstable();
    let mut page = String::with_capacity(html.len() + 64 * places.len());
    let mut at = 0;
    for (place, text) in places {
        page.push_str(&html[at..place]);
        page.push_str(text);
        at = place;
    }
    page + &html[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    const META: &str = "<meta property=\"csp-nonce\" nonce=\"N\">";

    fn built(html: &str) -> String {
        NoncePage::built(html).with(Some(&Nonce("N".to_owned())))
    }

    fn of_dev_server(html: &str) -> String {
        NoncePage::of_dev_server(html).with(Some(&Nonce("N".to_owned())))
    }

    #[test]
    fn placeholders_become_the_nonce_and_the_head_tells_it() {
        assert_eq!(
            built("<head><script nonce=\"__BFF_NONCE__\">x</script>"),
            format!("<head>{META}<script nonce=\"N\">x</script>")
        );
        let told = "<head><meta property=csp-nonce nonce='__BFF_NONCE__'><p>";
        assert_eq!(built(told), told.replace("__BFF_NONCE__", "N"));
        assert_eq!(built("<p>"), format!("{META}<p>"));
    }

    #[test]
    fn scripts_and_styles_of_a_dev_server_get_the_nonce_once() {
        assert_eq!(
            of_dev_server(
                "<head></head><script type=module>'<style>'</script><style>a{}</style><script nonce=x></script>"
            ),
            format!(
                "<head>{META}</head><script nonce=\"N\" type=module>'<style>'</script><style nonce=\"N\">a{{}}</style>\
                 <script nonce=x></script>"
            )
        );
    }

    #[test]
    fn no_two_nonces_are_the_same_and_each_has_128_bits() {
        let (one, two) = (Nonce::random().unwrap().0, Nonce::random().unwrap().0);
        assert_ne!(one, two);
        assert_eq!(STANDARD.decode(one).unwrap().len(), BYTES);
    }
}
