//! Two types under one key, in words.

use query_core::{QueryKey, Segment, TypeConflict};
use wasm_bindgen::JsValue;
use web_sys::console;

/// Says in the browser's console what is wrong with a key: nobody meant it, and a page without data does not say why.
pub(crate) fn report(key: &QueryKey, conflict: TypeConflict) {
    console::error_1(&JsValue::from_str(&words(key, conflict)));
}

/// What is wrong, and what to do about it. Made without `Debug`, whose code every application would carry.
fn words(key: &QueryKey, TypeConflict { held, wanted }: TypeConflict) -> String {
    let mut segments = String::new();
    for segment in key.segments() {
        if !segments.is_empty() {
            segments.push_str(", ");
        }
        match segment {
            Segment::Text(text) => segments.push_str(text),
            Segment::Flag(flag) => segments.push_str(if *flag { "true" } else { "false" }),
            Segment::Integer(number) => {
                segments.push_str(&i64::try_from(*number).unwrap_or(i64::MAX).to_string())
            }
            _ => segments.push('…'),
        }
    }
    let parts = [
        "query-yew: the key [",
        &segments,
        "] holds ",
        held.name(),
        " and is asked for as ",
        wanted.name(),
        ". Give one of them a key of its own.",
    ];
    parts.concat()
}
