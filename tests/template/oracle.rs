//! The same expressions by MiniJinja: every row of the table, and expressions drawn at random.

use cxpulse_core::json::Json;
use cxpulse_template::{Held, Scope, bind};
use minijinja::{Environment, UndefinedBehavior};
use proptest::prelude::*;
use serde_json::Value;

use super::conformance::ROWS;
use super::{FETCH, META};

/// Rows of the table that MiniJinja answers otherwise, and why we do.
const DIFFERENT: [(&str, &str); 2] = [
    ("{{ 170141183460469231731687303715884105727 }}", "its literals end sooner; ours go as far as its calculations"),
    ("{{ fetch.empty | default('x', boolean=true) }}", "Jinja2 names this argument so; there it has no name"),
];

#[test]
fn minijinja_says_the_same_of_each_row() {
    let mut differing = Vec::new();
    for (template, ours) in ROWS {
        let theirs = by_minijinja(template);
        if theirs.as_ref() != Ok(&worth(ours)) {
            differing.push(template);
        }
    }
    let named: Vec<&str> = DIFFERENT.iter().map(|(template, _)| *template).collect();
    assert_eq!(differing, named, "rows that differ, and those that are named");
}

/// What MiniJinja makes of a template, as we read templates: a sole expression keeps its type.
fn by_minijinja(template: &str) -> Result<Value, String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let context = minijinja::Value::from(minijinja::value::Serde(context()));
    let sole = template
        .strip_prefix("{{")
        .and_then(|rest| rest.strip_suffix("}}"))
        .filter(|inner| !inner.contains("{{ ") && !inner.contains("}}{{"));
    let value = match sole {
        Some(expression) => {
            let compiled = environment.compile_expression(expression).map_err(|error| error.to_string())?;
            let value = compiled.eval(context).map_err(|error| error.to_string())?;
            if value.is_undefined() {
                return Err("undefined".to_owned());
            }
            serde_json::to_value(value).map_err(|error| error.to_string())?
        }
        None => environment.render_str(template, context).map(Value::String).map_err(|error| error.to_string())?,
    };
    Ok(value)
}

fn context() -> Value {
    let fetch: Value = serde_json::from_str(&FETCH.replace("1e400", "1e40")).expect("a fixture");
    let mut output = fetch["output"].clone();
    output["meta"] = serde_json::from_str(META).expect("a fixture");
    serde_json::json!({
        "fetch": output,
        "inputs": {"account": "12345", "limit": 5, "deep": {"a": {"b": [1, {"c": "d"}]}}},
        "chain": {"id": "chn_1"},
    })
}

fn worth(json: &str) -> Value {
    serde_json::from_str(json).expect("JSON")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_expression_gives_what_minijinja_gives(seed: u64) {
        let mut writer = Writer { random: fastrand::Rng::with_seed(seed) };
        let expression = writer.any(5);
        let template = format!("{{{{ {expression} }}}}");
        match (ours(&template), by_minijinja(&template)) {
            (Ok(ours), Ok(theirs)) => prop_assert!(is_same(&ours, &theirs), "{}: {} and {}", expression, ours, theirs),
            // What is missing stays so through a path, until `default` mends it.
            (Ok(_), Err(theirs)) if theirs.contains("undefined value") => {}
            // We are stricter: nothing undefined is put into a list or handed to a filter.
            (Err(ours), Ok(_)) if ours.contains("is undefined") => {}
            (ours, theirs) => prop_assert!(ours.is_err() && theirs.is_err(), "{}: {:?} and {:?}", expression, ours, theirs),
        }
    }
}

fn ours(template: &str) -> Result<Value, String> {
    let (fetch, meta) = (Json::parse(FETCH).expect("a fixture"), Json::parse(META).expect("a fixture"));
    let scope = Scope::new().with_node("fetch", Held::Whole(fetch.as_raw()), meta.as_raw());
    let inputs = Json::from_value(&template).expect("a text");
    bind(&inputs, &scope).map(|bound| worth(bound.as_str())).map_err(|fault| fault.to_string())
}

/// Writes expressions over the fixture, of a type that is asked for. (What is not a text is shown otherwise within a text: see
/// the crate's documentation. So nothing else is put into one.)
struct Writer {
    random: fastrand::Rng,
}

impl Writer {
    fn one<'c>(&mut self, choices: &[&'c str]) -> &'c str {
        choices[self.random.usize(..choices.len())]
    }

    fn any(&mut self, depth: u8) -> String {
        match self.random.u8(..5) {
            0 => self.text(depth),
            1 => self.number(depth),
            2 => self.truth(depth),
            3 => self.numbers(depth),
            _ => self.texts(depth),
        }
    }

    fn text(&mut self, depth: u8) -> String {
        let Some(depth) = depth.checked_sub(1) else {
            return self
                .one(&["fetch.name", "fetch.empty", "fetch.padded", "fetch.quote", "'aba'", "'B'", "fetch.words[0]"])
                .to_owned();
        };
        match self.random.u8(..6) {
            0 => format!("({} {} {})", self.text(depth), self.one(&["~", "+"]), self.text(depth)),
            1 => {
                let filter = self.one(&[
                    "upper",
                    "lower",
                    "title",
                    "capitalize",
                    "trim",
                    "trim('a')",
                    "replace('a', 'bc')",
                    "reverse",
                    "string",
                    "default('x', true)",
                ]);
                format!("({} | {filter})", self.text(depth))
            }
            2 => format!("({} | join({}))", self.texts(depth), self.text(0)),
            3 => format!("({} if {} else {})", self.text(depth), self.truth(depth), self.text(depth)),
            4 => format!("({} | {})", self.texts(depth), self.one(&["first", "last", "min"])),
            // Not backwards: of an empty text MiniJinja 3.0.5 panics then.
            _ => format!("({}[{}:])", self.text(depth), self.one(&["1", "-2", ""])),
        }
    }

    fn number(&mut self, depth: u8) -> String {
        let Some(depth) = depth.checked_sub(1) else {
            return match self.random.u8(..3) {
                0 => self.one(&["fetch.count", "fetch.negative", "fetch.ratio", "fetch.numbers[0]"]).to_owned(),
                1 => self.random.i32(-9..10).to_string(),
                _ => format!("{:?}", f64::from(self.random.i32(-99..100)) / 8.0),
            };
        };
        match self.random.u8(..6) {
            0 | 1 => {
                let sign = self.one(&["+", "-", "*", "/", "//", "%"]);
                format!("({} {sign} {})", self.number(depth), self.number(depth))
            }
            2 => format!("({} | {})", self.number(depth), self.one(&["abs", "int", "float", "default(1, true)"])),
            3 => format!("({} | {})", self.numbers(depth), self.one(&["sum", "first", "last", "min", "length"])),
            4 => format!("({} | length)", self.text(depth)),
            _ => format!("(-{})", self.number(depth)),
        }
    }

    fn truth(&mut self, depth: u8) -> String {
        let Some(depth) = depth.checked_sub(1) else {
            return self
                .one(&["fetch.flag", "fetch.off", "true", "(fetch.gone is defined)", "(fetch.nothing is none)"])
                .to_owned();
        };
        match self.random.u8(..6) {
            0 => {
                let sign = self.one(&["==", "!=", "<", "<=", ">", ">="]);
                format!("({} {sign} {})", self.number(depth), self.number(depth))
            }
            1 => {
                let sign = self.one(&["==", "!=", "<", ">=", "in", "not in"]);
                format!("({} {sign} {})", self.text(depth), self.text(depth))
            }
            2 => format!("({} {} {})", self.truth(depth), self.one(&["and", "or"]), self.truth(depth)),
            3 => format!("(not {})", self.any(depth)),
            4 => format!("({} in {})", self.text(depth), self.texts(depth)),
            _ => {
                let trial = self.one(&[
                    "defined", "string", "number", "boolean", "mapping", "none", "integer", "float", "iterable",
                ]);
                format!("({} is {} {trial})", self.any(depth), self.one(&["", "not"]))
            }
        }
    }

    fn numbers(&mut self, depth: u8) -> String {
        let Some(depth) = depth.checked_sub(1) else {
            return self.one(&["fetch.numbers", "fetch.none", "[1, 2.5]"]).to_owned();
        };
        match self.random.u8(..4) {
            0 => format!("[{}, {}]", self.number(depth), self.number(depth)),
            1 => format!("({} + {})", self.numbers(depth), self.numbers(depth)),
            _ => format!("({} | {})", self.numbers(depth), self.of_lists()),
        }
    }

    fn texts(&mut self, depth: u8) -> String {
        let Some(depth) = depth.checked_sub(1) else {
            return self.one(&["fetch.words", "fetch.none", "fetch.customer.tags"]).to_owned();
        };
        match self.random.u8(..5) {
            0 => format!("[{}, {}]", self.text(depth), self.text(depth)),
            1 => format!("({} + {})", self.texts(depth), self.texts(depth)),
            2 => format!("({} | map('{}') | list)", self.texts(depth), self.one(&["upper", "title", "trim"])),
            3 => format!("({} | split({}))", self.text(depth), self.one(&["'a'", "' '", ""])),
            _ => format!("({} | {})", self.texts(depth), self.of_lists()),
        }
    }

    fn of_lists(&mut self) -> &'static str {
        self.one(&[
            "list",
            "reverse | list",
            "sort",
            "sort(reverse=true)",
            "unique | list",
            "select | list",
            "reject | list",
            "select('in', fetch.words) | list",
            "list | default([], true)",
        ])
    }
}

/// Equal, but for the last digit of a fraction: what reads the JSON of both is not exact there.
fn is_same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| is_same(ours, theirs))
        }
        (Value::Number(ours), Value::Number(theirs)) if ours.is_f64() && theirs.is_f64() => {
            let (ours, theirs) = (ours.as_f64().unwrap_or(f64::NAN), theirs.as_f64().unwrap_or(f64::NAN));
            (ours - theirs).abs() <= ours.abs() * 1e-15
        }
        (ours, theirs) => ours == theirs,
    }
}
