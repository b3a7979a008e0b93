//! Filters that make texts of texts.

use crate::evaluate::Evaluation;
use crate::fault::Stop;
use crate::filter::Call;
use crate::number::Number;
use crate::value::{Value, put};

type Made<'a> = Result<Value<'a>, Stop>;

pub(crate) fn string<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    call.input.to_text(evaluation.meter).map(Value::Text)
}

pub(crate) fn upper<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    change(evaluation, call, str::to_uppercase)
}

pub(crate) fn lower<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    change(evaluation, call, str::to_lowercase)
}

pub(crate) fn capitalize<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    change(evaluation, call, |text| {
        let mut letters = text.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        first + &letters.as_str().to_lowercase()
    })
}

/// A capital after white space, `-` and opening brackets, as Jinja2 has it.
pub(crate) fn title<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    change(evaluation, call, |text| {
        let mut made = String::with_capacity(text.len());
        let mut is_first = true;
        for letter in text.chars() {
            if matches!(letter, '-' | '(' | '{' | '[' | '<') || letter.is_whitespace() {
                made.push(letter);
                is_first = true;
            } else if is_first {
                made.extend(letter.to_uppercase());
                is_first = false;
            } else {
                made.extend(letter.to_lowercase());
            }
        }
        made
    })
}

pub(crate) fn trim<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let letters: Option<Vec<char>> = call.text("chars")?.map(|chars| chars.chars().take(LETTERS_MAX).collect());
    change(evaluation, call, |text| {
        letters.map_or_else(|| text.trim(), |letters| text.trim_matches(letters.as_slice())).to_owned()
    })
}

pub(crate) fn replace<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let text = call.input.to_text(evaluation.meter)?;
    let from = call.argument("from")?.to_text(evaluation.meter)?;
    let to = call.argument("to")?.to_text(evaluation.meter)?;
    evaluation.meter.spend(text.len())?;
    let found = text.matches(&*from).count();
    evaluation.meter.text(text.len().saturating_add(found.saturating_mul(to.len())))?;
    Ok(Value::text(&text.replace(&*from, &to)))
}

pub(crate) fn split<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let text = call.input.to_text(evaluation.meter)?;
    evaluation.meter.text(text.len())?;
    let parts_max = call.whole("maxsplits")?.and_then(|most| usize::try_from(most).ok());
    let parts_max = parts_max.map_or(usize::MAX, |most| most.saturating_add(1));
    let parts: Vec<&str> = match call.text("split")? {
        Some("") => return Err(Stop::fault("a text cannot be split at nothing")),
        Some(at) => text.splitn(parts_max, at).collect(),
        None if parts_max == usize::MAX => text.split_whitespace().collect(),
        None => text.splitn(parts_max, char::is_whitespace).collect(),
    };
    evaluation.meter.items(parts.len())?;
    Ok(Value::list(parts.into_iter().map(Value::text).collect()))
}

pub(crate) fn lines<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let text = call.input.to_text(evaluation.meter)?;
    evaluation.meter.text(text.len())?;
    let lines: Vec<&str> = text.lines().collect();
    evaluation.meter.items(lines.len())?;
    Ok(Value::list(lines.into_iter().map(Value::text).collect()))
}

pub(crate) fn indent<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let text = call.input.to_text(evaluation.meter)?;
    let width = call.count("width")?.unwrap_or(4);
    evaluation
        .meter
        .text(text.len().saturating_add(width.saturating_mul(text.matches('\n').count().saturating_add(1))))?;
    let (first, blank) = (call.is_set("first")?, call.is_set("blank")?);
    let margin = " ".repeat(width);
    let lines = text.split('\n').enumerate().map(|(index, line)| {
        let is_indented = (index > 0 || first) && (blank || !line.is_empty());
        if is_indented { format!("{margin}{line}") } else { line.to_owned() }
    });
    Ok(Value::text(&lines.collect::<Vec<_>>().join("\n")))
}

/// To `length` letters with what stands for the rest; between words unless `killwords`.
pub(crate) fn truncate<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let text = call.input.to_text(evaluation.meter)?;
    evaluation.meter.spend(text.len())?;
    let length = call.count("length")?.unwrap_or(255);
    let end = call.text("end")?.unwrap_or("...");
    if text.chars().count() <= length {
        return Ok(Value::Text(text));
    }
    let kept: String = text.chars().take(length.saturating_sub(end.chars().count())).collect();
    let kept = if call.is_set("killwords")? {
        kept.as_str()
    } else {
        kept.rsplit_once(' ').map_or(kept.as_str(), |(words, _)| words)
    };
    let mut made = String::new();
    put(&mut made, kept, evaluation.meter)?;
    put(&mut made, end, evaluation.meter)?;
    Ok(Value::text(&made))
}

/// Percent-encoding of all but letters, digits and `-_.~/`, as Jinja2 has it.
pub(crate) fn url_encode<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    change(evaluation, call, |text| {
        text.bytes().fold(String::with_capacity(text.len()), |mut made, byte| {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                    made.push(char::from(byte))
                }
                _ => made.push_str(&format!("%{byte:02X}")),
            }
            made
        })
    })
}

/// `%s %d %i %f %x %X %%`, with flags `-` and `0`, width and precision.
pub(crate) fn format<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>) -> Made<'a> {
    let pattern = call.input.to_text(evaluation.meter)?;
    let mut arguments = call.rest.iter();
    let mut made = String::new();
    let mut rest = &*pattern;
    while let Some((before, after)) = rest.split_once('%') {
        put(&mut made, before, evaluation.meter)?;
        let (spec, after) = Spec::parse(after)?;
        let shown = if spec.letter == '%' { "%".to_owned() } else { spec.show(arguments.next(), evaluation)? };
        put(&mut made, &shown, evaluation.meter)?;
        rest = after;
    }
    put(&mut made, rest, evaluation.meter)?;
    if arguments.next().is_some() {
        return Err(Stop::fault("`format` has more arguments than places for them"));
    }
    Ok(Value::text(&made))
}

struct Spec {
    is_left: bool,
    is_zeroed: bool,
    width: usize,
    precision: Option<usize>,
    letter: char,
}

impl Spec {
    fn parse(text: &str) -> Result<(Self, &str), Stop> {
        let flags = text.len().saturating_sub(text.trim_start_matches(['-', '0']).len());
        let (flags, rest) = text.split_at(flags);
        let (width, rest) = digits(rest);
        let (precision, rest) = match rest.strip_prefix('.') {
            Some(rest) => {
                let (precision, rest) = digits(rest);
                (Some(precision), rest)
            }
            None => (None, rest),
        };
        let mut letters = rest.chars();
        let letter = letters.next().ok_or_else(|| Stop::fault("`format` ends within a place"))?;
        if width > WIDTH_MAX || precision.is_some_and(|precision| precision > WIDTH_MAX) {
            return Err(Stop::limit(format!("`format` fills up to {WIDTH_MAX} places")));
        }
        let (is_left, is_zeroed) = (flags.contains('-'), flags.contains('0'));
        Ok((Self { is_left, is_zeroed, width, precision, letter }, letters.as_str()))
    }

    fn show(&self, argument: Option<&Value<'_>>, evaluation: &Evaluation<'_, '_>) -> Result<String, Stop> {
        let argument = argument.ok_or_else(|| Stop::fault("`format` has fewer arguments than places for them"))?;
        let number = || Number::wanted(argument, "`format`");
        let shown = match self.letter {
            's' => argument.to_text(evaluation.meter)?.to_string(),
            'd' | 'i' => number()?.whole()?.to_string(),
            'f' => format!("{:.*}", self.precision.unwrap_or(6), number()?.float()),
            'x' => format!("{:x}", number()?.whole()?),
            'X' => format!("{:X}", number()?.whole()?),
            other => return Err(Stop::fault(format!("`format` knows no `%{}`", other.escape_default()))),
        };
        let missing = self.width.saturating_sub(shown.chars().count());
        Ok(match (self.is_left, self.is_zeroed && self.letter != 's') {
            (true, _) => format!("{shown}{}", " ".repeat(missing)),
            (false, true) => match shown.strip_prefix('-') {
                Some(digits) => format!("-{}{digits}", "0".repeat(missing)),
                None => format!("{}{shown}", "0".repeat(missing)),
            },
            (false, false) => format!("{}{shown}", " ".repeat(missing)),
        })
    }
}

fn digits(text: &str) -> (usize, &str) {
    let len = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(len);
    (if digits.is_empty() { 0 } else { digits.parse().unwrap_or(usize::MAX) }, rest)
}

fn change<'a>(evaluation: &Evaluation<'_, 'a>, call: &Call<'a>, how: impl FnOnce(&str) -> String) -> Made<'a> {
    let text = call.input.to_text(evaluation.meter)?;
    // A letter may become three, a byte three signs.
    evaluation.meter.spend(text.len().saturating_mul(3))?;
    evaluation.meter.text(text.len())?;
    Ok(Value::text(&how(&text)))
}

/// Letters that `trim` looks for.
const LETTERS_MAX: usize = 64;

/// Places that `format` fills.
const WIDTH_MAX: usize = 100;
