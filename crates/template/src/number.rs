//! Numbers to calculate with: whole ones of 128 bits, exact or refused, and floating ones, finite or refused.

use std::cmp::Ordering;

use crate::fault::Stop;
use crate::value::Value;

/// A number. A floating one is always finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Int(i128),
    Float(f64),
}

impl Number {
    /// The number that `value` is; `None` if it is none, or has more digits than can be calculated with.
    pub(crate) fn of(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Int(value) => Some(Self::Int(*value)),
            Value::Float(value) => Some(Self::Float(*value)),
            Value::Number(text) => Self::parse(text),
            // As in Python.
            Value::Bool(value) => Some(Self::Int(i128::from(*value))),
            Value::Undefined(_) | Value::Null | Value::Text(_) | Value::List(_) | Value::Map(_) | Value::Raw(_) => None,
        }
    }

    /// The same, where `who` cannot go on without.
    pub(crate) fn wanted(value: &Value<'_>, who: &str) -> Result<Self, Stop> {
        Self::of(value).ok_or_else(|| match value {
            Value::Number(_) => Stop::fault("a number has more digits than can be calculated with"),
            value => Stop::fault(format!("{who} needs a number and got {}", value.kind())),
        })
    }

    /// A number as JSON, or a person, writes it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > DIGITS_MAX {
            return None;
        }
        if let Ok(whole) = text.parse() {
            return Some(Self::Int(whole));
        }
        // `parse` of a float also reads words such as `inf`, and digits that no whole number may lose.
        let is_plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
        let is_whole = !text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
        text.parse().ok().filter(|float: &f64| is_plain && !is_whole && float.is_finite()).map(Self::Float)
    }

    pub(crate) const fn into_value<'a>(self) -> Value<'a> {
        match self {
            Self::Int(value) => Value::Int(value),
            Self::Float(value) => Value::Float(value),
        }
    }

    pub(crate) fn negative(self) -> Result<Self, Stop> {
        match self {
            Self::Int(value) => value.checked_neg().map(Self::Int).ok_or_else(too_large),
            Self::Float(value) => Ok(Self::Float(-value)),
        }
    }

    pub(crate) fn absolute(self) -> Result<Self, Stop> {
        if self.order(Self::Int(0)) == Ordering::Less { self.negative() } else { Ok(self) }
    }

    pub(crate) fn add(self, other: Self) -> Result<Self, Stop> {
        self.both(other, i128::checked_add, |a, b| a + b)
    }

    pub(crate) fn subtract(self, other: Self) -> Result<Self, Stop> {
        self.both(other, i128::checked_sub, |a, b| a - b)
    }

    pub(crate) fn multiply(self, other: Self) -> Result<Self, Stop> {
        self.both(other, i128::checked_mul, |a, b| a * b)
    }

    /// `/`: always floating, as in Jinja2.
    pub(crate) fn divide(self, other: Self) -> Result<Self, Stop> {
        finite(self.float() / other.nonzero()?.float())
    }

    /// `//`: towards minus infinity.
    pub(crate) fn divide_whole(self, other: Self) -> Result<Self, Stop> {
        self.both(
            other.nonzero()?,
            |a, b| {
                let quotient = a.checked_div(b)?;
                let is_below = a.checked_rem(b)? != 0 && (a < 0) != (b < 0);
                quotient.checked_sub(i128::from(is_below))
            },
            floor_of_quotient,
        )
    }

    /// `%`: with the sign of `other`, as in Python.
    pub(crate) fn remainder(self, other: Self) -> Result<Self, Stop> {
        self.both(
            other.nonzero()?,
            |a, b| match a.checked_rem(b)? {
                rest if rest != 0 && (rest < 0) != (b < 0) => rest.checked_add(b),
                rest => Some(rest),
            },
            |a, b| match a % b {
                rest if rest != 0.0 && (rest < 0.0) != (b < 0.0) => rest + b,
                rest => rest,
            },
        )
    }

    pub(crate) fn power(self, other: Self) -> Result<Self, Stop> {
        match (self, other) {
            (Self::Int(base), Self::Int(exponent @ 0..)) => {
                let exponent = u32::try_from(exponent).ok();
                exponent.and_then(|exponent| base.checked_pow(exponent)).map(Self::Int).ok_or_else(too_large)
            }
            _ => finite(self.float().powf(other.float())),
        }
    }

    /// Whole numbers and floating ones are ordered by what they are worth.
    pub(crate) fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(&b),
            // None is ever NaN.
            (a, b) => a.float().partial_cmp(&b.float()).unwrap_or(Ordering::Equal),
        }
    }

    #[expect(
        clippy::as_conversions,
        reason = "the nearest floating number is what is wanted, and From has none of i128"
    )]
    pub(crate) const fn float(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }

    /// Without its fraction.
    #[expect(clippy::as_conversions, reason = "beyond 128 bits it saturates, and that is looked for")]
    pub(crate) fn whole(self) -> Result<i128, Stop> {
        match self {
            Self::Int(value) => Ok(value),
            Self::Float(value) if value.abs() < 1e38 => Ok(value.trunc() as i128),
            Self::Float(_) => Err(too_large()),
        }
    }

    fn nonzero(self) -> Result<Self, Stop> {
        if self.order(Self::Int(0)) == Ordering::Equal {
            Err(Stop::fault("nothing can be divided by 0"))
        } else {
            Ok(self)
        }
    }

    fn both(
        self,
        other: Self,
        whole: impl FnOnce(i128, i128) -> Option<i128>,
        float: impl FnOnce(f64, f64) -> f64,
    ) -> Result<Self, Stop> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => whole(a, b).map(Self::Int).ok_or_else(too_large),
            (a, b) => finite(float(a.float(), b.float())),
        }
    }
}

/// As Python has it: `a / b` may already be rounded up to a whole number that it does not reach.
fn floor_of_quotient(a: f64, b: f64) -> f64 {
    let rest = a % b;
    let is_below = rest != 0.0 && (rest < 0.0) != (b < 0.0);
    let quotient = (a - rest) / b - if is_below { 1.0 } else { 0.0 };
    let floor = quotient.floor();
    if quotient - floor > 0.5 { floor + 1.0 } else { floor }
}

/// A floating number, if it is one.
pub(crate) fn finite(value: f64) -> Result<Number, Stop> {
    if value.is_finite() { Ok(Number::Float(value)) } else { Err(too_large()) }
}

fn too_large() -> Stop {
    Stop::fault("the result is a number too large to be written")
}

/// Characters of a number that can be calculated with.
pub(crate) const DIGITS_MAX: usize = 400;
