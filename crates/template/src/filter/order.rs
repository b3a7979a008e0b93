//! Filters that compare items with each other: what is compared is made once for each item, and paid for by its length.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::evaluate::Evaluation;
use crate::fault::Stop;
use crate::filter::{Call, attribute};
use crate::number::Number;
use crate::operator::canonical;
use crate::value::{Opened, Value};

type Made<'a> = Result<Value<'a>, Stop>;

pub(crate) fn sort<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let mut rows = keyed(evaluation, call)?;
    arrange(&mut rows, call)?;
    Ok(Value::list(rows.into_iter().map(|(_, item)| item).collect()))
}

pub(crate) fn min<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    extreme(evaluation, call, Ordering::Less)
}

pub(crate) fn max<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    extreme(evaluation, call, Ordering::Greater)
}

/// The first of those that nothing goes beyond.
fn extreme<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>, wanted: Ordering) -> Made<'a> {
    let rows = keyed(evaluation, call)?.into_iter();
    let found = rows.reduce(|best, next| if next.0.order(&best.0) == wanted { next } else { best });
    Ok(found.map_or_else(|| Value::Undefined("the extreme of nothing".into()), |(_, item)| item))
}

pub(crate) fn unique<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let mut seen = std::collections::BTreeSet::new();
    let mut kept = Vec::new();
    for item in call.items(evaluation)? {
        if seen.insert(identity(&compared(&item, evaluation, call)?, evaluation, call)?) {
            kept.push(item);
        }
    }
    Ok(Value::list(kept))
}

/// Objects of `grouper` and `list`, by what is equal in `attribute`, in order.
pub(crate) fn group<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let mut rows = keyed(evaluation, call)?;
    arrange(&mut rows, call)?;
    let mut groups: Vec<(Key, Value<'a>, Vec<Value<'a>>)> = Vec::new();
    for (key, item) in rows {
        match groups.last_mut().filter(|(last, _, _)| last.order(&key) == Ordering::Equal) {
            Some((_, _, members)) => members.push(item),
            None => groups.push((key, compared(&item, evaluation, call)?, vec![item])),
        }
    }
    evaluation.meter.items(groups.len().saturating_mul(3))?;
    let made = groups.into_iter().map(|(_, grouper, members)| {
        Value::Map(Rc::new(vec![("grouper".into(), grouper), ("list".into(), Value::list(members))]))
    });
    Ok(Value::list(made.collect()))
}

/// Names with their values, by name or by value.
pub(crate) fn sort_fields<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let Opened::Map(fields) = call.input.open(evaluation.meter)? else {
        return Err(Stop::fault(format!("`dictsort` needs an object and got {}", call.input.kind())));
    };
    evaluation.meter.items(fields.len().saturating_mul(3))?;
    let is_by_value = match call.text("by")? {
        None | Some("key") => false,
        Some("value") => true,
        Some(_) => return Err(Stop::fault("`by` is `key` or `value`")),
    };
    let row = |(name, field): &(Rc<str>, Value<'a>)| {
        let by = if is_by_value { field.clone() } else { Value::Text(Rc::clone(name)) };
        let pair = Value::list(vec![Value::Text(Rc::clone(name)), field.clone()]);
        Ok((Key::of(&by, evaluation, call)?, pair))
    };
    let mut rows = fields.iter().map(row).collect::<Result<Vec<_>, Stop>>()?;
    check(&rows, evaluation)?;
    arrange(&mut rows, call)?;
    Ok(Value::list(rows.into_iter().map(|(_, pair)| pair).collect()))
}

/// Puts rows in order, from the other end where `reverse` is set. Once for all: a sort takes some thousand bytes of code.
fn arrange(rows: &mut [(Key, Value<'_>)], call: &Call<'_>) -> Result<(), Stop> {
    let is_reversed = call.is_set("reverse")?;
    rows.sort_by(|(a, _), (b, _)| if is_reversed { b.order(a) } else { a.order(b) });
    Ok(())
}

/// What items are ordered by.
#[derive(Debug)]
enum Key {
    Number(Number),
    Text(String),
    Bool(bool),
}

impl Key {
    fn of(value: &Value<'_>, evaluation: &Evaluation<'_, '_>, call: &Call<'_>) -> Result<Self, Stop> {
        match value {
            Value::Undefined(name) => Err(Stop::undefined(name)),
            Value::Bool(value) => Ok(Self::Bool(*value)),
            Value::Text(text) => {
                evaluation.meter.text(text.len())?;
                Ok(Self::Text(if call.is_set("case_sensitive")? { text.to_string() } else { text.to_lowercase() }))
            }
            value => Number::wanted(value, "an order").map(Self::Number),
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.order(*b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Number(_) | Self::Text(_) | Self::Bool(_), _) => Ordering::Equal,
        }
    }

    const fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Number(_) | Self::Bool(_) => 1,
        }
    }
}

fn keyed<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Result<Vec<(Key, Value<'a>)>, Stop> {
    let row = |item: Value<'a>| Ok((Key::of(&compared(&item, evaluation, call)?, evaluation, call)?, item));
    let rows = call.items(evaluation)?.into_iter().map(row).collect::<Result<Vec<_>, Stop>>()?;
    check(&rows, evaluation)?;
    Ok(rows)
}

/// Pays for the comparisons, and refuses what has no order.
fn check(rows: &[(Key, Value<'_>)], evaluation: &Evaluation<'_, '_>) -> Result<(), Stop> {
    let depth = usize::try_from(rows.len().checked_ilog2().unwrap_or_default()).unwrap_or_default().saturating_add(1);
    let bytes = rows.iter().fold(0_usize, |sum, (key, _)| sum.saturating_add(key.len()));
    evaluation.meter.spend(bytes.saturating_mul(depth))?;
    let kind = |key: &Key| std::mem::discriminant(key);
    let is_even = rows.iter().zip(rows.iter().skip(1)).all(|((a, _), (b, _))| kind(a) == kind(b));
    if is_even { Ok(()) } else { Err(Stop::fault("items of different types have no order")) }
}

/// The part of an item that counts.
fn compared<'a>(item: &Value<'a>, evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let Some(path) = call.text("attribute")? else {
        return Ok(item.clone());
    };
    match (attribute(item, path, evaluation)?, call.optional("default")) {
        (Value::Undefined(_), Some(default)) => Ok(default.clone()),
        (found, _) => Ok(found),
    }
}

fn identity(value: &Value<'_>, evaluation: &Evaluation<'_, '_>, call: &Call<'_>) -> Result<String, Stop> {
    match value {
        Value::Text(text) if !call.is_set("case_sensitive")? => {
            evaluation.meter.text(text.len())?;
            Ok(format!("\"{}", text.to_lowercase()))
        }
        value => match Number::of(value) {
            Some(number @ Number::Float(float)) if float.fract() == 0.0 => Ok(number.whole()?.to_string()),
            Some(Number::Float(float)) => Ok(float.to_string()),
            Some(Number::Int(whole)) => Ok(whole.to_string()),
            None => canonical(value, evaluation.meter),
        },
    }
}
