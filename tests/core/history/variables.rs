//! What steps changed, against a naive model: whatever is remembered of one object to read the next one by shows nowhere.

use std::collections::{BTreeMap, HashMap};

use cxpulse_core::history::{Options, write_steps};
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{at, page_of, report_with};

/// One side of a step: names with the text of their values, in any order, names maybe twice.
type Side = Vec<(String, String)>;

proptest! {
    #[test]
    fn changes_are_those_that_comparing_maps_finds(
        steps in proptest::collection::vec((sides(), 0_usize..4, spaces(), 0_usize..3), 1..8)
    ) {
        let steps = told(&steps);
        let (page, expected) = (page(&steps), steps.iter().map(|step| naive(&step.0, &step.1)).collect::<Vec<_>>());
        prop_assert_eq!(lines(&page), expected.clone(), "{}", page);
        let report = report_with(&[row(&steps)], &Options { top: 1_000, ..Options::default() });
        let counted: BTreeMap<String, [u64; 4]> = report
            .changes
            .top
            .iter()
            .map(|one| (one.variable.clone(), [one.changed, one.added, one.removed, one.retyped]))
            .collect();
        prop_assert_eq!(counted, sums(&expected));
    }
}

#[test]
fn a_number_that_goes_on_is_another_one() {
    for (before, after, is_changed) in [
        ("1", "12", true),
        ("1", "1.5", true),
        ("1", "1e3", true),
        ("1", "1.0", false),
        ("100", "1e2", false),
        ("0", "-0", false),
        ("123456789012345", "123456789012346", true),
        ("9007199254740993", "9007199254740992", true),
        ("-5", "5", true),
        ("-5", "-5.0", false),
    ] {
        let side = |value: &str| vec![("x".to_owned(), value.to_owned()), ("y".to_owned(), "[]".to_owned())];
        let page = page(&[(side(before), side(after), String::new(), 0)]);
        assert_eq!(lines(&page) != [naive(&[], &[])], is_changed, "{before} and {after}");
    }
}

#[test]
fn what_is_no_json_is_found_where_the_object_before_it_was_sound() {
    let sound = page(&[(
        vec![("x".into(), "17".into())],
        vec![("x".into(), "17".into()), ("y".into(), "\"a\"".into())],
        String::new(),
        0,
    )]);
    for (from, to) in [
        ("\"x\":17,\"y\"", "\"x\":17.,\"y\""),
        ("\"x\":17,\"y\"", "\"x\":17 1,\"y\""),
        ("\"x\":17,\"y\"", "\"x\"17,\"y\""),
        ("\"x\":17,\"y\"", "\"x\":17\"y\""),
        ("\"x\":17,\"y\"", "\"x:17,\"y\""),
        ("\"y\":\"a\"}", "\"y\":\"a\"]"),
        ("\"y\":\"a\"}", "\"y\":\"a\",}"),
    ] {
        assert!(sound.contains(from), "{sound}");
        let broken = sound.replace(from, to);
        assert!(serde_json::from_str::<Value>(&broken).is_err(), "{broken}");
        assert!(write_steps(&broken, &Options::default(), &mut String::new()).is_err(), "{broken}");
    }
}

/// Both sides, which of the members of the side before stand first and how often, and where white space is.
fn sides() -> impl Strategy<Value = (Side, Side)> {
    (proptest::collection::vec(member(), 0..6), proptest::collection::vec(member(), 0..6))
}

fn member() -> impl Strategy<Value = (String, String)> {
    let name = prop_oneof![Just("a"), Just("b"), Just("ab"), Just("\\u0061"), Just("é"), Just("q\\\"")];
    let value = prop_oneof![
        Just("1"),
        Just("12"),
        Just("1.0"),
        Just("-1"),
        Just("1e1"),
        Just("true"),
        Just("false"),
        Just("null"),
        Just("\"1\""),
        Just("\"\\u0031\""),
        Just("\"x\\\"}\""),
        Just("[1, 2]"),
        Just("[1,2]"),
        Just("{\"a\":1,\"b\":2}"),
        Just("{\"b\":2,\"a\":1}"),
        Just("{}"),
    ];
    (name, value).prop_map(|(name, value)| (name.to_owned(), value.to_owned()))
}

fn spaces() -> impl Strategy<Value = String> {
    prop_oneof![Just(""), Just(" "), Just("\n\t")].prop_map(str::to_owned)
}

type Told = (Side, Side, String, usize);

/// Each step begins with what the one before ended with, and most of it stays: as CXone tells it, and as the reader expects.
fn told(steps: &[((Side, Side), usize, String, usize)]) -> Vec<Told> {
    let mut last: Side = Vec::new();
    steps
        .iter()
        .map(|((before, after), way, spaces, cut)| {
            let before = if *way == 0 { before.clone() } else { last.clone() };
            let mut end = before.clone();
            end.truncate(before.len().saturating_sub(*cut));
            if *way == 1 {
                end.splice(0..0, after.iter().cloned());
            } else {
                end.extend(after.iter().take(2).cloned());
            }
            last = end.clone();
            (before, end, spaces.clone(), *cut)
        })
        .collect()
}

fn page(steps: &[Told]) -> String {
    page_of(&[row(steps)])
}

fn row(steps: &[Told]) -> String {
    let object = |side: &Side, spaces: &str| {
        let members: Vec<String> =
            side.iter().map(|(name, value)| format!("{spaces}\"{name}\"{spaces}:{spaces}{value}{spaces}")).collect();
        format!("{{{}}}", members.join(","))
    };
    let step = |(number, (before, after, spaces, order)): (usize, &Told)| {
        let number = u64::try_from(number).expect("few");
        let mut fields = [
            "\"nodeId\":\"n\"".to_owned(),
            "\"nodeType\":\"ACTION\"".to_owned(),
            format!("\"startTime\":\"{}\"", at(number)),
            format!("\"endTime\":\"{}\"", at(number)),
            format!("\"variablesBefore\":{}", object(before, "")),
            format!("\"variablesAfter\":{}", object(after, spaces)),
        ];
        fields.rotate_left(*order);
        format!("{{{}}}", fields.join(","))
    };
    let steps: Vec<String> = steps.iter().enumerate().map(step).collect();
    format!("{{\"interactionId\":\"i\",\"steps\":[{}]}}", steps.join(","))
}

/// The changes of each line, with values as what they say.
fn lines(page: &str) -> Vec<Value> {
    let mut out = String::new();
    write_steps(page, &Options::default(), &mut out).expect("a page");
    let changes = |line: &str| {
        let mut line: Value = serde_json::from_str(line).expect("JSON");
        normal(&line["changes"].take())
    };
    out.lines().map(changes).collect()
}

/// By two maps, as anybody would do it.
fn naive(before: &[(String, String)], after: &[(String, String)]) -> Value {
    let map = |side: &[(String, String)]| -> HashMap<String, Value> {
        let said = |name: &str| serde_json::from_str(&format!("\"{name}\"")).expect("a name");
        side.iter().map(|(name, value)| (said(name), normal(&serde_json::from_str(value).expect("JSON")))).collect()
    };
    let (was, is) = (map(before), map(after));
    let mut found: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut add = |kind, name: &String, value| drop(found.entry(kind).or_default().insert(name.clone(), value));
    for (name, value) in &is {
        match was.get(name) {
            None => add("added", name, value.clone()),
            Some(old) if old == value => {}
            Some(old) => {
                let is_same_type = old.is_null() || value.is_null() || kind_of(old) == kind_of(value);
                let kind = if is_same_type { "changed" } else { "retyped" };
                add(kind, name, serde_json::json!({"before": old, "after": value}));
            }
        }
    }
    for (name, value) in was.iter().filter(|(name, _)| !is.contains_key(*name)) {
        add("removed", name, value.clone());
    }
    found.into_iter().map(|(kind, names)| (kind.to_owned(), Value::Object(names))).collect::<Map<_, _>>().into()
}

/// Numbers as floats: 1.0 says what 1 says.
fn normal(value: &Value) -> Value {
    match value {
        Value::Number(number) => serde_json::json!(number.as_f64()),
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), normal(value))).collect(),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

fn kind_of(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

fn sums(changes: &[Value]) -> BTreeMap<String, [u64; 4]> {
    let mut sums: BTreeMap<String, [u64; 4]> = BTreeMap::new();
    for change in changes {
        for (at, kind) in ["changed", "added", "removed", "retyped"].into_iter().enumerate() {
            for name in change[kind].as_object().into_iter().flat_map(Map::keys) {
                sums.entry(name.clone()).or_default()[at] += 1;
            }
        }
    }
    sums
}
