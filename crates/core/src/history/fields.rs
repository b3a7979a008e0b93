//! A step's variables before and after it: what changed. Values are compared by what they say, but only where their bytes
//! differ. Never builds a tree.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::cursor::{Cursor, Fault, Open, Text, same};
use crate::json;

/// How a variable differs after a step from before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// Another value of the same type, or to or from null.
    Changed,
    /// There after the step only.
    Added,
    /// There before the step only.
    Removed,
    /// A value of another type: text, number, yes or no, object, list.
    Retyped,
}

/// One name and its value.
#[derive(Debug, Clone, Copy)]
struct Field<'a> {
    name: Text<'a>,
    value: &'a str,
}

/// The variables at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables<'a> {
    /// The object's text; empty where there is none.
    text: &'a str,
    fields: Vec<Field<'a>>,
    /// Whether names were compared, so that each is there once.
    is_checked: bool,
}

/// A variable that a step changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) kind: ChangeKind,
    pub(super) name: Text<'a>,
    pub(super) before: Option<&'a str>,
    pub(super) after: Option<&'a str>,
}

impl<'a> Variables<'a> {
    pub(super) fn clear(&mut self) {
        self.text = "";
        self.fields.clear();
        self.is_checked = true;
    }

    /// Whether the cursor stands before the very same text: an object ends itself, so no more is to be looked at.
    pub(super) fn is_next(&self, cursor: &mut Cursor<'a>) -> bool {
        !self.text.is_empty() && cursor.is_next(self.text)
    }

    /// The object's length in bytes.
    pub(super) const fn len(&self) -> usize {
        self.text.len()
    }

    /// Reads the value at the cursor, which mostly has the names of `like`, in their order, and most of its values. False where
    /// it is neither object nor null; there are no variables then.
    pub(super) fn read(&mut self, cursor: &mut Cursor<'a>, like: &Self) -> Result<bool, Fault> {
        self.clear();
        if cursor.peek() != Some(b'{') {
            return Ok(cursor.value()? == "null");
        }
        let rest = cursor.rest();
        let from = cursor.at();
        cursor.enter(Open::Object)?;
        let mut expected = like.fields.as_slice();
        while let Some(name) = cursor.next_member(expected.first().map(|field| field.name))? {
            let known = next_like(&mut expected, name);
            let value = cursor.value_like(known.map(|field| field.value))?;
            self.fields.push(Field { name, value });
        }
        self.text = rest.get(..cursor.at().saturating_sub(from)).unwrap_or_default();
        self.is_checked = self.fields.len() < 2;
        Ok(true)
    }

    /// Sees to it that each name is there once, the last one. Whether one was there more often.
    pub(super) fn check(&mut self) -> bool {
        if core::mem::replace(&mut self.is_checked, true) {
            return false;
        }
        let before = self.fields.len();
        let mut sorted = self.sorted();
        // Of equal names the last stands last: seen from the end, it is the first.
        sorted.reverse();
        sorted.dedup_by(|one, other| order(one, other).is_eq());
        if sorted.len() == before {
            return false;
        }
        sorted.reverse();
        self.fields = sorted;
        true
    }

    /// A name after name, in their order.
    fn sorted(&self) -> Vec<Field<'a>> {
        let mut sorted = self.fields.clone();
        sorted.sort_by(order);
        sorted
    }

    /// Whether the names are the same ones in the same order.
    fn is_alike(&self, other: &Self) -> bool {
        let mut pairs = self.fields.iter().zip(&other.fields);
        self.fields.len() == other.fields.len() && pairs.all(|(one, other)| same(one.name.raw, other.name.raw))
    }
}

/// The field of that name, if it is the next one or the one after: one that was added or removed does not spoil the rest.
fn next_like<'a>(expected: &mut &[Field<'a>], name: Text<'a>) -> Option<Field<'a>> {
    let at = expected.iter().take(2).position(|field| same(field.name.raw, name.raw))?;
    let field = expected.get(at).copied();
    *expected = expected.get(at.saturating_add(1)..).unwrap_or_default();
    field
}

/// Takes what changed, in the order in which it stands or in that of the names. Whether a name was there twice.
pub(super) fn compare<'a>(
    before: &mut Variables<'a>,
    after: &mut Variables<'a>,
    take: &mut impl FnMut(Change<'a>),
) -> bool {
    let mut is_repeated = before.check();
    // Who does not say what there was, before or after, says nothing of what changed.
    if same(before.text, after.text) || before.text.is_empty() || after.text.is_empty() {
        return is_repeated | after.check();
    }
    if before.is_alike(after) {
        after.is_checked = true;
        for (before, after) in before.fields.iter().zip(&after.fields) {
            both(before, after, take);
        }
        return is_repeated;
    }
    is_repeated |= after.check();
    merge(&before.sorted(), &after.sorted(), take);
    is_repeated
}

fn merge<'a>(before: &[Field<'a>], after: &[Field<'a>], take: &mut impl FnMut(Change<'a>)) {
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    loop {
        let side = match (before.peek(), after.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(before), Some(after)) => order(before, after),
        };
        let gone = if side.is_le() { before.next() } else { None };
        let come = if side.is_ge() { after.next() } else { None };
        match (gone, come) {
            (Some(gone), Some(come)) => both(gone, come, take),
            (Some(gone), None) => take(change(ChangeKind::Removed, gone, Some(gone.value), None)),
            (None, Some(come)) => take(change(ChangeKind::Added, come, None, Some(come.value))),
            (None, None) => return,
        }
    }
}

fn both<'a>(before: &Field<'a>, after: &Field<'a>, take: &mut impl FnMut(Change<'a>)) {
    if let Some(kind) = difference(before.value, after.value) {
        take(change(kind, after, Some(before.value), Some(after.value)));
    }
}

const fn change<'a>(
    kind: ChangeKind,
    field: &Field<'a>,
    before: Option<&'a str>,
    after: Option<&'a str>,
) -> Change<'a> {
    Change { kind, name: field.name, before, after }
}

/// How two values differ, `None` where they say the same.
fn difference(before: &str, after: &str) -> Option<ChangeKind> {
    if same(before, after) {
        return None;
    }
    let (was, is) = (Type::of(before), Type::of(after));
    if was != is {
        let is_null = matches!((was, is), (Type::Null, _) | (_, Type::Null));
        return Some(if is_null { ChangeKind::Changed } else { ChangeKind::Retyped });
    }
    let is_plain = match was {
        Type::Null | Type::YesOrNo => true,
        Type::Text => !before.contains('\\') && !after.contains('\\'),
        Type::Number => is_plain_number(before) && is_plain_number(after),
        Type::List | Type::Object => false,
    };
    (is_plain || canonical(before) != canonical(after)).then_some(ChangeKind::Changed)
}

/// Whether a number has no other plain spelling: a whole one that a float holds, without an exponent.
fn is_plain_number(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let is_zero_with_sign = digits.len() < value.len() && digits == "0";
    digits.len() < 16 && !is_zero_with_sign && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// Other spellings of a value are the same value.
fn canonical(value: &str) -> Option<String> {
    json::borrowed(value).ok().map(|raw| json::Json::from(raw).canonical())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Null,
    YesOrNo,
    Text,
    List,
    Object,
    Number,
}

impl Type {
    fn of(value: &str) -> Self {
        match value.bytes().next() {
            Some(b'n') => Self::Null,
            Some(b't' | b'f') => Self::YesOrNo,
            Some(b'"') => Self::Text,
            Some(b'[') => Self::List,
            Some(b'{') => Self::Object,
            Some(_) | None => Self::Number,
        }
    }
}

/// By what the names say.
fn order(one: &Field<'_>, other: &Field<'_>) -> Ordering {
    if one.name.is_escaped || other.name.is_escaped {
        return one.name.decoded().cmp(&other.name.decoded());
    }
    one.name.raw.cmp(other.name.raw)
}
