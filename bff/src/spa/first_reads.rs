//! The first reads that a start page names: `<script type="application/json" data-bff="/todos?limit=30"></script>`.
//!
//! The page is cut at these elements once, so that an answer is put between two pieces and nothing is parsed for a request.

use std::time::Duration;

use http_message::BasePath;

use super::{
    html::{Tag, tags},
    nonce::{Nonce, NoncePage},
};

/// The attribute that names a read.
const ATTRIBUTE: &str = "data-bff";

/// The type of an element that browsers keep as data: it never runs, whatever it holds.
const TYPE: &str = "application/json";

/// Most reads of a page; further elements stay empty.
pub const READS_MAX: usize = 8;

/// Most bytes of one answer in a page; a larger one is asked for by the app.
pub const ANSWER_MAX: usize = 256 * 1024;

/// The longest that a page waits for all its reads together. The app asks for what is not there by itself.
pub const WAIT_MAX: Duration = Duration::from_millis(50);

/// A page that names reads.
#[derive(Debug, Clone)]
pub struct FirstReads {
    /// The addresses, in the order of their elements.
    targets: Vec<String>,
    /// What stands before, between and behind the answers: one piece more than there are targets.
    pieces: Vec<NoncePage>,
    /// The longest wait for all answers together.
    wait: Duration,
}

impl FirstReads {
    /// The reads of `html`, which are waited for so long together; `None` where it names none, or where there is no time for
    /// them. `has_nonce`: each answer of the page has a nonce.
    pub(super) fn of(html: &str, has_nonce: bool, base_path: &BasePath, wait: Duration) -> Option<Self> {
        let html = if has_nonce { NoncePage::prepared(html) } else { html.to_owned() };
        let piece = |text: &str| if has_nonce { NoncePage::cut(text) } else { NoncePage::whole(text) };
        let (mut targets, mut pieces, mut at) = (Vec::new(), Vec::new(), 0);
        for tag in tags(&html).iter().filter(|tag| is_read(tag, &html)) {
            let target = address(tag, &html, base_path);
            if !is_local(&target) {
                tracing::warn!(address = %target, "a first read of the start page is no path, and stays empty");
            } else if targets.len() == READS_MAX {
                tracing::warn!("the start page names more than {READS_MAX} first reads; the rest stay empty");
                break;
            } else {
                targets.push(target);
                pieces.push(piece(&html[at..tag.content.start]));
                at = tag.content.start;
            }
        }
        pieces.push(piece(&html[at..]));
        (!targets.is_empty() && !wait.is_zero()).then_some(Self { targets, pieces, wait })
    }

    /// The addresses, in order: path and query below the API's base, or an address of the server's own below `/bff`.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        self.targets.iter().map(String::as_str)
    }

    /// The longest wait for all answers together.
    #[must_use]
    pub const fn wait(&self) -> Duration {
        self.wait
    }

    /// The page with the JSON texts of `answers`, in the order of the addresses. `None` leaves an element empty.
    #[must_use]
    pub fn filled(&self, answers: &[Option<String>], nonce: Option<&Nonce>) -> String {
        let mut answers = answers.iter();
        let mut page = String::new();
        for piece in &self.pieces {
            page.push_str(&piece.with(nonce));
            if let Some(Some(json)) = answers.next() {
                escape(json, &mut page);
            }
        }
        page
    }
}

/// Whether a tag is an element for a read, still empty.
pub(super) fn is_read(tag: &Tag, html: &str) -> bool {
    tag.name == "script"
        && tag.attribute(html, ATTRIBUTE).is_some()
        && tag.attribute(html, "type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case(TYPE))
        && html[tag.content.clone()].trim().is_empty()
}

/// The address that a tag names, without the base path that a build may have put there.
fn address(tag: &Tag, html: &str, base_path: &BasePath) -> String {
    let address = tag.attribute(html, ATTRIBUTE).unwrap_or_default().trim().replace("&amp;", "&");
    match base_path.inside(&address).filter(|rest| !base_path.is_root() && rest.starts_with('/')) {
        Some(rest) => rest.to_owned(),
        None => address,
    }
}

/// Whether an address is a path and nothing that leads to another host.
fn is_local(address: &str) -> bool {
    address.starts_with('/')
        && !address.starts_with("//")
        && address.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\'))
}

/// Appends a JSON text in a form that cannot end its element. What is replaced stands within strings alone (RFC 8259 §7).
fn escape(json: &str, page: &mut String) {
    for part in json.split_inclusive(['<', '\u{2028}', '\u{2029}']) {
        let Some(last) = part.chars().next_back() else { continue };
        let replacement = match last {
            '<' => "\\u003c",
            '\u{2028}' => "\\u2028",
            '\u{2029}' => "\\u2029",
            _ => {
                page.push_str(part);
                continue;
            }
        };
        page.push_str(&part[..part.len() - last.len_utf8()]);
        page.push_str(replacement);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(html: &str, has_nonce: bool) -> Option<FirstReads> {
        FirstReads::of(html, has_nonce, &BasePath::new("/"), WAIT_MAX)
    }

    fn targets(html: &str) -> Vec<String> {
        of(html, false).map(|reads| reads.targets).unwrap_or_default()
    }

    fn element(address: &str) -> String {
        format!("<script type=\"application/json\" data-bff=\"{address}\"></script>")
    }

    #[test]
    fn elements_of_data_name_reads_and_nothing_else_does() {
        for (html, expected) in [
            (element("/todos?limit=30&amp;skip=0"), vec!["/todos?limit=30&skip=0"]),
            ("<SCRIPT data-bff=/users TYPE=Application/JSON> \n</SCRIPT>".to_owned(), vec!["/users"]),
            (element("/a") + &element("/bff/session"), vec!["/a", "/bff/session"]),
            (element("//evil.example/a"), vec![]),
            (element("https://evil.example/a"), vec![]),
            (element("/a b"), vec![]),
            (element(""), vec![]),
            (format!("<!-- {} -->", element("/a")), vec![]),
            ("<script data-bff=\"/a\"></script>".to_owned(), vec![]),
            ("<script type=\"application/json\" data-bff=\"/a\">{}</script>".to_owned(), vec![]),
            ("<p type=\"application/json\" data-bff=\"/a\"></p>".to_owned(), vec![]),
            ("<script type=\"application/json\" data-bff=\"/a\">".to_owned(), vec![]),
        ] {
            assert_eq!(targets(&html), expected, "{html}");
        }
        assert_eq!(targets(&element("/a").repeat(READS_MAX + 1)).len(), READS_MAX);
    }

    #[test]
    fn a_base_path_in_the_address_is_taken_off() {
        let of = |address: &str| {
            let reads = FirstReads::of(&element(address), false, &BasePath::new("/app"), WAIT_MAX).unwrap();
            reads.targets[0].clone()
        };
        assert_eq!(
            (of("/app/todos"), of("/todos"), of("/apple")),
            ("/todos".into(), "/todos".into(), "/apple".into())
        );
    }

    #[test]
    fn answers_stand_in_their_elements_and_cannot_end_them() {
        let html = format!("<p>{}{}</p>", element("/a"), element("/b"));
        let reads = of(&html, false).unwrap();
        assert_eq!(reads.filled(&[None, None], None), html);
        let hostile = "{\"t\":\"</script><!--<script>\u{2028}\u{2029}\u{e9}<\"}";
        let page = reads.filled(&[None, Some(hostile.to_owned())], None);
        let expected = r#"{"t":"\u003c/script>\u003c!--\u003cscript>\u2028\u2029é\u003c"}"#;
        assert_eq!(page, html.replace("data-bff=\"/b\">", &format!("data-bff=\"/b\">{expected}")));
        let read_back: serde_json::Value = serde_json::from_str(expected).unwrap();
        assert_eq!(read_back, serde_json::from_str::<serde_json::Value>(hostile).unwrap());
    }

    #[test]
    fn an_answer_that_names_the_place_of_a_nonce_does_not_get_it() {
        let html = format!("<head><script nonce=\"__BFF_NONCE__\"></script>{}", element("/a"));
        let reads = of(&html, true).unwrap();
        let nonce = Nonce::random().unwrap();
        let page = reads.filled(&[Some("\"__BFF_NONCE__\"".to_owned())], Some(&nonce));
        assert!(
            page.contains(&format!("<script nonce=\"{nonce}\">")) && page.contains(">\"__BFF_NONCE__\"<"),
            "{page}"
        );
        // Without a nonce the place is left as it is.
        assert_eq!(of(&html, false).unwrap().filled(&[None], None), html);
    }
}
