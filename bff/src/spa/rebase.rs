//! Addresses in the start page of an app that lies below a base path.
//!
//! An app is built for the root of a host, or for a path of its own. Where its start page names `/assets/a.js`, browsers have to
//! ask for `/app/assets/a.js`. A `<base>` would change what `#top` means, and needs a policy of its own.

use http_message::BasePath;

/// Attributes that hold one address.
const ATTRIBUTES: [&str; 5] = ["href", "src", "action", "poster", "data-src"];

/// The `<meta>` by which an app learns the base path.
const META: &str = "bff-base-path";

/// The start page `html` with its addresses below `base_path`, and the base path in a `<meta>`. Changed are attributes that
/// hold an address, and quoted texts anywhere that name one of the app's files.
pub(super) fn rebase(html: &str, base_path: &BasePath, is_file: impl Fn(&str) -> bool) -> String {
    if base_path.is_root() {
        return html.to_owned();
    }
    let mut rebased = String::with_capacity(html.len() + 256);
    let mut rest = html;
    while let Some(at) = rest.find(['"', '\'']) {
        let (before, quoted) = rest.split_at(at);
        rebased.push_str(before);
        rebased.push_str(&quoted[..1]);
        rest = &quoted[1..];
        if rest.starts_with('/')
            && !rest.starts_with("//")
            && base_path.inside(rest).is_none_or(str::is_empty)
        {
            let end = rest.find(['"', '\'', '?', '#', '<', '>', ' ']).unwrap_or(rest.len());
            if is_file(&rest[1..end]) || is_attribute(before) {
                rebased.push_str(base_path.as_str());
            }
        }
    }
    rebased.push_str(rest);
    let meta = format!("<meta name=\"{META}\" content=\"{}\">", base_path.as_str());
    match head_begins(&rebased) {
        Some(at) => rebased.insert_str(at, &meta),
        None => rebased.insert_str(0, &meta),
    }
    rebased
}

/// Whether the text before a quote ends in an attribute that holds an address.
fn is_attribute(before: &str) -> bool {
    let Some(name) = before.trim_end().strip_suffix('=') else { return false };
    let name = name.trim_end();
    let known = |attribute: &&str| {
        let start = name.len().checked_sub(attribute.len());
        let parts = start.and_then(|start| name.split_at_checked(start));
        parts.is_some_and(|(before, name)| {
            name.eq_ignore_ascii_case(attribute) && before.ends_with(|end: char| end.is_ascii_whitespace())
        })
    };
    ATTRIBUTES.iter().any(|attribute| known(attribute))
}

/// The place behind `<head>`.
fn head_begins(html: &str) -> Option<usize> {
    let lower = html.to_ascii_lowercase();
    let tag = lower
        .match_indices("<head")
        .map(|(at, _)| at)
        .find(|at| lower[at + 5..].starts_with(|next: char| next == '>' || next.is_ascii_whitespace()))?;
    html[tag..].find('>').map(|end| tag + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rebased(html: &str) -> String {
        let files = ["a-0123456789abcdef.js", "assets/logo.svg"];
        rebase(html, &BasePath::new("/app"), |name| files.contains(&name))
    }

    #[test]
    fn addresses_of_the_app_lie_below_the_base_path() {
        let meta = "<meta name=\"bff-base-path\" content=\"/app\">";
        for (html, expected) in [
            ("<head><link href=\"/x.css\">", format!("<head>{meta}<link href=\"/app/x.css\">")),
            ("<HEAD lang=en><a href='/'>", format!("<HEAD lang=en>{meta}<a href='/app/'>")),
            (
                "<head><script>import i from '/a-0123456789abcdef.js';</script>",
                format!("<head>{meta}<script>import i from '/app/a-0123456789abcdef.js';</script>"),
            ),
            (
                "<head><p data-x=\"/assets/logo.svg?v=1\">",
                format!("<head>{meta}<p data-x=\"/app/assets/logo.svg?v=1\">"),
            ),
        ] {
            assert_eq!(rebased(html), expected);
        }
    }

    #[test]
    fn everything_else_stays() {
        for html in [
            "<a href=\"https://other.example/\">",
            "<a href=\"//other.example/x\">",
            "<a href=\"#top\">",
            "<a href=\"assets/a.js\">",
            "<a href=\"/app/x.css\">",
            "<script>fetch('/elsewhere')</script>",
            "<p title=\"/x\">",
            "<a xhref=\"/x\">",
        ] {
            assert!(rebased(html).ends_with(html), "{html}");
        }
    }

    #[test]
    fn without_a_base_path_nothing_changes() {
        let html = "<head><a href=\"/\">";
        assert_eq!(rebase(html, &BasePath::new("/"), |_| true), html);
    }
}
