//! Addresses in the start page of an app that lies below a base path.
//!
//! An app is built for the root of a host, or for a path of its own. Where its start page names `/assets/a.js`, browsers have to
//! ask for `/app/assets/a.js`. A `<base>` would change what `#top` means, and needs a policy of its own.

use http_message::BasePath;

use super::html::{head_start, tags};

/// Attributes that hold one address.
const ADDRESS: [&str; 6] = ["action", "data-src", "formaction", "href", "poster", "src"];

/// Attributes that hold several by comma, each with a width or a density.
const ADDRESSES: [&str; 2] = ["imagesrcset", "srcset"];

/// The `<meta>` by which an app learns the base path.
const META: &str = "bff-base-path";

/// The page `html` with its addresses below `base_path`, and the base path in a `<meta>`. Changed are attributes that hold
/// addresses, and quoted texts anywhere that name one of the app's files.
pub(super) fn rebase(html: &str, base_path: &BasePath, is_file: impl Fn(&str) -> bool) -> String {
    let mut places = of_attributes(html);
    places.extend(of_files(html, is_file));
    places.retain(|place| is_outside(&html[*place..], base_path));
    places.sort_unstable();
    places.dedup();
    let mut rebased = html.to_owned();
    // The last one first: those before it stay where they are.
    for place in places.into_iter().rev() {
        rebased.insert_str(place, base_path.as_str());
    }
    let meta = format!("<meta name=\"{META}\" content=\"{}\">", base_path.as_str());
    rebased.insert_str(head_start(&rebased), &meta);
    rebased
}

/// Where the addresses in attributes begin.
fn of_attributes(html: &str) -> Vec<usize> {
    // Values are parts of the page.
    let place = |part: &str| part.as_ptr().addr() - html.as_ptr().addr();
    let mut places = Vec::new();
    for tag in tags(html) {
        // A value that is not there is no part of the page.
        for (name, value) in tag.attributes(html).into_iter().filter(|(_, value)| !value.is_empty()) {
            let is_one_of = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
            if is_one_of(&ADDRESS) {
                places.push(place(value.trim_ascii_start()));
            } else if is_one_of(&ADDRESSES) {
                places.extend(value.split(',').map(|candidate| place(candidate.trim_ascii_start())));
            }
        }
    }
    places
}

/// Where quoted texts begin that name a file of the app.
fn of_files(html: &str, is_file: impl Fn(&str) -> bool) -> Vec<usize> {
    let quotes = html.match_indices(['"', '\'']).map(|(at, _)| at + 1);
    let names_file = |place: &usize| {
        let Some(path) = html[*place..].strip_prefix('/') else { return false };
        let end = path.find(['"', '\'', '?', '#', '<', '>', ' ']).unwrap_or(path.len());
        is_file(&path[..end])
    };
    quotes.filter(names_file).collect()
}

/// Whether an address lies on this host, and not below the base path yet.
fn is_outside(address: &str, base_path: &BasePath) -> bool {
    address.starts_with('/')
        && !address.starts_with("//")
        && base_path.inside(address).is_none_or(|rest| !rest.starts_with('/'))
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
            ("<head><script src=/x.js></script>", format!("<head>{meta}<script src=/app/x.js></script>")),
            (
                "<head><img srcset=\"/a.png 1x, /b.png 2x\">",
                format!("<head>{meta}<img srcset=\"/app/a.png 1x, /app/b.png 2x\">"),
            ),
            (
                "<!-- <head> --><head><button formaction='/x'>",
                format!("<!-- <head> --><head>{meta}<button formaction='/app/x'>"),
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
}
