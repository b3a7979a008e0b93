//! A value while it is worked with. Lists and objects of results stay the text that they came as until somebody looks into
//! them, and numbers stay as they were written until somebody calculates: so what is only passed on is passed on byte for byte.

use std::rc::Rc;

use cxpulse_core::json::text;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::fault::Stop;
use crate::meter::Meter;
use crate::number::DIGITS_MAX;

/// A value; `'a` is how long the results last that it may be a part of.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    /// What is not there: the name that it was looked for by.
    Undefined(Rc<str>),
    Null,
    Bool(bool),
    Int(i128),
    /// Always finite.
    Float(f64),
    /// A number as somebody else wrote it.
    Number(&'a str),
    Text(Rc<str>),
    List(Rc<Vec<Self>>),
    Map(Rc<Vec<(Rc<str>, Self)>>),
    /// A list or an object that nobody looked into.
    Raw(&'a RawValue),
}

/// A list or an object, looked into.
#[derive(Debug, Clone)]
pub(crate) enum Opened<'a> {
    List(Rc<Vec<Value<'a>>>),
    Map(Rc<Vec<(Rc<str>, Value<'a>)>>),
    /// Neither.
    Neither,
}

impl<'a> Value<'a> {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(items))
    }

    /// The value of a JSON text.
    pub(crate) fn of(raw: &'a RawValue, meter: &Meter) -> Result<Self, Stop> {
        Ok(match raw.get().as_bytes().first() {
            Some(b'{' | b'[') => Self::Raw(raw),
            Some(b'"') => {
                meter.spend(raw.get().len())?;
                Self::Text(text(raw).unwrap_or_default().into())
            }
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number(raw.get()),
        })
    }

    /// Itself, unless it is not there.
    pub(crate) fn defined(self) -> Result<Self, Stop> {
        match self {
            Self::Undefined(name) => Err(Stop::undefined(&name)),
            value => Ok(value),
        }
    }

    /// What is in it. Costs a pass over a text that nobody looked into.
    pub(crate) fn open(&self, meter: &Meter) -> Result<Opened<'a>, Stop> {
        match self {
            Self::List(items) => Ok(Opened::List(Rc::clone(items))),
            Self::Map(fields) => Ok(Opened::Map(Rc::clone(fields))),
            Self::Raw(raw) => open_raw(raw, meter),
            Self::Undefined(_)
            | Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Float(_)
            | Self::Number(_)
            | Self::Text(_) => Ok(Opened::Neither),
        }
    }

    /// What people call it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Undefined(_) => "nothing",
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::Float(_) | Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
            Self::Raw(raw) if raw.get().starts_with('[') => "a list",
            Self::Raw(_) => "an object",
        }
    }

    /// Whether a condition holds: neither `false`, null, zero nor empty.
    pub(crate) fn is_true(&self) -> Result<bool, Stop> {
        Ok(match self {
            Self::Undefined(name) => return Err(Stop::undefined(name)),
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            // Nobody writes a zero in more digits than can be calculated with.
            Self::Number(text) if text.len() > DIGITS_MAX => true,
            Self::Number(text) => text
                .split(['e', 'E'])
                .next()
                .is_some_and(|digits| digits.bytes().any(|digit| digit.is_ascii_digit() && digit != b'0')),
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Map(fields) => !fields.is_empty(),
            Self::Raw(raw) => raw.get().get(1..).is_some_and(|rest| !rest.trim_start().starts_with([']', '}'])),
        })
    }

    /// Its JSON, behind what is already in `out`.
    pub(crate) fn write_json(&self, out: &mut String, meter: &Meter) -> Result<(), Stop> {
        match self {
            Self::Undefined(name) => return Err(Stop::undefined(name)),
            Self::Null => put(out, "null", meter)?,
            Self::Bool(value) => put(out, if *value { "true" } else { "false" }, meter)?,
            Self::Int(value) => put(out, &value.to_string(), meter)?,
            Self::Float(value) => put(out, &float(*value), meter)?,
            Self::Number(text) => put(out, text, meter)?,
            Self::Text(text) => put(out, &quoted(text), meter)?,
            Self::Raw(raw) => put(out, raw.get(), meter)?,
            Self::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    put(out, if index == 0 { "[" } else { "," }, meter)?;
                    item.write_json(out, meter)?;
                }
                put(out, if items.is_empty() { "[]" } else { "]" }, meter)?;
            }
            Self::Map(fields) => {
                for (index, (name, field)) in fields.iter().enumerate() {
                    put(out, if index == 0 { "{" } else { "," }, meter)?;
                    put(out, &quoted(name), meter)?;
                    put(out, ":", meter)?;
                    field.write_json(out, meter)?;
                }
                put(out, if fields.is_empty() { "{}" } else { "}" }, meter)?;
            }
        }
        Ok(())
    }

    /// How it looks within a text: a text as it is, everything else as its JSON.
    pub(crate) fn write_text(&self, out: &mut String, meter: &Meter) -> Result<(), Stop> {
        match self {
            Self::Text(text) => put(out, text, meter),
            _ => self.write_json(out, meter),
        }
    }

    /// The same as a text of its own.
    pub(crate) fn to_text(&self, meter: &Meter) -> Result<Rc<str>, Stop> {
        if let Self::Text(text) = self {
            return Ok(Rc::clone(text));
        }
        let mut out = String::new();
        self.write_json(&mut out, meter)?;
        Ok(out.into())
    }
}

/// Adds `text`, paid for first.
pub(crate) fn put(out: &mut String, text: &str, meter: &Meter) -> Result<(), Stop> {
    if out.len().saturating_add(text.len()) > crate::meter::TEXT_MAX {
        meter.text(usize::MAX)?;
    }
    meter.spend(text.len())?;
    out.push_str(text);
    Ok(())
}

/// A finite number, in digits that read back as the same.
pub(crate) fn float(value: f64) -> String {
    format!("{value:?}")
}

/// A JSON string of `text`.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn open_raw<'a>(raw: &'a RawValue, meter: &Meter) -> Result<Opened<'a>, Stop> {
    meter.spend(raw.get().len())?;
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    let parts = deserializer.deserialize_any(Parts);
    match parts {
        Ok(Split::List(items)) => {
            meter.items(items.len())?;
            let items: Result<Vec<_>, Stop> = items.into_iter().map(|item| Value::of(item, meter)).collect();
            Ok(Opened::List(Rc::new(items?)))
        }
        Ok(Split::Map(fields)) => {
            meter.items(fields.len())?;
            let fields = fields.into_iter().map(|(name, field)| Ok((Rc::from(name), Value::of(field, meter)?)));
            Ok(Opened::Map(Rc::new(fields.collect::<Result<Vec<_>, Stop>>()?)))
        }
        Err(_) => Ok(Opened::Neither),
    }
}

enum Split<'a> {
    List(Vec<&'a RawValue>),
    Map(Vec<(String, &'a RawValue)>),
}

/// Takes a list or an object apart, one level deep.
struct Parts;

impl<'de> Visitor<'de> for Parts {
    type Value = Split<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Split::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Split::Map(fields))
    }
}
