//! Picks the fields that may leave (a route's `select`).
//!
//! - Of an object, its own fields are picked; `user.name` picks a field within one.
//! - Of a list, the fields of each item are picked.
//! - Of a page, which wraps one list, the fields of each item are picked, and the page's figures stay: see `page.rs`.
//! - A value without fields (a text, a number, null) is what it is, alone or in a list, but not in a list within a list.
//!
//! Picked values are copied byte for byte, so that no number loses digits. A byte order mark is left out (RFC 8259 §8.1), and
//! bytes that are no UTF-8 become the mark that browsers put in their place.
//! Content that is no JSON cannot be picked from and does not leave at all.

mod members;
mod page;

use serde_json::value::RawValue;

use self::members::{Members, NOT_JSON, first_byte, read};

/// A byte order mark, which some servers put in front.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Content with the selected fields alone.
#[derive(Debug, PartialEq, Eq)]
pub struct Selected {
    /// JSON.
    pub content: Vec<u8>,
    /// Whether a field was found, or there was none to be found.
    pub matched: bool,
}

/// `json` without its byte order mark.
#[must_use]
pub fn without_mark(json: &[u8]) -> &[u8] {
    json.strip_prefix(BYTE_ORDER_MARK).unwrap_or(json)
}

/// `json` with the selected fields alone. `list` is the way to the list of a page, such as `data.items`; without it pages
/// are known by their form.
///
/// # Errors
/// The fault of the content, for the log.
pub fn select(json: &[u8], fields: &[String], list: Option<&str>) -> Result<Selected, &'static str> {
    let text = String::from_utf8_lossy(without_mark(json));
    let value: &RawValue = serde_json::from_str(&text).map_err(|_| NOT_JSON)?;
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let mut picker =
        Picker { content: Vec::with_capacity(json.len()), depth: 0, lists: 0, picked: 0, objects: 0 };
    if is_object(value) {
        let members = Members::read(value)?;
        let said = list.map(|list| list.split('.').map(str::to_owned).collect());
        match said.or_else(|| page::list_of(&members)) {
            Some(way) => picker.page(members, &way, &fields)?,
            None => picker.members(members, &fields)?,
        }
    } else {
        picker.value(value, &fields)?;
    }
    Ok(Selected { matched: picker.picked > 0 || picker.objects == 0, content: picker.content })
}

/// How deep lists and objects may stand within each other on the way to a field.
const DEPTH_MAX: usize = 32;

/// Writes what is picked.
struct Picker {
    content: Vec<u8>,
    /// Lists and objects around the value that is read.
    depth: usize,
    /// Lists around the value that is read, up to the next object.
    lists: usize,
    /// Fields that were picked.
    picked: usize,
    /// Objects from which fields were to be picked, empty ones left out.
    objects: usize,
}

impl Picker {
    /// A value without fields stays; of all others the fields are picked.
    fn value(&mut self, value: &RawValue, fields: &[&str]) -> Result<(), &'static str> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            // Every level is a call, and the stack is no place for a stranger's depth.
            return Err("it is nested too deeply");
        }
        match first_byte(value) {
            Some(b'{') => self.members(Members::read(value)?, fields)?,
            Some(b'[') => {
                let items: Vec<&RawValue> = read(value)?;
                self.list(items, fields)?;
            }
            _ => self.content.extend_from_slice(value.get().as_bytes()),
        }
        self.depth -= 1;
        Ok(())
    }

    /// A row, which is a list within a list, has no names to go by: its bare values do not leave.
    fn list(&mut self, items: Vec<&RawValue>, fields: &[&str]) -> Result<(), &'static str> {
        self.content.push(b'[');
        let begin = self.content.len();
        self.lists += 1;
        for item in items {
            if self.lists > 1 && !matches!(first_byte(item), Some(b'{' | b'[')) {
                continue;
            }
            if self.content.len() > begin {
                self.content.push(b',');
            }
            self.value(item, fields)?;
        }
        self.lists -= 1;
        self.content.push(b']');
        Ok(())
    }

    fn members(&mut self, members: Members<'_>, fields: &[&str]) -> Result<(), &'static str> {
        self.objects += usize::from(!members.0.is_empty());
        let lists = std::mem::take(&mut self.lists);
        self.picked_members(members, fields)?;
        self.lists = lists;
        Ok(())
    }

    fn picked_members(&mut self, members: Members<'_>, fields: &[&str]) -> Result<(), &'static str> {
        self.object(members, |picker, name, value| {
            if fields.contains(&name) {
                picker.picked += 1;
                picker.member(name, value);
                return Ok(());
            }
            let within: Vec<&str> =
                fields.iter().filter_map(|field| field.strip_prefix(name)?.strip_prefix('.')).collect();
            // A value that has no fields is none of those that were named.
            if within.is_empty() || !has_fields(value) {
                return Ok(());
            }
            picker.name(name);
            picker.value(value, &within)
        })
    }

    /// A page: the fields of its items, which are at the end of `way`, and its figures.
    fn page(&mut self, members: Members<'_>, way: &[String], fields: &[&str]) -> Result<(), &'static str> {
        let Some((first, rest)) = way.split_first() else { return self.members(members, fields) };
        if !members.0.iter().any(|(name, _)| name == first) {
            // It is no page: an error, perhaps, or a single item.
            return self.members(members, fields);
        }
        self.object(members, |picker, name, value| match first_byte(value) {
            Some(b'{') if name == first && !rest.is_empty() => {
                picker.name(name);
                picker.page(Members::read(value)?, rest, fields)
            }
            Some(b'{' | b'[') if name == first => {
                picker.name(name);
                picker.value(value, fields)
            }
            Some(b'n') if name == first => {
                picker.member(name, value);
                Ok(())
            }
            _ if page::is_figure(name, value) => {
                picker.member(name, value);
                Ok(())
            }
            _ => Ok(()),
        })
    }

    /// An object of those members that `write` writes.
    fn object(
        &mut self,
        members: Members<'_>,
        mut write: impl FnMut(&mut Self, &str, &RawValue) -> Result<(), &'static str>,
    ) -> Result<(), &'static str> {
        self.content.push(b'{');
        let begin = self.content.len();
        for (name, value) in members.0 {
            write(self, &name, value)?;
            // Each member that was written ends with a comma, the last one does not.
            if self.content.len() > begin && self.content.last() != Some(&b',') {
                self.content.push(b',');
            }
        }
        if self.content.len() > begin {
            self.content.pop();
        }
        self.content.push(b'}');
        Ok(())
    }

    fn member(&mut self, name: &str, value: &RawValue) {
        self.name(name);
        self.content.extend_from_slice(value.get().as_bytes());
    }

    fn name(&mut self, name: &str) {
        self.content.extend_from_slice(serde_json::Value::from(name).to_string().as_bytes());
        self.content.push(b':');
    }
}

fn is_object(value: &RawValue) -> bool {
    first_byte(value) == Some(b'{')
}

/// Whether a value is an object, or a list of nothing else.
fn has_fields(value: &RawValue) -> bool {
    let all_objects = || read::<Vec<&RawValue>>(value).is_ok_and(|items| items.into_iter().all(is_object));
    is_object(value) || (first_byte(value) == Some(b'[') && all_objects())
}

#[cfg(test)]
mod tests;
