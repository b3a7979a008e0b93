//! Filters that make numbers.

use crate::evaluate::Evaluation;
use crate::fault::Stop;
use crate::filter::{Call, attribute};
use crate::number::{Number, finite};
use crate::value::Value;

type Made<'a> = Result<Value<'a>, Stop>;

pub(crate) fn abs<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    Number::wanted(&call.input, "`abs`")?.absolute().map(Number::into_value)
}

pub(crate) fn sum<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let start = call.optional("start").map_or(Ok(Number::Int(0)), |start| Number::wanted(start, "`start`"))?;
    let path = call.text("attribute")?;
    let total = call.items(evaluation)?.into_iter().try_fold(start, |total, item| {
        let item = path.map_or_else(|| Ok(item.clone()), |path| attribute(&item, path, evaluation))?.defined()?;
        total.add(Number::wanted(&item, "`sum`")?)
    });
    total.map(Number::into_value)
}

/// To `precision` digits after the point, halves away from zero; `ceil` and `floor` as methods. Whole numbers stay.
pub(crate) fn round<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let precision = call.whole("precision")?.unwrap_or(0);
    let method = call.text("method")?.unwrap_or("common");
    let value = match Number::wanted(&call.input, "`round`")? {
        Number::Int(_) => return Ok(call.input.clone()),
        Number::Float(value) => value,
    };
    let digits = i32::try_from(precision).ok().filter(|digits| (-300..=300).contains(digits));
    let factor = 10_f64.powi(digits.ok_or_else(|| Stop::fault("`precision` is too small or too large"))?);
    let scaled = value * factor;
    let rounded = match method {
        "common" => scaled.round(),
        "ceil" => scaled.ceil(),
        "floor" => scaled.floor(),
        _ => return Err(Stop::fault("`method` is `common`, `ceil` or `floor`")),
    };
    // Beyond 2^53 there is no fraction to round.
    if scaled.abs() >= 9_007_199_254_740_992.0 {
        return finite(value).map(Number::into_value);
    }
    finite(rounded / factor).map(Number::into_value)
}

/// A whole number of a number, a text or a boolean; the `default` where that cannot be.
pub(crate) fn int<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    convert(call, "int", |number| number.whole().map(Value::Int))
}

pub(crate) fn float<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    convert(call, "float", |number| finite(number.float()).map(Number::into_value))
}

pub(crate) fn bool<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    call.input.is_true().map(Value::Bool)
}

fn convert<'a>(call: &Call<'a>, name: &str, how: impl FnOnce(Number) -> Result<Value<'a>, Stop>) -> Made<'a> {
    let number = match &call.input {
        Value::Bool(value) => Some(Number::Int(i128::from(*value))),
        Value::Text(text) => Number::parse(text.trim()),
        value => Number::of(value),
    };
    match (number, call.optional("default")) {
        (Some(number), _) => how(number),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(Stop::fault(format!("`{name}` can make no number of {}", call.input.kind()))),
    }
}
