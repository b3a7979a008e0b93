//! Reading an untrusted object field by field, collecting what is wrong.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::fmt::Display;
use core::ops::RangeInclusive;

use serde_json::value::RawValue;

use super::{Code, Invalid, VIOLATIONS_MAX, Violation};
use crate::json::sound::{self, Flaw};
use crate::json::{self, Json, JsonError};

/// Where violations gather while a body is read.
#[derive(Default)]
pub(crate) struct Faults {
    violations: RefCell<Vec<Violation>>,
    omitted: Cell<u32>,
}

impl Faults {
    pub(crate) fn add(&self, pointer: String, code: Code, message: impl Into<String>) {
        self.put(Violation { pointer, code, message: message.into() });
    }

    /// Of more than [`VIOLATIONS_MAX`] the rest is counted.
    pub(super) fn put(&self, violation: Violation) {
        let mut violations = self.violations.borrow_mut();
        if violations.len() < VIOLATIONS_MAX {
            violations.push(violation);
        } else {
            self.omitted.set(self.omitted.get().saturating_add(1));
        }
    }

    /// What everybody would read otherwise.
    pub(super) fn add_flaw(&self, pointer: String, flaw: Flaw) {
        self.put(flawed(pointer, flaw));
    }

    /// Those of a part.
    pub(super) fn take_in(&self, part: Self) {
        let omitted = part.omitted.get();
        part.into_violations().into_iter().for_each(|violation| self.put(violation));
        self.omitted.set(self.omitted.get().saturating_add(omitted));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.violations.borrow().is_empty()
    }

    pub(super) fn into_violations(self) -> Vec<Violation> {
        self.violations.into_inner()
    }

    /// The value, if nothing was wrong.
    pub(crate) fn check<T>(self, value: Option<T>) -> Result<T, Invalid> {
        let omitted = self.omitted.get();
        let violations = self.violations.into_inner();
        match value {
            Some(value) if violations.is_empty() => Ok(value),
            Some(_) | None => Err(Invalid { violations, omitted }),
        }
    }
}

fn flawed(pointer: String, flaw: Flaw) -> Violation {
    let code = if flaw == Flaw::Repeated { Code::RepeatedField } else { Code::OutOfRange };
    Violation { pointer, code, message: flaw.to_string() }
}

/// The body as JSON no deeper than we take, that everybody reads alike.
///
/// # Errors
/// [`Invalid`] with each name that repeats, each half of a surrogate pair and each U+0000 in it, by its place.
pub fn parse_body(text: &str) -> Result<Json, Invalid> {
    let body = Json::parse(text).map_err(|error| {
        let code = match error {
            JsonError::Syntax(_) => Code::NotJson,
            JsonError::TooDeep => Code::TooDeep,
        };
        Invalid::of(Violation { pointer: String::new(), code, message: error.to_string() })
    })?;
    let flaws = sound::flaws(text, VIOLATIONS_MAX);
    if flaws.is_empty() {
        return Ok(body);
    }
    let violations = flaws.into_iter().map(|(pointer, flaw)| flawed(pointer, flaw)).collect();
    Err(Invalid { violations, omitted: 0 })
}

/// The fields of one object that are not taken yet.
pub(super) struct Fields<'a> {
    pointer: String,
    rest: Vec<(String, &'a RawValue)>,
    faults: &'a Faults,
}

impl<'a> Fields<'a> {
    /// `None`, and a violation, where the value is no object.
    pub(super) fn of(value: &'a RawValue, pointer: String, faults: &'a Faults) -> Option<Self> {
        let Some(rest) = read_object(value) else {
            if value.get().starts_with('{') {
                let max = json::FIELDS_MAX;
                faults.add(pointer, Code::OutOfRange, format!("must have at most {max} fields"));
            } else {
                faults.add(pointer, Code::WrongType, "must be an object");
            }
            return None;
        };
        Some(Self { pointer, rest, faults })
    }

    /// Bytes of all values but that of `except`.
    pub(super) fn len_without(&self, except: &str) -> usize {
        let others = self.rest.iter().filter(|(name, _)| name != except);
        others.fold(0, |sum, (name, value)| sum.saturating_add(name.len()).saturating_add(value.get().len()))
    }

    /// Notes what everybody would read otherwise, in all fields but `except`, which is looked at in parts.
    pub(super) fn check_sound(&self, except: &str) {
        let mut names = BTreeSet::new();
        for (name, value) in &self.rest {
            if !names.insert(name) {
                self.faults.add_flaw(self.at(name), Flaw::Repeated);
            }
            if name != except {
                for (at, flaw) in sound::flaws(value.get(), VIOLATIONS_MAX) {
                    self.faults.add_flaw(format!("{}{at}", self.at(name)), flaw);
                }
            }
        }
    }

    /// Takes a field, the first of a repeated one; `null` counts as absent.
    pub(super) fn take(&mut self, name: &str) -> Option<&'a RawValue> {
        let value = self.rest.iter().find(|(key, _)| key == name).map(|(_, value)| *value)?;
        self.rest.retain(|(key, _)| key != name);
        (value.get() != "null").then_some(value)
    }

    /// Whether the field is there and not `null`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.rest.iter().any(|(key, value)| key == name && value.get() != "null")
    }

    pub(super) fn fault(&self, name: &str, code: Code, message: impl Into<String>) {
        self.faults.add(self.at(name), code, message);
    }

    /// Where violations of these fields go.
    pub(super) const fn faults(&self) -> &'a Faults {
        self.faults
    }

    pub(super) fn missing(&self, name: &str) {
        self.fault(name, Code::Missing, "is required");
    }

    /// A string that `parse` admits.
    pub(super) fn text<T, E: Display>(&mut self, name: &str, parse: impl Fn(String) -> Result<T, E>) -> Option<T> {
        let value = self.take(name)?;
        let Some(text) = json::text(value) else {
            self.fault(name, Code::WrongType, "must be a string");
            return None;
        };
        parse(text).map_err(|error| self.fault(name, Code::OutOfRange, error.to_string())).ok()
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        self.text(name, |text| {
            let known = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            let found = words.iter().find(|(word, _)| *word == text);
            found.map(|(_, value)| *value).ok_or_else(|| format!("must be one of {}", known()))
        })
    }

    /// A number within a range.
    pub(super) fn number(&mut self, name: &str, range: RangeInclusive<f64>) -> Option<f64> {
        let value = self.take(name)?;
        let Ok(number) = value.get().parse::<f64>() else {
            self.fault(name, Code::WrongType, "must be a number");
            return None;
        };
        if !range.contains(&number) {
            self.fault(name, Code::OutOfRange, format!("must be {} to {}", range.start(), range.end()));
            return None;
        }
        Some(number)
    }

    /// A whole number within a range.
    pub(super) fn whole(&mut self, name: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let value = self.take(name)?;
        if value.get().parse::<f64>().is_err() {
            self.fault(name, Code::WrongType, "must be a whole number");
            return None;
        }
        let number = value.get().parse::<u32>().ok().filter(|number| range.contains(number));
        if number.is_none() {
            let message = format!("must be a whole number, {} to {}", range.start(), range.end());
            self.fault(name, Code::OutOfRange, message);
        }
        number
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        let value = self.take(name)?;
        let flag = value.get().parse::<bool>().ok();
        if flag.is_none() {
            self.fault(name, Code::WrongType, "must be true or false");
        }
        flag
    }

    /// An object, for its own fields.
    pub(super) fn object(&mut self, name: &str) -> Option<Self> {
        let value = self.take(name)?;
        Self::of(value, self.at(name), self.faults)
    }

    /// An object, kept as it is.
    pub(super) fn raw_object(&mut self, name: &str) -> Option<Json> {
        let value = self.take(name)?;
        if !value.get().starts_with('{') {
            self.fault(name, Code::WrongType, "must be an object");
            return None;
        }
        Some(value.into())
    }

    /// A list of objects, at most `max` of them, each for its own fields; what is no object is left out, with a violation.
    pub(super) fn objects(&mut self, name: &str, max: usize) -> Option<Vec<Self>> {
        let value = self.take(name)?;
        objects(value, &self.at(name), max, self.faults)
    }

    /// The names that are not taken yet, in order, a repeated one once.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (name, _) in &self.rest {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// A list of strings that `parse` admits, at most `max` of them.
    pub(super) fn list<T, E: Display>(
        &mut self,
        name: &str,
        max: usize,
        parse: impl Fn(String) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        let value = self.take(name)?;
        let Some(items) = json::items(value) else {
            self.fault(name, Code::WrongType, "must be a list");
            return None;
        };
        if items.len() > max {
            self.fault(name, Code::OutOfRange, format!("must have at most {max} items"));
            return None;
        }
        let parsed: Vec<_> =
            items.iter().enumerate().filter_map(|(i, item)| self.item(name, i, item, &parse)).collect();
        (parsed.len() == items.len()).then_some(parsed)
    }

    fn item<T, E: Display>(
        &self,
        name: &str,
        index: usize,
        item: &RawValue,
        parse: impl Fn(String) -> Result<T, E>,
    ) -> Option<T> {
        let at = format!("{}/{index}", self.at(name));
        let Some(text) = json::text(item) else {
            self.faults.add(at, Code::WrongType, "must be a string");
            return None;
        };
        parse(text).map_err(|error| self.faults.add(at, Code::OutOfRange, error.to_string())).ok()
    }

    /// Whatever was not taken should not be there.
    pub(super) fn finish(self) {
        for (name, _) in &self.rest {
            self.fault(name, Code::UnknownField, "is not a field of this object");
        }
    }

    pub(super) fn at(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, json::escape(name))
    }
}

/// A list of objects at `pointer`, at most `max` of them, each for its own fields; what is no object is left out, with a
/// violation.
pub(super) fn objects<'a>(
    value: &'a RawValue,
    pointer: &str,
    max: usize,
    faults: &'a Faults,
) -> Option<Vec<Fields<'a>>> {
    let Some(items) = json::items(value) else {
        faults.add(pointer.into(), Code::WrongType, "must be a list");
        return None;
    };
    if items.len() > max {
        faults.add(pointer.into(), Code::OutOfRange, format!("must have at most {max} items"));
        return None;
    }
    let object = |(index, item): (usize, &&'a RawValue)| Fields::of(item, format!("{pointer}/{index}"), faults);
    Some(items.iter().enumerate().filter_map(object).collect())
}

/// An object's fields in order, repeated ones too.
fn read_object(value: &RawValue) -> Option<Vec<(String, &RawValue)>> {
    let mut pairs = Vec::new();
    json::each_field(value, |name, field| pairs.push((name, field)))?;
    Some(pairs)
}
