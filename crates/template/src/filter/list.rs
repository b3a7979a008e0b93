//! Filters that take lists apart and put them together.

use std::rc::Rc;

use crate::evaluate::Evaluation;
use crate::fault::Stop;
use crate::filter::{self, Call, attribute, items};
use crate::trial;
use crate::value::{Opened, Value, put};

type Made<'a> = Result<Value<'a>, Stop>;

pub(crate) fn length<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let count = match (&call.input, call.input.open(evaluation.meter)?) {
        (_, Opened::List(items)) => items.len(),
        (_, Opened::Map(fields)) => fields.len(),
        (Value::Text(text), _) => {
            evaluation.meter.spend(text.len())?;
            text.chars().count()
        }
        (other, _) => return Err(Stop::fault(format!("{} has no length", other.kind()))),
    };
    Ok(Value::Int(i128::try_from(count).unwrap_or(i128::MAX)))
}

pub(crate) fn first<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let first = call.items(evaluation)?.into_iter().next();
    Ok(first.unwrap_or_else(|| Value::Undefined("first of nothing".into())))
}

pub(crate) fn last<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    Ok(call.items(evaluation)?.pop().unwrap_or_else(|| Value::Undefined("last of nothing".into())))
}

pub(crate) fn list<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    call.items(evaluation).map(Value::list)
}

pub(crate) fn reverse<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    if let Value::Text(text) = &call.input {
        evaluation.meter.text(text.len())?;
        return Ok(Value::text(&text.chars().rev().collect::<String>()));
    }
    let mut items = call.items(evaluation)?;
    items.reverse();
    Ok(Value::list(items))
}

pub(crate) fn join<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let between = call.text("d")?.unwrap_or_default();
    let path = call.text("attribute")?;
    let mut made = String::new();
    for (index, item) in call.items(evaluation)?.into_iter().enumerate() {
        let item = path.map_or_else(|| Ok(item.clone()), |path| attribute(&item, path, evaluation))?;
        put(&mut made, if index == 0 { "" } else { between }, evaluation.meter)?;
        item.write_text(&mut made, evaluation.meter)?;
    }
    Ok(Value::text(&made))
}

/// Names with their values, in the order that they were written in.
pub(crate) fn pairs<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let Opened::Map(fields) = call.input.open(evaluation.meter)? else {
        return Err(Stop::fault(format!("`items` needs an object and got {}", call.input.kind())));
    };
    evaluation.meter.items(fields.len().saturating_mul(3))?;
    let pair = |(name, field): &(Rc<str>, Value<'a>)| Value::list(vec![Value::Text(Rc::clone(name)), field.clone()]);
    Ok(Value::list(fields.iter().map(pair).collect()))
}

pub(crate) fn attr<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let name = call.argument("name")?.to_text(evaluation.meter)?;
    Ok(evaluation.field(&call.input, &name)?.unwrap_or(Value::Undefined(name)))
}

/// Lists of `count` items each; the last is filled up with `fill_with`, if that is given.
pub(crate) fn batch<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let items = call.items(evaluation)?;
    let count = call.count("count")?.filter(|count| *count > 0).ok_or_else(|| Stop::fault("`count` is at least 1"))?;
    let parts = items.chunks(count).map(<[_]>::to_vec).map(|part| filled(part, count, call, evaluation));
    Ok(Value::list(parts.collect::<Result<_, _>>()?))
}

/// `count` lists, as even as can be.
pub(crate) fn slice<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let items = call.items(evaluation)?;
    let count = call.count("count")?.filter(|count| *count > 0).ok_or_else(|| Stop::fault("`count` is at least 1"))?;
    evaluation.meter.items(count)?;
    let each = items.len().checked_div(count).unwrap_or_default();
    let longer = items.len().checked_rem(count).unwrap_or_default();
    let most = each.saturating_add(usize::from(longer > 0));
    let mut rest = items.into_iter();
    let parts = (0..count).map(|index| {
        let part = rest.by_ref().take(each.saturating_add(usize::from(index < longer))).collect();
        filled(part, most, call, evaluation)
    });
    Ok(Value::list(parts.collect::<Result<_, _>>()?))
}

fn filled<'a>(
    mut part: Vec<Value<'a>>,
    count: usize,
    call: &Call<'a>,
    evaluation: &Evaluation<'_, 'a>,
) -> Result<Value<'a>, Stop> {
    if let Some(with) = call.optional("fill_with") {
        evaluation.meter.items(count)?;
        part.resize(count.max(part.len()), with.clone());
    }
    Ok(Value::list(part))
}

pub(crate) fn chain<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let mut made = call.items(evaluation)?;
    for other in &call.rest {
        made.append(&mut items(other, evaluation)?);
        evaluation.meter.items(made.len())?;
    }
    Ok(Value::list(made))
}

/// Lists of the first items, of the second and so on, as long as each has one.
pub(crate) fn zip<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let mut columns = vec![call.items(evaluation)?.into_iter()];
    for other in &call.rest {
        columns.push(items(other, evaluation)?.into_iter());
    }
    let mut rows = Vec::new();
    while let Some(row) = columns.iter_mut().map(Iterator::next).collect::<Option<Vec<_>>>() {
        evaluation.meter.items(row.len())?;
        rows.push(Value::list(row));
    }
    Ok(Value::list(rows))
}

/// `map('upper')`, `map(attribute='id', default=0)`.
pub(crate) fn map<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let items = call.items(evaluation)?;
    if let Some(path) = call.text("attribute")? {
        let one = |item: Value<'a>| match (attribute(&item, path, evaluation)?, call.optional("default")) {
            (Value::Undefined(_), Some(default)) => Ok(default.clone()),
            (found, _) => found.defined(),
        };
        return Ok(Value::list(items.into_iter().map(one).collect::<Result<_, Stop>>()?));
    }
    let name = call.text("filter")?.ok_or_else(|| Stop::fault("`map` needs a filter's name or `attribute`"))?;
    let found = filter::find(name).ok_or_else(|| Stop::fault("`map` names a filter that there is not"))?;
    // A filter that maps may be mapped, and that one too: no deeper than names were written, but every item pays.
    let passed = given(found.parameters, &call.rest)?;
    let one = |input: Value<'a>| {
        evaluation.meter.spend(CALL_COST)?;
        let (given, rest) = passed.clone();
        (found.run)(evaluation, &Call { input, parameters: found.parameters, given, rest })?.defined()
    };
    Ok(Value::list(items.into_iter().map(one).collect::<Result<_, Stop>>()?))
}

pub(crate) fn select<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    sift(evaluation, call, None, true)
}

pub(crate) fn reject<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    sift(evaluation, call, None, false)
}

pub(crate) fn select_by<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    sift(evaluation, call, call.text("attr")?, true)
}

pub(crate) fn reject_by<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    sift(evaluation, call, call.text("attr")?, false)
}

fn sift<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>, path: Option<&str>, wanted: bool) -> Made<'a> {
    let name = call.text("test")?.unwrap_or("truthy");
    let found = trial::find(sign(name)).ok_or_else(|| Stop::fault("this names a test that there is not"))?;
    let (given, _) = given(found.parameters, &call.rest)?;
    let mut kept = Vec::new();
    for item in call.items(evaluation)? {
        evaluation.meter.spend(CALL_COST)?;
        let input = path.map_or_else(|| Ok(item.clone()), |path| attribute(&item, path, evaluation))?;
        let asked = Call { input, parameters: found.parameters, given: given.clone(), rest: Vec::new() };
        if (found.run)(evaluation, &asked)? == wanted {
            kept.push(item);
        }
    }
    Ok(Value::list(kept))
}

/// What MiniJinja lets be written as a sign.
fn sign(name: &str) -> &str {
    match name {
        "==" => "eq",
        "!=" => "ne",
        "<" => "lt",
        "<=" => "le",
        ">" => "gt",
        ">=" => "ge",
        name => name,
    }
}

type Passed<'a> = (Vec<Option<Value<'a>>>, Vec<Value<'a>>);

/// `values` for `parameters`; those too many are the rest.
fn given<'a>(parameters: &[&str], values: &[Value<'a>]) -> Result<Passed<'a>, Stop> {
    let slots = (0..parameters.len()).map(|index| values.get(index).cloned()).collect();
    Ok((slots, values.get(parameters.len()..).unwrap_or_default().to_vec()))
}

/// What a call of a filter or a test costs besides what it touches.
const CALL_COST: usize = 32;
