//! An expression and a scope into a value. Every step is paid for before it is taken; nothing is done that was not asked for,
//! so what `if` and `or` leave out may be undefined.

use std::rc::Rc;

use crate::fault::Stop;
use crate::filter::Call;
use crate::meter::Meter;
use crate::number::Number;
use crate::operator;
use crate::scope::{Scope, last};
use crate::syntax::{Access, Arguments, Expr, Pipe, Sense, Slice};
use crate::value::{Opened, Value};

/// What an expression is evaluated with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evaluation<'s, 'a> {
    pub(crate) scope: &'s Scope<'a>,
    pub(crate) meter: &'s Meter,
}

type Found<'a> = Result<Value<'a>, Stop>;

impl<'a> Evaluation<'_, 'a> {
    /// What `expression` gives; [`Value::Undefined`] where it names what is not there.
    pub(crate) fn value(&self, expression: &Expr) -> Found<'a> {
        self.meter.spend(STEP_COST)?;
        match expression {
            Expr::Null => Ok(Value::Null),
            Expr::Bool(value) => Ok(Value::Bool(*value)),
            Expr::Int(value) => Ok(Value::Int(*value)),
            Expr::Float(value) => Ok(Value::Float(*value)),
            Expr::Text(text) => Ok(Value::Text(Rc::clone(text))),
            Expr::Name(name) => self.scope.named(name, self.meter),
            Expr::List(items) => Ok(Value::list(self.items(items)?)),
            Expr::Map(fields) => self.map(fields),
            Expr::Path(base, steps) => self.path(base, steps),
            Expr::Piped(base, pipes) => pipes.iter().try_fold(self.value(base)?, |value, pipe| self.pipe(value, pipe)),
            Expr::Not(operand) => Ok(Value::Bool(!self.value(operand)?.is_true()?)),
            Expr::Negative(operand) => {
                let operand = self.value(operand)?.defined()?;
                Ok(Number::wanted(&operand, "`-`")?.negative()?.into_value())
            }
            Expr::All(parts) => self.until(parts, false),
            Expr::Any(parts) => self.until(parts, true),
            Expr::Chain(first, rest) => {
                rest.iter().try_fold(self.value(first)?.defined()?, |left, (operator, right)| {
                    operator::apply(*operator, left, self.wanted(right)?, self.meter)
                })
            }
            Expr::Compare(first, rest) => self.compare(first, rest),
            Expr::If(found) => match (self.value(&found.test)?.is_true()?, &found.otherwise) {
                (true, _) => self.value(&found.then),
                (false, Some(otherwise)) => self.value(otherwise),
                (false, None) => Ok(Value::Undefined("if without else".into())),
            },
        }
    }

    /// The same, where it must be there.
    pub(crate) fn wanted(&self, expression: &Expr) -> Found<'a> {
        self.value(expression)?.defined()
    }

    fn items(&self, items: &[Expr]) -> Result<Vec<Value<'a>>, Stop> {
        self.meter.items(items.len())?;
        items.iter().map(|item| self.wanted(item)).collect()
    }

    fn map(&self, fields: &[(Expr, Expr)]) -> Found<'a> {
        self.meter.items(fields.len())?;
        let made: Result<Vec<_>, Stop> = fields
            .iter()
            .map(|(key, value)| match self.wanted(key)? {
                Value::Text(key) => Ok((key, self.wanted(value)?)),
                other => Err(Stop::fault(format!("{} cannot be the name of a field", other.kind()))),
            })
            .collect();
        Ok(Value::Map(Rc::new(made?)))
    }

    /// The first of `parts` whose truth is `wanted`, else the last.
    fn until(&self, parts: &[Expr], wanted: bool) -> Found<'a> {
        let mut last = Value::Null;
        for part in parts {
            last = self.value(part)?;
            if last.is_true()? == wanted {
                break;
            }
        }
        Ok(last)
    }

    fn compare(&self, first: &Expr, rest: &[(crate::syntax::Comparison, Expr)]) -> Found<'a> {
        let mut left = self.wanted(first)?;
        for (comparison, right) in rest {
            let right = self.wanted(right)?;
            if !operator::compare(*comparison, &left, &right, self.meter)? {
                return Ok(Value::Bool(false));
            }
            left = right;
        }
        Ok(Value::Bool(true))
    }

    fn path(&self, base: &Expr, steps: &[Access]) -> Found<'a> {
        let (mut value, mut name, rest) = match (base, steps) {
            (Expr::Name(name), [Access::Field(field), rest @ ..]) => {
                (self.scope.field(name, field, self.meter)?, format!("{name}.{field}"), rest)
            }
            (Expr::Name(name), steps) => (self.scope.named(name, self.meter)?, name.to_string(), steps),
            (base, steps) => (self.value(base)?, "value".to_owned(), steps),
        };
        for step in rest {
            self.meter.spend(STEP_COST)?;
            // What is missing stays missing, by the name that was asked for, until `default` mends it.
            if let Value::Undefined(_) = value {
                return Ok(value);
            }
            value = match step {
                Access::Field(field) => {
                    name = format!("{name}.{field}");
                    self.field(&value, field)?
                }
                Access::Index(index) => {
                    name = format!("{name}[{index}]");
                    self.index(&value, *index)?
                }
                Access::Key(key) => {
                    name.push_str("[…]");
                    self.key(&value, &self.wanted(key)?)?
                }
                Access::Slice(slice) => Some(self.slice(&value, slice)?),
            }
            .unwrap_or_else(|| Value::Undefined(name.as_str().into()));
        }
        Ok(value)
    }

    /// The field `name` of an object.
    pub(crate) fn field(&self, value: &Value<'a>, name: &str) -> Result<Option<Value<'a>>, Stop> {
        let Opened::Map(fields) = value.open(self.meter)? else {
            return Ok(None);
        };
        self.meter.spend(fields.len())?;
        Ok(last(&fields, name).cloned())
    }

    fn index(&self, value: &Value<'a>, index: i128) -> Result<Option<Value<'a>>, Stop> {
        match (value, value.open(self.meter)?) {
            (_, Opened::List(items)) => Ok(place(index, items.len()).and_then(|at| items.get(at)).cloned()),
            (_, Opened::Map(_)) => self.field(value, &index.to_string()),
            (Value::Text(text), _) => {
                self.meter.spend(text.len())?;
                let found = place(index, text.chars().count()).and_then(|at| text.chars().nth(at));
                Ok(found.map(|c| Value::text(c.encode_utf8(&mut [0; 4]))))
            }
            _ => Ok(None),
        }
    }

    fn key(&self, value: &Value<'a>, key: &Value<'a>) -> Result<Option<Value<'a>>, Stop> {
        match key {
            Value::Text(name) => self.field(value, name),
            key => match Number::of(key) {
                Some(Number::Int(index)) => self.index(value, index),
                _ => Err(Stop::fault(format!("{} cannot be an index", key.kind()))),
            },
        }
    }

    fn slice(&self, value: &Value<'a>, slice: &Slice) -> Found<'a> {
        let bound = |expression: &Option<Expr>| expression.as_ref().map(|found| self.whole_number(found)).transpose();
        let by = bound(&slice.by)?.unwrap_or(1);
        let chosen = |len: usize| places(bound(&slice.from)?, bound(&slice.to)?, by, len);
        match (value, value.open(self.meter)?) {
            (_, Opened::List(items)) => {
                self.meter.items(items.len())?;
                Ok(Value::list(chosen(items.len())?.into_iter().filter_map(|at| items.get(at).cloned()).collect()))
            }
            (Value::Text(text), _) => {
                self.meter.text(text.len())?;
                let letters: Vec<char> = text.chars().collect();
                let made: String = chosen(letters.len())?.into_iter().filter_map(|at| letters.get(at)).collect();
                Ok(Value::text(&made))
            }
            (value, _) => Err(Stop::fault(format!("{} has no parts to slice", value.kind()))),
        }
    }

    fn whole_number(&self, expression: &Expr) -> Result<i128, Stop> {
        let value = self.wanted(expression)?;
        match Number::wanted(&value, "a slice")? {
            Number::Int(whole) => Ok(whole),
            Number::Float(_) => Err(Stop::fault("a slice's bounds are whole numbers")),
        }
    }

    fn pipe(&self, value: Value<'a>, pipe: &Pipe) -> Found<'a> {
        self.meter.spend(STEP_COST)?;
        match pipe {
            Pipe::Filter(filter, arguments) => {
                let missing = if matches!(filter.name, "default" | "d") { Missing::Taken } else { Missing::Refused };
                let value = missing.checked(value)?;
                (filter.run)(self, &self.call(value, filter.parameters, arguments, missing)?)
            }
            Pipe::Trial(trial, arguments, sense) => {
                let call = self.call(value, trial.parameters, arguments, Missing::Refused)?;
                Ok(Value::Bool((trial.run)(self, &call)? == (*sense == Sense::Is)))
            }
        }
    }

    fn call(
        &self,
        input: Value<'a>,
        parameters: &'static [&'static str],
        arguments: &Arguments,
        missing: Missing,
    ) -> Result<Call<'a>, Stop> {
        let value = |found| self.value(found).and_then(|value| missing.checked(value));
        let given = arguments.given.iter().map(|argument| argument.as_ref().map(value).transpose());
        let rest = arguments.rest.iter().map(|argument| self.wanted(argument));
        Ok(Call { input, parameters, given: given.collect::<Result<_, _>>()?, rest: rest.collect::<Result<_, _>>()? })
    }
}

/// What a filter does with a value that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// It is what the filter is for: one that is missing may stand in for another.
    Taken,
    /// It is a fault.
    Refused,
}

impl Missing {
    fn checked<'a>(self, value: Value<'a>) -> Result<Value<'a>, Stop> {
        match self {
            Self::Taken => Ok(value),
            Self::Refused => value.defined(),
        }
    }
}

/// Where `index` is in a list of `len`; below 0 counts from the end.
pub(crate) fn place(index: i128, len: usize) -> Option<usize> {
    let from_start = if index < 0 { index.checked_add(i128::try_from(len).ok()?)? } else { index };
    usize::try_from(from_start).ok().filter(|at| *at < len)
}

/// The places that `[from:to:by]` takes of a list of `len`, as Python counts.
fn places(from: Option<i128>, to: Option<i128>, by: i128, len: usize) -> Result<Vec<usize>, Stop> {
    if by == 0 {
        return Err(Stop::fault("a slice cannot go by steps of 0"));
    }
    let len = i128::try_from(len).unwrap_or(i128::MAX);
    let (lowest, highest) = if by > 0 { (0, len) } else { (-1, len.saturating_sub(1)) };
    let bound = |given: Option<i128>, otherwise: i128| match given {
        None => otherwise,
        Some(at) if at < 0 => at.saturating_add(len).clamp(lowest, highest),
        Some(at) => at.clamp(lowest, highest),
    };
    let (from, to) = if by > 0 { (bound(from, 0), bound(to, len)) } else { (bound(from, highest), bound(to, -1)) };
    let mut found = Vec::new();
    let mut at = from;
    while (by > 0 && at < to) || (by < 0 && at > to) {
        found.extend(usize::try_from(at).ok());
        at = at.saturating_add(by);
    }
    Ok(found)
}

/// What any step costs besides what it touches.
const STEP_COST: usize = 32;
