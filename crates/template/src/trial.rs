//! What `is` can ask, by Jinja2's names.

use std::cmp::Ordering;

use crate::evaluate::Evaluation;
use crate::fault::Stop;
use crate::filter::Call;
use crate::number::Number;
use crate::operator;
use crate::value::{Opened, Value};

/// One test.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) name: &'static str,
    /// Names of the arguments, in order.
    pub(crate) parameters: &'static [&'static str],
    pub(crate) run: Run,
}

type Run = for<'c, 'a> fn(&Evaluation<'_, 'a>, &'c Call<'a>) -> Result<bool, Stop>;

/// The test called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Trial> {
    TRIALS.iter().find(|trial| trial.name == name)
}

/// All names.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TRIALS.iter().map(|trial| trial.name)
}

const fn trial(name: &'static str, parameters: &'static [&'static str], run: Run) -> Trial {
    Trial { name, parameters, run }
}

static TRIALS: [Trial; 34] = [
    trial("defined", &[], |_, call| Ok(!matches!(call.input, Value::Undefined(_)))),
    trial("undefined", &[], |_, call| Ok(matches!(call.input, Value::Undefined(_)))),
    trial("none", &[], |_, call| Ok(matches!(call.there()?, Value::Null))),
    trial("null", &[], |_, call| Ok(matches!(call.there()?, Value::Null))),
    trial("boolean", &[], |_, call| Ok(matches!(call.there()?, Value::Bool(_)))),
    trial("true", &[], |_, call| Ok(matches!(call.there()?, Value::Bool(true)))),
    trial("false", &[], |_, call| Ok(matches!(call.there()?, Value::Bool(false)))),
    trial("number", &[], |_, call| {
        Ok(matches!(call.there()?, Value::Int(_) | Value::Float(_) | Value::Number(_) | Value::Bool(_)))
    }),
    trial("integer", &[], |_, call| Ok(is_whole(call.there()?))),
    trial("int", &[], |_, call| Ok(is_whole(call.there()?))),
    trial("float", &[], |_, call| Ok(matches!(Number::of(call.there()?), Some(Number::Float(_))))),
    trial("string", &[], |_, call| Ok(matches!(call.there()?, Value::Text(_)))),
    trial("sequence", &[], |_, call| Ok(call.there()?.kind() == "a list")),
    trial("mapping", &[], |_, call| Ok(call.there()?.kind() == "an object")),
    trial("iterable", &[], |_, call| Ok(matches!(call.there()?.kind(), "a list" | "an object" | "a text"))),
    trial("empty", &[], |evaluation, call| match (call.there()?, call.there()?.open(evaluation.meter)?) {
        (Value::Text(text), _) => Ok(text.is_empty()),
        (_, Opened::List(items)) => Ok(items.is_empty()),
        (_, Opened::Map(fields)) => Ok(fields.is_empty()),
        (other, Opened::Neither) => Err(Stop::fault(format!("`empty` cannot be asked of {}", other.kind()))),
    }),
    trial("odd", &[], |_, call| Ok(remainder(call.there()?, Number::Int(2), "`odd`")? != Number::Int(0))),
    trial("even", &[], |_, call| Ok(remainder(call.there()?, Number::Int(2), "`even`")? == Number::Int(0))),
    trial("divisibleby", &["num"], |_, call| {
        let by = Number::wanted(call.argument("num")?, "`divisibleby`")?;
        Ok(remainder(call.there()?, by, "`divisibleby`")?.order(Number::Int(0)) == Ordering::Equal)
    }),
    trial("startingwith", &["other"], |evaluation, call| {
        Ok(text(evaluation, call.there()?)?.starts_with(text(evaluation, call.argument("other")?)?))
    }),
    trial("endingwith", &["other"], |evaluation, call| {
        Ok(text(evaluation, call.there()?)?.ends_with(text(evaluation, call.argument("other")?)?))
    }),
    trial("lower", &[], |evaluation, call| Ok(!text(evaluation, call.there()?)?.chars().any(char::is_uppercase))),
    trial("upper", &[], |evaluation, call| Ok(!text(evaluation, call.there()?)?.chars().any(char::is_lowercase))),
    trial("in", &["seq"], |evaluation, call| {
        operator::contains(call.argument("seq")?, call.there()?, evaluation.meter)
    }),
    trial("eq", &["other"], is_equal),
    trial("equalto", &["other"], is_equal),
    trial("ne", &["other"], |evaluation, call| is_equal(evaluation, call).map(|found| !found)),
    trial("lt", &["other"], |evaluation, call| Ok(ordered(evaluation, call)? == Ordering::Less)),
    trial("lessthan", &["other"], |evaluation, call| Ok(ordered(evaluation, call)? == Ordering::Less)),
    trial("le", &["other"], |evaluation, call| Ok(ordered(evaluation, call)? != Ordering::Greater)),
    trial("gt", &["other"], |evaluation, call| Ok(ordered(evaluation, call)? == Ordering::Greater)),
    trial("greaterthan", &["other"], |evaluation, call| Ok(ordered(evaluation, call)? == Ordering::Greater)),
    trial("ge", &["other"], |evaluation, call| Ok(ordered(evaluation, call)? != Ordering::Less)),
    // What `select` and `reject` ask where nothing is named.
    trial("truthy", &[], |_, call| call.there()?.is_true()),
];

fn is_equal(evaluation: &Evaluation<'_, '_>, call: &Call<'_>) -> Result<bool, Stop> {
    operator::equal(call.there()?, call.argument("other")?, evaluation.meter)
}

fn ordered(evaluation: &Evaluation<'_, '_>, call: &Call<'_>) -> Result<Ordering, Stop> {
    operator::order(call.there()?, call.argument("other")?, evaluation.meter)
}

fn is_whole(value: &Value<'_>) -> bool {
    match value {
        Value::Number(text) => !text.contains(['.', 'e', 'E']),
        other => matches!(other, Value::Int(_)),
    }
}

fn remainder(value: &Value<'_>, by: Number, who: &str) -> Result<Number, Stop> {
    Number::wanted(value, who)?.remainder(by)
}

fn text<'v>(evaluation: &Evaluation<'_, '_>, value: &'v Value<'_>) -> Result<&'v str, Stop> {
    match value {
        Value::Text(text) => {
            evaluation.meter.spend(text.len())?;
            Ok(text)
        }
        other => Err(Stop::fault(format!("this test needs a text and got {}", other.kind()))),
    }
}
