//! Parameters as other routers write them: Express, Next.js, Flask, ASP.NET, globs and regular expressions.

/// The template in our own terms, and what is foreign about its first foreign segment.
pub(super) fn translated(path: &str) -> (String, Option<String>) {
    let last = path.matches('/').count();
    let mut reason = None;
    let segments = path.split('/').enumerate().map(|(index, segment)| {
        let Some((ours, is_foreign)) = foreign(segment, index == last) else { return segment.to_owned() };
        reason.get_or_insert_with(|| format!("{segment:?} {is_foreign}"));
        ours
    });
    let translated = segments.collect::<Vec<_>>().join("/");
    (translated, reason)
}

/// A foreign segment in our own terms, with the reason.
fn foreign(segment: &str, is_last: bool) -> Option<(String, &'static str)> {
    let literal = "is the style of another router, and stands for nothing but itself";
    let parameter =
        |name: &str, rest: bool| if rest && is_last { format!("{{*{name}}}") } else { format!("{{{name}}}") };
    if let Some((name, rest, tail)) = express(segment) {
        return Some((parameter(name, rest) + tail, literal));
    }
    if let Some(inner) = enclosed(segment, '<', '>') {
        let (kind, name) = inner.rsplit_once(':').unwrap_or(("", inner));
        return Some((parameter(name, kind == "path"), literal));
    }
    if let Some(inner) = enclosed(segment, '[', ']').map(|inner| inner.trim_matches(['[', ']'])) {
        let name = inner.trim_start_matches('.');
        if is_name(name) {
            return Some((parameter(name, name != inner), literal));
        }
    }
    if let Some(ours) = constrained(segment, is_last) {
        return Some((ours, "takes any text: nothing in braces but the name counts"));
    }
    if segment.contains(['{', '}']) {
        return None;
    }
    if is_regex(segment) {
        let plain = segment.trim_start_matches('^').trim_end_matches('$');
        let ours = match plain {
            plain if is_name(plain) => plain.to_owned(),
            plain if plain.contains(".*") || plain.contains(".+") => {
                parameter(if is_last { "rest" } else { "name" }, true)
            }
            _ => parameter("name", false),
        };
        return Some((ours, "looks like a regular expression, and stands for nothing but itself"));
    }
    if let Some(name) = segment.strip_prefix('*').filter(|name| is_name(name)) {
        return Some((parameter(name, true), literal));
    }
    if segment.contains('*') {
        let whole = segment.trim_matches('*').is_empty();
        let one = segment.replacen('*', "{name}", 1).replace('*', "");
        let ours = if whole { parameter(if is_last { "rest" } else { "name" }, true) } else { one };
        return Some((ours, "looks like a pattern, and stands for nothing but itself"));
    }
    None
}

/// The name of `:name`, whether it takes the rest (`:name*`), and the text behind it.
fn express(segment: &str) -> Option<(&str, bool, &str)> {
    let after = segment.strip_prefix(':')?;
    let end = after.find(|one: char| !one.is_ascii_alphanumeric() && one != '_').unwrap_or(after.len());
    let (name, tail) = after.split_at(end);
    if !name.starts_with(|one: char| one.is_ascii_alphabetic() || one == '_') {
        return None;
    }
    let rest = tail.starts_with(['*', '+']) || tail.starts_with("(.*") || tail.starts_with("(.+");
    let is_text = !tail.contains([':', '?', '*', '+', '(', '{', '}']);
    Some((name, rest, if is_text { tail } else { "" }))
}

/// A segment whose parameter has more in its braces than a name: `{id:int}`, `{id?}`, `{path...}`.
fn constrained(segment: &str, is_last: bool) -> Option<String> {
    let start = segment.find('{').filter(|start| !segment[*start..].starts_with("{{"))?;
    let end = segment.rfind('}').filter(|end| *end > start)?;
    let inner = &segment[start + 1..end];
    let name = inner.trim_start_matches('*');
    let known = name
        .find(|one: char| !one.is_ascii_alphanumeric() && !matches!(one, '_' | '-'))
        .unwrap_or(name.len());
    let (name, more) = name.split_at(known);
    let is_ours = more.is_empty() && inner.len() - name.len() <= 1;
    let is_dotted =
        more.starts_with('.') && !more.starts_with("..") && !more.contains(['*', '(', '[', '?', ':', '=']);
    if name.is_empty() || is_ours || is_dotted || inner.contains(['{', '}']) {
        return None;
    }
    let rest = inner.starts_with('*')
        || more.starts_with("...")
        || more.starts_with(":path")
        || more.starts_with('*')
        || more.starts_with(":*")
        || more.starts_with(":.*");
    let star = if rest && is_last { "*" } else { "" };
    Some(format!("{}{{{star}{name}}}{}", &segment[..start], &segment[end + 1..]))
}

fn enclosed(segment: &str, open: char, close: char) -> Option<&str> {
    segment.strip_prefix(open)?.strip_suffix(close).filter(|inner| !inner.is_empty())
}

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn is_regex(segment: &str) -> bool {
    const SIGNS: [&str; 13] =
        [".*", ".+", "]+", "]*", ")+", ")*", "(?", "[^", "[0-9", "[a-z", "[A-Z", "\\d", "\\w"];
    let anchored = segment.len() > 1 && (segment.starts_with('^') || segment.ends_with('$'));
    anchored || SIGNS.iter().any(|sign| segment.contains(sign))
}
