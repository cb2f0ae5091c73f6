//! Lists whose members are weighed (RFC 9110 §12.4.2): `Accept`, `Accept-Encoding`, `Accept-Language`.

use http::HeaderName;

use super::HeaderBlock;

/// The weight of a member without one, in thousandths.
pub const WHOLE: u16 = 1000;

/// The members of a field, each with its weight in thousandths.
pub fn of_field(headers: &HeaderBlock, name: HeaderName) -> impl Iterator<Item = (&str, u16)> {
    headers.get_all(name).filter_map(|line| line.to_str().ok()).flat_map(of_line)
}

/// The members of one line, each with its weight in thousandths. One whose weight does not parse is left out: nobody knows
/// how much it is wanted.
pub fn of_line(line: &str) -> impl Iterator<Item = (&str, u16)> {
    line.split(',').filter_map(|member| {
        let (name, parameters) = member.split_once(';').unwrap_or((member, ""));
        let name = Some(name.trim()).filter(|name| !name.is_empty())?;
        let mut parameters = parameters.split(';').filter_map(|one| one.split_once('='));
        match parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("q")) {
            None => Some((name, WHOLE)),
            Some((_, weight)) => Some((name, thousandths(weight.trim())?)),
        }
    })
}

/// A weight from 0 to 1 with at most three digits behind the point.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, rest) = weight.split_once('.').unwrap_or((weight, ""));
    if rest.len() > 3 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let rest: u16 = format!("{rest:0<3}").parse().ok()?;
    match whole {
        "0" => Some(rest),
        "1" if rest == 0 => Some(WHOLE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_the_weight_that_they_say_or_the_whole() {
        for (line, expected) in [
            ("gzip", &[("gzip", 1000)][..]),
            ("a, b;q=0.5 ,c ; Q = 0.501", &[("a", 1000), ("b", 500), ("c", 501)]),
            ("text/html;level=1;q=0.1", &[("text/html", 100)]),
            ("a;q=1, b;q=1.000, c;q=0, d;q=0.", &[("a", 1000), ("b", 1000), ("c", 0), ("d", 0)]),
            ("a;q=2, b;q=x, c;q=-1, d;q=0.1234, e;q=1.1, f;q=", &[]),
            (" , ;q=1", &[]),
            ("a;b", &[("a", 1000)]),
        ] {
            assert_eq!(of_line(line).collect::<Vec<_>>(), expected, "{line}");
        }
    }
}
