//! The account of the embedded demo, told to a start page that asks for it by `<meta name="bff-demo-account">`.

use super::html::{Tag, tags};

/// The `<meta>` by which a page asks.
const META: &str = "bff-demo-account";

/// The page with name and password, a space between them, as the content of its `<meta>`; `None` where it does not ask.
pub(super) fn told(html: &str, (name, password): (&str, &str)) -> Option<String> {
    let asks = |tag: &&Tag| tag.name == "meta" && tag.attribute(html, "name") == Some(META);
    let place = tags(html).iter().find(asks)?.behind_name();
    let (before, behind) = html.split_at(place);
    Some(format!("{before} content=\"{name} {password}\"{behind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_asks_is_told_and_no_other() {
        for (html, expected) in [
            (
                "<head><meta name=\"bff-demo-account\" /><p>",
                Some("<head><meta content=\"a b\" name=\"bff-demo-account\" /><p>"),
            ),
            ("<META name=bff-demo-account>", Some("<META content=\"a b\" name=bff-demo-account>")),
            ("<meta name=\"other\"><p name=bff-demo-account>", None),
            ("<!-- <meta name=bff-demo-account> -->", None),
        ] {
            assert_eq!(told(html, ("a", "b")).as_deref(), expected, "{html}");
        }
    }
}
