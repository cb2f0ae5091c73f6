//! Recognises names that hold the hash of their content, as bundlers write them. Such a file never changes.
//!
//! A file that is wrongly taken for immutable stays stale in browsers for a year. One that is missed costs a 304 each
//! time. So in doubt a name is one that somebody has given.

/// Fewest digits of a hash in hexadecimal: webpack's `[contenthash:8]`.
const HEX_MIN: usize = 8;

/// Digits that are no word and no date, however they stand: trunk's.
const HEX_CERTAIN: usize = 16;

/// Digits of a name that is nothing but a hash: webpack's for images and fonts.
const HEX_ALONE: usize = 20;

/// Characters of a hash by Vite and Rollup (base64url), and by esbuild and Angular (base32).
const SHORT: usize = 8;

/// Fewest letters of a word that a number follows, such as `decade2024`.
const WORD_MIN: usize = 3;

/// Digits of a year, which a word may follow.
const YEAR: usize = 4;

/// Most runs of letters and digits in a word: `banner2x` has three, a hash mostly more.
const RUNS_MAX: usize = 3;

/// Lengths of the parts of a UUID, which names a thing and not its content.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

/// Extensions of code, which esbuild gives no names in capitals of its own.
const CODE: [&str; 3] = ["js", "mjs", "css"];

/// Extensions of pages. They have addresses that people know.
const PAGES: [&str; 2] = ["html", "htm"];

/// Words in capitals that stand inside others, such as `parseURL` and `HTMLPage`.
const ACRONYMS: [&str; 26] = [
    "AJAX", "API", "CSS", "CSV", "DOM", "FAQ", "GIF", "GPU", "HTML", "HTTP", "ICO", "JPG", "JSON", "JWT",
    "PDF", "PNG", "PWA", "RSS", "SDK", "SQL", "SVG", "UI", "URL", "UX", "XML", "YAML",
];

/// Whether the name of the file at `path` holds the hash of its content.
pub(super) fn holds_hash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    // A source map has the name of its file.
    let name = name.strip_suffix(".map").unwrap_or(name);
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    !PAGES.contains(&extension) && !is_uuid(stem) && (holds_hex(stem) || ends_in_short(stem, extension))
}

/// `name-0123456789abcdef_bg` (trunk), `main.8f3a2b1c.chunk` (webpack), or a hash alone.
fn holds_hex(stem: &str) -> bool {
    let parts = stem.split(['-', '_', '.']);
    parts.skip(1).any(|part| part.len() >= HEX_MIN && is_hex_hash(part))
        || (stem.len() == HEX_ALONE && is_hex_hash(stem))
}

fn is_hex_hash(part: &str) -> bool {
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let letters = part.len() - digits;
    let is_date = digits == 8 && letters == 1 && part.starts_with(['1', '2']);
    let is_word =
        (letters >= WORD_MIN && part.starts_with(|c: char| c.is_ascii_lowercase())) || digits == YEAR;
    let is_word_and_number = runs(part) == 2 && (is_word || is_date);
    is_hex(part) && digits > 0 && letters > 0 && (part.len() >= HEX_CERTAIN || !is_word_and_number)
}

fn is_hex(part: &str) -> bool {
    part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_uuid(stem: &str) -> bool {
    let mut parts = stem.rsplit('-');
    UUID.iter().rev().all(|length| parts.next().is_some_and(|part| part.len() == *length && is_hex(part)))
}

/// `index-BqTk3_0x` (Vite; the hash may hold the dash that stands before it), `main-ABCD2345` (esbuild).
fn ends_in_short(stem: &str, extension: &str) -> bool {
    let at = stem.len().checked_sub(SHORT).filter(|at| *at > 1);
    let Some((before, hash)) = at.and_then(|at| stem.split_at_checked(at)) else { return false };
    before.ends_with(['-', '.']) && (is_base32(hash, CODE.contains(&extension)) || is_base64url(hash))
}

fn is_base32(hash: &str, is_code: bool) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let at_end = hash.bytes().rev().take_while(is_digit).count();
    let alternates = match is_code {
        // `VERSION2` is a word, `ABCD2345` none.
        true => hash.bytes().filter(is_digit).count() > at_end || at_end >= SHORT / 2,
        // A camera's name is in capitals as well: DSCN2345.
        false => runs(hash) > RUNS_MAX,
    };
    alternates && hash.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
}

fn is_base64url(hash: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    hash.bytes().all(is_known) && !is_given(hash)
}

/// Whether somebody may have given this name: each of its pieces is a word or a number.
fn is_given(name: &str) -> bool {
    let is_single_case = !(has_lower(name) && has_upper(name));
    // `_layout` is a habit of some frameworks.
    let name = name.strip_prefix(['_', '-']).unwrap_or(name);
    name.split(['-', '_']).all(|piece| match is_single_case {
        true => !piece.is_empty() && runs(piece) <= RUNS_MAX,
        false => is_word(piece),
    })
}

/// Whether a piece of a name in mixed case is a word with or without a number (`Logo`, `myLogo2`, `IMG`), or a number with or
/// without a unit (`2024`, `2x`).
fn is_word(piece: &str) -> bool {
    let word = piece.trim_end_matches(|c: char| c.is_ascii_digit());
    let unit = piece.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_number = unit.len() < piece.len() && unit.len() <= 2 && !has_upper(unit) && runs(unit) <= 1;
    let has_letters_alone = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_number || (has_letters_alone && (!has_lower(word) || is_camel_case(word)))
}

/// `Logo`, `logo`, `MyLogo`, `parseURL`, `HTMLPage`.
fn is_camel_case(word: &str) -> bool {
    let without = ACRONYMS.iter().find_map(|acronym| {
        let rest =
            word.strip_prefix(acronym).filter(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()));
        rest.or_else(|| word.strip_suffix(acronym)).filter(|rest| has_lower(rest))
    });
    let (rest, is_compound) = without.map_or((word, false), |rest| (rest, true));
    let letters = rest.as_bytes();
    let stands_alone = |pair: &[u8]| pair[0].is_ascii_uppercase() && !pair[1].is_ascii_lowercase();
    let ends_lower = letters.last().is_some_and(u8::is_ascii_lowercase);
    let is_regular = ends_lower && !letters.windows(2).any(stands_alone);
    // Words can be spoken; where capitals stand inside, a quarter are vowels.
    let vowels = rest.bytes().filter(|byte| b"aeiouyAEIOUY".contains(byte)).count();
    let is_simple = is_compound || !has_upper(rest.get(1..).unwrap_or_default());
    is_regular && (is_simple || vowels * 4 >= rest.len())
}

fn has_lower(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_lowercase())
}

fn has_upper(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// The runs of digits, and of others, that a text is made of.
fn runs(text: &str) -> usize {
    let bytes = text.as_bytes();
    let changes =
        bytes.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    if bytes.is_empty() { 0 } else { changes + 1 }
}

#[cfg(test)]
mod tests;
