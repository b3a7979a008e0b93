//! What `|` can do, by Jinja2's names: a table of names, arguments and functions. Never makes what was not paid for.

mod list;
mod moment;
mod number;
mod order;
mod text;

use crate::evaluate::Evaluation;
use crate::fault::Stop;
use crate::number::Number;
use crate::value::{Opened, Value};

/// One filter.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) name: &'static str,
    /// Names of the arguments, in order.
    pub(crate) parameters: &'static [&'static str],
    /// How many of those go without their names; what follows is passed on, where that is not all.
    pub(crate) unnamed: usize,
    /// Whether it takes more than those, to pass them on.
    pub(crate) takes_rest: bool,
    pub(crate) run: Run,
}

/// What a filter or a test is given.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) input: Value<'a>,
    pub(crate) parameters: &'static [&'static str],
    pub(crate) given: Vec<Option<Value<'a>>>,
    pub(crate) rest: Vec<Value<'a>>,
}

type Run = for<'c, 'a> fn(&Evaluation<'_, 'a>, &'c Call<'a>) -> Result<Value<'a>, Stop>;

/// The filter called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Filter> {
    FILTERS.iter().find(|filter| filter.name == name)
}

/// All names.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FILTERS.iter().map(|filter| filter.name)
}

impl<'a> Call<'a> {
    /// The input, where it must be there.
    pub(crate) fn there(&self) -> Result<&Value<'a>, Stop> {
        match &self.input {
            Value::Undefined(name) => Err(Stop::undefined(name)),
            input => Ok(input),
        }
    }

    /// The argument `name`, if it was given.
    pub(crate) fn optional(&self, name: &str) -> Option<&Value<'a>> {
        let at = self.parameters.iter().position(|parameter| *parameter == name)?;
        self.given.get(at)?.as_ref()
    }

    /// The argument `name`.
    pub(crate) fn argument(&self, name: &str) -> Result<&Value<'a>, Stop> {
        self.optional(name).ok_or_else(|| Stop::fault(format!("the argument `{name}` is missing")))
    }

    /// The argument `name` as a text, if it was given.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Stop> {
        match self.optional(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(other) => Err(Stop::fault(format!("the argument `{name}` is a text, not {}", other.kind()))),
        }
    }

    /// The argument `name` as a whole number, if it was given.
    pub(crate) fn whole(&self, name: &str) -> Result<Option<i128>, Stop> {
        self.optional(name).map(|value| Number::wanted(value, &format!("`{name}`"))?.whole()).transpose()
    }

    /// The argument `name` as a number of things, if it was given.
    pub(crate) fn count(&self, name: &str) -> Result<Option<usize>, Stop> {
        let whole = self.whole(name)?;
        whole
            .map(|found| usize::try_from(found).map_err(|_| Stop::fault(format!("`{name}` is too small or too large"))))
            .transpose()
    }

    /// Whether the argument `name` is given and true.
    pub(crate) fn is_set(&self, name: &str) -> Result<bool, Stop> {
        self.optional(name).map_or(Ok(false), Value::is_true)
    }

    /// The input's items: of a list its items, of an object its names, of a text its letters.
    pub(crate) fn items(&self, evaluation: &Evaluation<'_, 'a>) -> Result<Vec<Value<'a>>, Stop> {
        items(&self.input, evaluation)
    }
}

/// What can be gone through one by one.
pub(crate) fn items<'a>(value: &Value<'a>, evaluation: &Evaluation<'_, 'a>) -> Result<Vec<Value<'a>>, Stop> {
    let meter = evaluation.meter;
    match (value, value.open(meter)?) {
        (_, Opened::List(items)) => {
            meter.items(items.len())?;
            Ok(items.to_vec())
        }
        (_, Opened::Map(fields)) => {
            meter.items(fields.len())?;
            Ok(fields.iter().map(|(name, _)| Value::Text(name.clone())).collect())
        }
        (Value::Text(text), _) => {
            meter.items(text.chars().count())?;
            Ok(text.chars().map(|letter| Value::text(letter.encode_utf8(&mut [0; 4]))).collect())
        }
        (other, _) => Err(Stop::fault(format!("{} has no items", other.kind()))),
    }
}

/// The value at a dotted path such as `customer.id` or `0.name`; [`Value::Undefined`] where there is none.
pub(crate) fn attribute<'a>(value: &Value<'a>, path: &str, evaluation: &Evaluation<'_, 'a>) -> Result<Value<'a>, Stop> {
    path.split('.').try_fold(value.clone(), |value, name| {
        let found = match (value.open(evaluation.meter)?, name.parse()) {
            (Opened::List(items), Ok(index)) => items.get::<usize>(index).cloned(),
            _ => evaluation.field(&value, name)?,
        };
        Ok(found.unwrap_or_else(|| Value::Undefined(path.into())))
    })
}

fn default<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Result<Value<'a>, Stop> {
    let is_missing = match &call.input {
        Value::Undefined(_) => true,
        input => call.is_set("boolean")? && !input.is_true()?,
    };
    let otherwise = || call.optional("default_value").cloned().unwrap_or_else(|| Value::text(""));
    Ok(if is_missing { otherwise() } else { call.input.clone() })
}

fn to_json<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Result<Value<'a>, Stop> {
    let mut text = String::new();
    call.input.write_json(&mut text, evaluation.meter)?;
    Ok(Value::text(&text))
}

const fn filter(name: &'static str, parameters: &'static [&'static str], run: Run) -> Filter {
    Filter { name, parameters, unnamed: parameters.len(), takes_rest: false, run }
}

const fn passing(name: &'static str, parameters: &'static [&'static str], unnamed: usize, run: Run) -> Filter {
    Filter { name, parameters, unnamed, takes_rest: true, run }
}

static FILTERS: [Filter; 58] = [
    filter("default", &["default_value", "boolean"], default),
    filter("d", &["default_value", "boolean"], default),
    filter("tojson", &[], to_json),
    filter("string", &[], text::string),
    filter("upper", &[], text::upper),
    filter("lower", &[], text::lower),
    filter("capitalize", &[], text::capitalize),
    filter("title", &[], text::title),
    filter("trim", &["chars"], text::trim),
    filter("replace", &["from", "to"], text::replace),
    filter("split", &["split", "maxsplits"], text::split),
    filter("lines", &[], text::lines),
    filter("indent", &["width", "first", "blank"], text::indent),
    filter("truncate", &["length", "killwords", "end"], text::truncate),
    filter("urlencode", &[], text::url_encode),
    passing("format", &[], 0, text::format),
    filter("length", &[], list::length),
    filter("count", &[], list::length),
    filter("first", &[], list::first),
    filter("last", &[], list::last),
    filter("list", &[], list::list),
    filter("reverse", &[], list::reverse),
    filter("join", &["d", "attribute"], list::join),
    filter("items", &[], list::pairs),
    filter("attr", &["name"], list::attr),
    filter("batch", &["count", "fill_with"], list::batch),
    filter("slice", &["count", "fill_with"], list::slice),
    passing("chain", &[], 0, list::chain),
    passing("zip", &[], 0, list::zip),
    passing("map", &["filter", "attribute", "default"], 1, list::map),
    passing("select", &["test"], 1, list::select),
    passing("reject", &["test"], 1, list::reject),
    passing("selectattr", &["attr", "test"], 2, list::select_by),
    passing("rejectattr", &["attr", "test"], 2, list::reject_by),
    filter("sort", &["reverse", "case_sensitive", "attribute"], order::sort),
    filter("dictsort", &["case_sensitive", "by", "reverse"], order::sort_fields),
    filter("unique", &["case_sensitive", "attribute"], order::unique),
    filter("groupby", &["attribute", "default", "case_sensitive"], order::group),
    filter("min", &["case_sensitive", "attribute"], order::min),
    filter("max", &["case_sensitive", "attribute"], order::max),
    filter("sum", &["attribute", "start"], number::sum),
    filter("abs", &[], number::abs),
    filter("round", &["precision", "method"], number::round),
    filter("int", &["default"], number::int),
    filter("float", &["default"], number::float),
    filter("bool", &[], number::bool),
    filter("date", &["format"], moment::date),
    filter("timestamp", &[], moment::timestamp),
    filter("timestamp_ms", &[], moment::timestamp_ms),
    filter("add_days", &["count"], moment::add_days),
    filter("add_hours", &["count"], moment::add_hours),
    filter("add_minutes", &["count"], moment::add_minutes),
    filter("add_seconds", &["count"], moment::add_seconds),
    filter("add_months", &["count"], moment::add_months),
    filter("days_until", &["other"], moment::days_until),
    filter("seconds_until", &["other"], moment::seconds_until),
    filter("weekday", &[], moment::weekday),
    filter("isoformat", &[], moment::iso),
];
