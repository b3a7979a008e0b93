//! What templates made of values that must not be kept: texts in which such a value stands, changed or not. They are found by
//! making the same inputs twice, of the values and of what stands in their place, for nobody knows what a filter does to a
//! value. Never evaluates a template.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::value::RawValue;

use super::values::VALUE_MIN;
use crate::json::{self, Json};

/// The texts and numbers of `plain` that are others in `masked`, which was made of the redacted values; all of them where that
/// could not be made.
#[must_use]
pub fn derived(plain: &Json, masked: Option<&Json>) -> Vec<String> {
    let mut found = Vec::new();
    gather(plain.as_raw(), masked.map(Json::as_raw), &mut found);
    found
}

fn gather(plain: &RawValue, masked: Option<&RawValue>, found: &mut Vec<String>) {
    if masked.is_some_and(|masked| masked.get() == plain.get()) {
        return;
    }
    if let Some(text) = json::text(plain) {
        let masked = masked.and_then(json::text).unwrap_or_default();
        found.extend(middle(&text, &masked));
        found.push(text);
    } else if let Some(items) = json::items(plain) {
        let others = masked.and_then(json::items).unwrap_or_default();
        for (index, item) in items.into_iter().enumerate() {
            gather(item, others.get(index).copied(), found);
        }
    } else if let Some(fields) = json::fields(plain) {
        let others = masked.and_then(json::fields).unwrap_or_default();
        for (name, field) in fields {
            gather(field, others.get(&name).copied(), found);
        }
    } else {
        found.push(plain.get().to_owned());
    }
}

/// What lies between that with which both begin and that with which both end, where it is long enough to be looked for: CXone
/// may repeat a part of what it was given.
fn middle(text: &str, masked: &str) -> Option<String> {
    let pairs = || text.chars().zip(masked.chars());
    let head: usize = pairs().take_while(|(one, other)| one == other).map(|(one, _)| one.len_utf8()).sum();
    let (rest, masked) = (text.get(head..)?, masked.get(head..)?);
    let ends = rest.chars().rev().zip(masked.chars().rev());
    let tail: usize = ends.take_while(|(one, other)| one == other).map(|(one, _)| one.len_utf8()).sum();
    let middle = rest.get(..rest.len().saturating_sub(tail))?;
    (middle.chars().count() >= VALUE_MIN).then(|| middle.to_owned())
}
