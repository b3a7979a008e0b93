//! Filters for dates. There is no `now`: a run must give the same when it is repeated.

use crate::date::{Form, Moment};
use crate::evaluate::Evaluation;
use crate::fault::Stop;
use crate::filter::Call;
use crate::number::Number;
use crate::value::Value;

type Made<'a> = Result<Value<'a>, Stop>;

/// By a pattern such as `%d.%m.%Y`, in UTC.
pub(crate) fn date<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let pattern = call.text("format")?.unwrap_or("%Y-%m-%d");
    if pattern.len() > PATTERN_MAX {
        return Err(Stop::limit(format!("a date's pattern is longer than {PATTERN_MAX} bytes")));
    }
    moment(&call.input)?.shown(pattern).map(|shown| Value::text(&shown)).map_err(Stop::fault)
}

/// RFC 3339, in UTC.
pub(crate) fn iso<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    Ok(Value::text(&Moment { form: Form::Time, ..moment(&call.input)? }.to_string()))
}

/// Seconds since 1970, whole unless the date has a fraction.
pub(crate) fn timestamp<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    seconds(moment(&call.input)?.millis)
}

pub(crate) fn timestamp_ms<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    Ok(Value::Int(i128::from(moment(&call.input)?.millis)))
}

pub(crate) fn add_days<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    add(call, DAY)
}

pub(crate) fn add_hours<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    add(call, 3_600_000)
}

pub(crate) fn add_minutes<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    add(call, 60_000)
}

pub(crate) fn add_seconds<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    add(call, 1_000)
}

/// Of the same day, or of the month's last where it has no such day.
pub(crate) fn add_months<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let count = i64::try_from(call.whole("count")?.unwrap_or(1)).map_err(|_| out_of_range())?;
    let moved = moment(&call.input)?.plus_months(count);
    moved.map(|moved| Value::text(&moved.to_string())).ok_or_else(out_of_range)
}

/// Whole days from this to `other`, by the calendar of UTC.
pub(crate) fn days_until<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let day = |value: &Value<'_>| moment(value).map(|found| found.millis.div_euclid(DAY));
    Ok(Value::Int(i128::from(day(call.argument("other")?)?.saturating_sub(day(&call.input)?))))
}

pub(crate) fn seconds_until<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    seconds(moment(call.argument("other")?)?.millis.saturating_sub(moment(&call.input)?.millis))
}

/// Monday is 1, Sunday 7.
pub(crate) fn weekday<'a>(_: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    Ok(Value::Int(i128::from(moment(&call.input)?.weekday())))
}

fn add<'a>(call: &Call<'a>, unit: i64) -> Made<'a> {
    let count = call.whole("count")?.unwrap_or(1);
    let millis = i64::try_from(count).ok().and_then(|count| count.checked_mul(unit));
    let moved = moment(&call.input)?.plus_millis(millis.ok_or_else(out_of_range)?);
    moved.map(|moved| Value::text(&moved.to_string())).ok_or_else(out_of_range)
}

fn seconds<'a>(millis: i64) -> Made<'a> {
    if millis.rem_euclid(1_000) == 0 {
        return Ok(Value::Int(i128::from(millis.div_euclid(1_000))));
    }
    Number::Int(i128::from(millis)).divide(Number::Int(1_000)).map(Number::into_value)
}

/// A date as RFC 3339 writes it, or seconds since 1970.
fn moment(value: &Value<'_>) -> Result<Moment, Stop> {
    if let Value::Text(text) = value {
        let found = Moment::parse(text);
        return found.ok_or_else(|| Stop::fault("a text is no date such as 2026-11-21 or 2026-11-21T10:00:00Z"));
    }
    let millis = Number::wanted(value, "a date")?.multiply(Number::Int(1_000))?;
    let millis = i64::try_from(millis.whole()?)
        .ok()
        .and_then(|millis| Moment { millis: 0, form: Form::Time }.plus_millis(millis));
    millis.ok_or_else(out_of_range)
}

fn out_of_range() -> Stop {
    Stop::fault("the date is outside the years 0 to 9999")
}

const DAY: i64 = 86_400_000;

/// Bytes of a pattern.
const PATTERN_MAX: usize = 256;
