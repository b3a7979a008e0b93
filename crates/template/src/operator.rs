//! What signs and comparisons do. Never joins, repeats or compares what was not paid for by its length.

use std::cmp::Ordering;

use cxpulse_core::json::Json;

use crate::fault::Stop;
use crate::meter::Meter;
use crate::number::Number;
use crate::syntax::{Comparison, Operator};
use crate::value::{Opened, Value};

/// `left operator right`.
pub(crate) fn apply<'a>(
    operator: Operator,
    left: Value<'a>,
    right: Value<'a>,
    meter: &Meter,
) -> Result<Value<'a>, Stop> {
    match operator {
        Operator::Join => join(&left, &right, meter),
        Operator::Add => add(&left, &right, meter),
        Operator::Multiply => multiply(&left, &right, meter),
        Operator::Subtract => numbers(&left, &right, "`-`", Number::subtract),
        Operator::Divide => numbers(&left, &right, "`/`", Number::divide),
        Operator::DivideWhole => numbers(&left, &right, "`//`", Number::divide_whole),
        Operator::Remainder => numbers(&left, &right, "`%`", Number::remainder),
        Operator::Power => numbers(&left, &right, "`**`", Number::power),
    }
}

/// Whether `left comparison right`.
pub(crate) fn compare(
    comparison: Comparison,
    left: &Value<'_>,
    right: &Value<'_>,
    meter: &Meter,
) -> Result<bool, Stop> {
    Ok(match comparison {
        Comparison::Equal => equal(left, right, meter)?,
        Comparison::Unequal => !equal(left, right, meter)?,
        Comparison::Less => order(left, right, meter)? == Ordering::Less,
        Comparison::LessOrEqual => order(left, right, meter)? != Ordering::Greater,
        Comparison::Greater => order(left, right, meter)? == Ordering::Greater,
        Comparison::GreaterOrEqual => order(left, right, meter)? != Ordering::Less,
        Comparison::In => contains(right, left, meter)?,
        Comparison::NotIn => !contains(right, left, meter)?,
    })
}

/// Numbers by what they are worth, everything else by its JSON; of different kinds nothing is equal.
pub(crate) fn equal(left: &Value<'_>, right: &Value<'_>, meter: &Meter) -> Result<bool, Stop> {
    Ok(match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => {
            meter.spend(a.len().min(b.len()))?;
            a == b
        }
        (Value::Number(a), Value::Number(b)) if a == b => true,
        (a, b) => match (Number::of(a), Number::of(b)) {
            (Some(a), Some(b)) => a.order(b) == Ordering::Equal,
            (None, None) if is_container(a) && is_container(b) => canonical(a, meter)? == canonical(b, meter)?,
            _ => false,
        },
    })
}

/// Which comes first: of two numbers, or of two texts by their letters.
pub(crate) fn order(left: &Value<'_>, right: &Value<'_>, meter: &Meter) -> Result<Ordering, Stop> {
    match (left, right) {
        (Value::Text(a), Value::Text(b)) => {
            meter.spend(a.len().min(b.len()))?;
            Ok(a.cmp(b))
        }
        (a, b) => match (Number::of(a), Number::of(b)) {
            (Some(a), Some(b)) => Ok(a.order(b)),
            _ => Err(Stop::fault(format!("{} and {} have no order", left.kind(), right.kind()))),
        },
    }
}

/// Whether `item` is in a list, a field of an object, or a part of a text.
pub(crate) fn contains(container: &Value<'_>, item: &Value<'_>, meter: &Meter) -> Result<bool, Stop> {
    match (container, container.open(meter)?) {
        (_, Opened::List(items)) => {
            meter.items(items.len())?;
            items.iter().try_fold(false, |found, one| Ok(found || equal(one, item, meter)?))
        }
        (_, Opened::Map(fields)) => {
            meter.items(fields.len())?;
            Ok(matches!(item, Value::Text(name) if fields.iter().any(|(known, _)| known == name)))
        }
        (Value::Text(whole), _) => match item {
            Value::Text(part) => {
                meter.spend(whole.len())?;
                Ok(whole.contains(&**part))
            }
            other => Err(Stop::fault(format!("{} cannot be in a text", other.kind()))),
        },
        (other, _) => Err(Stop::fault(format!("nothing can be in {}", other.kind()))),
    }
}

/// One text for all spellings of a value.
pub(crate) fn canonical(value: &Value<'_>, meter: &Meter) -> Result<String, Stop> {
    let mut text = String::new();
    value.write_json(&mut text, meter)?;
    meter.spend(text.len().saturating_mul(4))?;
    Json::parse(&text)
        .map(|json| json.canonical())
        .map_err(|_| Stop::limit("a value is nested too deep to be compared"))
}

const fn is_container(value: &Value<'_>) -> bool {
    matches!(value, Value::List(_) | Value::Map(_) | Value::Raw(_))
}

fn join<'a>(left: &Value<'a>, right: &Value<'a>, meter: &Meter) -> Result<Value<'a>, Stop> {
    let mut text = String::new();
    left.write_text(&mut text, meter)?;
    right.write_text(&mut text, meter)?;
    Ok(Value::text(&text))
}

fn add<'a>(left: &Value<'a>, right: &Value<'a>, meter: &Meter) -> Result<Value<'a>, Stop> {
    if let (Value::Text(_), Value::Text(_)) = (left, right) {
        return join(left, right, meter);
    }
    if is_container(left)
        && is_container(right)
        && let (Opened::List(a), Opened::List(b)) = (left.open(meter)?, right.open(meter)?)
    {
        meter.items(a.len().saturating_add(b.len()))?;
        return Ok(Value::list(a.iter().chain(b.iter()).cloned().collect()));
    }
    if matches!((left, right), (Value::Text(_), _) | (_, Value::Text(_))) {
        let message = format!("`+` cannot add {} and {}; `~` joins texts", left.kind(), right.kind());
        return Err(Stop::fault(message));
    }
    numbers(left, right, "`+`", Number::add)
}

fn multiply<'a>(left: &Value<'a>, right: &Value<'a>, meter: &Meter) -> Result<Value<'a>, Stop> {
    let ((Value::Text(text), times) | (times, Value::Text(text))) = (left, right) else {
        return numbers(left, right, "`*`", Number::multiply);
    };
    let times = match Number::wanted(times, "`*` with a text")? {
        Number::Int(times @ 0..) => usize::try_from(times).unwrap_or(usize::MAX),
        Number::Int(_) | Number::Float(_) => {
            return Err(Stop::fault("a text can be repeated a whole number of times only"));
        }
    };
    meter.text(text.len().saturating_mul(times))?;
    Ok(Value::text(&if text.is_empty() { String::new() } else { text.repeat(times) }))
}

fn numbers<'a>(
    left: &Value<'a>,
    right: &Value<'a>,
    sign: &str,
    calculate: impl FnOnce(Number, Number) -> Result<Number, Stop>,
) -> Result<Value<'a>, Stop> {
    calculate(Number::wanted(left, sign)?, Number::wanted(right, sign)?).map(Number::into_value)
}
