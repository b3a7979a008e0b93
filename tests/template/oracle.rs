//! The same expressions by MiniJinja: every row of the table, and expressions drawn at random.

use cxpulse_core::json::Json;
use cxpulse_template::{BindFaultKind, Scope, bind};
use minijinja::{Environment, UndefinedBehavior};
use proptest::prelude::*;
use serde_json::Value;

use super::conformance::ROWS;
use super::{FETCH, META};

/// Rows of the table that MiniJinja answers otherwise, and why we do.
const DIFFERENT: [(&str, &str); 9] = [
    ("{{ fetch.id }}", "a number is passed on as it was written; there it is a float by then"),
    ("{{ fetch.nothing }}", "null is a value that an input may have; there the name of a node is no value of its own"),
    ("", ""),
    ("", ""),
    ("", ""),
    ("", ""),
    ("", ""),
    ("", ""),
    ("", ""),
];

#[test]
fn minijinja_says_the_same_of_each_row() {
    let mut differing = Vec::new();
    for (template, ours) in ROWS {
        let theirs = by_minijinja(template);
        if theirs.as_ref() != Ok(&worth(ours)) {
            differing.push(format!("{template}: {theirs:?}"));
        }
    }
    let named: Vec<&str> = DIFFERENT.iter().map(|(template, _)| *template).filter(|t| !t.is_empty()).collect();
    assert_eq!(differing, named, "rows that differ, and those that are named");
}

/// What MiniJinja makes of a template, as we read templates: a sole expression keeps its type.
fn by_minijinja(template: &str) -> Result<Value, String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_keep_trailing_newline(true);
    let context = context();
    let sole = template
        .strip_prefix("{{")
        .and_then(|rest| rest.strip_suffix("}}"))
        .filter(|inner| !inner.contains("{{ ") && !inner.contains("}}{{"));
    let value = match sole {
        Some(expression) => {
            let compiled = environment.compile_expression(expression).map_err(|error| error.to_string())?;
            let value = compiled.eval(context).map_err(|error| error.to_string())?;
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

/// Expressions over the fixture, of every operator and of filters and tests that take what they are given.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("fetch.count".to_owned()),
        Just("fetch.negative".to_owned()),
        Just("fetch.ratio".to_owned()),
        Just("fetch.flag".to_owned()),
        Just("fetch.off".to_owned()),
        Just("fetch.empty".to_owned()),
        Just("fetch.name".to_owned()),
        Just("fetch.numbers".to_owned()),
        Just("fetch.words".to_owned()),
        Just("fetch.none".to_owned()),
        Just("fetch.missing".to_owned()),
        Just("fetch.customer.address.zip".to_owned()),
        (-20_i64..20).prop_map(|number| format!("({number})")),
        "[a-c]{0,3}".prop_map(|text| format!("'{text}'")),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let operator = prop::sample::select(vec![
            "+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in", "not in",
        ]);
        let pipe = prop::sample::select(vec![
            "| upper",
            "| lower",
            "| length",
            "| first",
            "| last",
            "| abs",
            "| string",
            "| list",
            "| sort | list",
            "| reverse | list",
            "| unique | list",
            "| default(1)",
            "| default('', true)",
            "| sum",
            "| min",
            "| max",
            "| join('-')",
            "| bool",
            "| title",
            "| trim('a')",
            "| replace('a', 'b')",
            "| batch(2) | list",
            "| round",
            "is defined",
            "is number",
            "is string",
            "is none",
            "is odd",
            "is sequence",
            "is mapping",
            "[0]",
            "[-1]",
            "[1:]",
            "[::-1]",
        ]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(a, operator, b)| format!("({a} {operator} {b})")),
            (inner.clone(), pipe).prop_map(|(a, pipe)| format!("({a}){pipe}")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} if {b} else {c})")),
            inner.clone().prop_map(|a| format!("(not {a})")),
            prop::collection::vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(", "))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    /// Where both have an answer it is the same; where we have one and MiniJinja refuses, or the other way round, the reason is known.
    #[test]
    fn any_expression_gives_what_minijinja_gives(expression in expression()) {
        let template = format!("{{{{ {expression} }}}}");
        let theirs = by_minijinja(&template);
        let fetch = Json::parse(FETCH).expect("a fixture");
        let meta = Json::parse(META).expect("a fixture");
        let scope = Scope::new().with_node("fetch", cxpulse_template::Held::Whole(fetch.as_raw()), meta.as_raw());
        let inputs = Json::from_value(&template).expect("a text");
        match (bind(&inputs, &scope), theirs) {
            (Ok(ours), Ok(theirs)) => prop_assert!(is_same(&worth(ours.as_str()), &theirs), "{}: {} and {}", expression, ours.as_str(), theirs),
            (Ok(ours), Err(theirs)) => prop_assert!(false, "{}: {} and {}", expression, ours.as_str(), theirs),
            (Err(ours), Ok(theirs)) => prop_assert!(ours.kind == BindFaultKind::Fault, "{}: {} and {}", expression, ours, theirs),
            (Err(_), Err(_)) => {}
        }
    }
}

fn is_same(ours: &Value, theirs: &Value) -> bool {
    ours == theirs
}
