//! A JSON text kept byte for byte, and the way into it. Never builds a tree.
//!
//! Results and inputs belong to other people: their field order, spelling and digits past 2^53 must
//! survive. Pointers after RFC 6901.

use alloc::borrow::Cow;
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

mod canonical;
pub mod sound;

/// Any JSON value, as its text. Equal when the texts are.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

impl Json {
    /// Keeps `text` if it is one JSON value no deeper than [`DEPTH_MAX`].
    ///
    /// # Errors
    /// [`JsonError`] with the place, where it is not.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        borrowed(text).map(|raw| Self(raw.to_owned()))
    }

    /// The JSON of a value of ours.
    ///
    /// # Errors
    /// [`JsonError`] for what JSON cannot hold, such as a map with keys that are not text.
    pub fn from_value<T: Serialize>(value: &T) -> Result<Self, JsonError> {
        serde_json::value::to_raw_value(value).map(Self).map_err(|error| JsonError::from_serde(&error))
    }

    /// `null`.
    pub(crate) fn null() -> Self {
        Self::from(RawValue::NULL)
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The same, as serde_json has it.
    #[must_use]
    pub const fn as_raw(&self) -> &RawValue {
        &self.0
    }

    /// The same, owned.
    pub(crate) fn into_raw(self) -> Box<RawValue> {
        self.0
    }

    /// The part of the value at an RFC 6901 pointer such as `/metadata/records_total`; `None` where there is none.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&RawValue> {
        descend(&self.0, pointer)
    }
}

impl Json {
    /// One text for all spellings of the value: RFC 8785, with every digit of its numbers.
    #[must_use]
    pub fn canonical(&self) -> String {
        canonical::write(&self.0)
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Json {}

impl From<&RawValue> for Json {
    fn from(raw: &RawValue) -> Self {
        Self(raw.to_owned())
    }
}

/// Why a text is not JSON that we take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonError {
    /// Not JSON: what was wrong and where, in serde_json's words, which name no content but a stray character.
    Syntax(String),
    /// Nested deeper than [`DEPTH_MAX`].
    TooDeep,
}

impl JsonError {
    fn from_serde(error: &serde_json::Error) -> Self {
        Self::Syntax(error.to_string())
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(what) => f.write_str(what),
            Self::TooDeep => write!(f, "nested deeper than {DEPTH_MAX} levels"),
        }
    }
}

impl core::error::Error for JsonError {}

/// `text` itself, if it is one JSON value no deeper than [`DEPTH_MAX`]: for a text too long to be had twice.
///
/// # Errors
/// [`JsonError`] with the place, where it is not.
pub fn borrowed(text: &str) -> Result<&RawValue, JsonError> {
    check_depth(text)?;
    serde_json::from_str(text).map_err(|error| JsonError::from_serde(&error))
}

/// Follows an RFC 6901 pointer into a text. Costs one pass over each level, and no tree.
#[must_use]
pub fn descend<'a>(value: &'a RawValue, pointer: &str) -> Option<&'a RawValue> {
    let Some(rest) = pointer.strip_prefix('/') else {
        return pointer.is_empty().then_some(value);
    };
    rest.split('/').try_fold(value, |at, token| child(at, &unescape(token)))
}

/// The fields of an object, in any order; of a repeated key the last. `None` if it is no object, or has more than
/// [`FIELDS_MAX`].
#[must_use]
pub fn fields(value: &RawValue) -> Option<BTreeMap<String, &RawValue>> {
    let mut found = BTreeMap::new();
    each_field(value, |name, field| {
        found.insert(name, field);
    })?;
    Some(found)
}

/// Takes the fields of an object one by one, in order, repeated ones too. `None` if it is no object; it stops, with `None`,
/// after [`FIELDS_MAX`].
pub(crate) fn each_field<'a>(value: &'a RawValue, mut take: impl FnMut(String, &'a RawValue)) -> Option<()> {
    serde_json::Deserializer::from_str(value.get()).deserialize_map(EachField { take: &mut take }).ok()
}

/// Takes the items of an array one by one, in order, and holds none. `None` if it is no array.
pub(crate) fn each_item<'a>(value: &'a RawValue, mut take: impl FnMut(&'a RawValue)) -> Option<()> {
    serde_json::Deserializer::from_str(value.get()).deserialize_seq(EachItem { take: &mut take }).ok()
}

/// The items of an array. `None` if it is no array.
#[must_use]
pub fn items(value: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(value.get()).ok()
}

/// Text of a JSON string. `None` if it is no string.
#[must_use]
pub fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// An RFC 6901 reference token of `name`.
#[must_use]
pub fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

pub(crate) fn unescape(token: &str) -> Cow<'_, str> {
    if token.contains('~') { Cow::Owned(token.replace("~1", "/").replace("~0", "~")) } else { Cow::Borrowed(token) }
}

fn child<'a>(value: &'a RawValue, name: &str) -> Option<&'a RawValue> {
    let mut deserializer = serde_json::Deserializer::from_str(value.get());
    deserializer.deserialize_any(Child { name }).ok().flatten()
}

struct EachField<'t, T> {
    take: &'t mut T,
}

impl<'de, T: FnMut(String, &'de RawValue)> Visitor<'de> for EachField<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object of at most {FIELDS_MAX} fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut count = 0_usize;
        while let Some((name, field)) = map.next_entry()? {
            count = count.saturating_add(1);
            if count > FIELDS_MAX {
                return Err(A::Error::invalid_length(count, &self));
            }
            (self.take)(name, field);
        }
        Ok(())
    }
}

struct EachItem<'t, T> {
    take: &'t mut T,
}

impl<'de, T: FnMut(&'de RawValue)> Visitor<'de> for EachItem<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(item) = seq.next_element()? {
            (self.take)(item);
        }
        Ok(())
    }
}

/// Picks one field or item out of a value and skips the others.
struct Child<'n> {
    name: &'n str,
}

impl<'de> Visitor<'de> for Child<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if key == self.name {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        // Section 4: digits only, and no leading zero.
        let wanted = self.name.parse::<usize>().ok().filter(|index| index.to_string() == self.name);
        let mut found = None;
        let mut index = 0_usize;
        while let Some(item) = seq.next_element::<&RawValue>()? {
            if Some(index) == wanted {
                found = Some(item);
            }
            index = index.saturating_add(1);
        }
        Ok(found)
    }
}

fn check_depth(text: &str) -> Result<(), JsonError> {
    let mut depth = 0_usize;
    let mut is_string = false;
    let mut is_escaped = false;
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_string => is_escaped = true,
            b'"' => is_string = !is_string,
            _ if is_string => {}
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(JsonError::TooDeep);
        }
    }
    Ok(())
}

/// Levels of nesting that we take.
pub const DEPTH_MAX: usize = 64;

/// Fields of one object that we look at: more than any body up to [`crate::validate::BODY_MAX`] can have.
pub const FIELDS_MAX: usize = 65_536;
