//! The mirrors of `cxpulse_spec::request` against the readers: what the one admits the other does, from documents that fit
//! and from such documents spoilt at any place.

use cxpulse_core::time::Timestamp;
use cxpulse_core::validate::{
    Code, Invalid, Violation, parse_batch, parse_batch_lines, parse_batch_redrive, parse_chain, parse_chain_redrive,
    parse_execution, parse_history, parse_token,
};
use cxpulse_template::Jinja;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::string::string_regex;
use serde_json::{Map, Value, json};

use super::check::{document, faults};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn requests_for_executions_are_described_as_they_are_read(body in documents("ExecutionRequest"), spoils in vec(spoil(), 0..3)) {
        agree("ExecutionRequest", &spoils.iter().fold(body, Spoil::applied), |text| parse_execution(text).err())?;
    }

    #[test]
    fn requests_for_tokens_are_described_as_they_are_read(body in documents("TokenRequest"), spoils in vec(spoil(), 0..3)) {
        agree("TokenRequest", &spoils.iter().fold(body, Spoil::applied), |text| parse_token(text).err())?;
    }

    #[test]
    fn requests_for_batches_are_described_as_they_are_read(body in documents("BatchRequest"), spoils in vec(spoil(), 0..3)) {
        let mut body = spoils.iter().fold(body, Spoil::applied);
        // Who takes bad items is told of them in the answer: a schema cannot say that of a body.
        if body["accept_valid"] == true {
            body["accept_valid"] = json!(false);
        }
        agree("BatchRequest", &body, |text| parse_batch(text).err())?;
    }

    #[test]
    fn requests_to_redrive_batches_are_described_as_they_are_read(body in documents("BatchRedriveRequest"), spoils in vec(spoil(), 0..3)) {
        agree("BatchRedriveRequest", &spoils.iter().fold(body, Spoil::applied), |text| parse_batch_redrive(text).err())?;
    }

    #[test]
    fn requests_for_chains_are_described_as_they_are_read(body in documents("ChainRequest"), spoils in vec(spoil(), 0..3)) {
        agree("ChainRequest", &spoils.iter().fold(grounded(body), Spoil::applied), |text| parse_chain(text, &Jinja).err())?;
    }

    #[test]
    fn requests_to_redrive_chains_are_described_as_they_are_read(body in documents("ChainRedriveRequest"), spoils in vec(spoil(), 0..3)) {
        agree("ChainRedriveRequest", &spoils.iter().fold(body, Spoil::applied), |text| parse_chain_redrive(text).err())?;
    }

    #[test]
    fn requests_for_histories_are_described_as_they_are_read(body in documents("HistoryRequest"), spoils in vec(spoil(), 0..3)) {
        agree("HistoryRequest", &spoils.iter().fold(body, Spoil::applied), |text| read_history(text).err())?;
    }

    #[test]
    fn a_batch_is_read_alike_as_one_document_and_as_lines(body in documents("BatchRequest"), spoils in vec(spoil(), 0..2)) {
        let body = spoils.iter().fold(body, Spoil::applied);
        let lines = lines(&body);
        prop_assume!(lines.is_some());
        let (whole, lines) = (parse_batch(&body.to_string()), parse_batch_lines(&lines.unwrap_or_default()));
        match (whole, lines) {
            (Ok(whole), Ok(lines)) => prop_assert_eq!(whole, lines),
            (Err(whole), Err(lines)) => prop_assert_eq!(whole.violations(), lines.violations()),
            (whole, lines) => prop_assert!(false, "{:?}\n{:?}", whole, lines),
        }
    }
}

/// A chain whose nodes depend on nodes that there are, each once and without a circle, and whose conditions are some.
fn grounded(mut body: Value) -> Value {
    let nodes = body.get_mut("nodes").and_then(Value::as_object_mut);
    let nodes = nodes.map(|nodes| nodes.iter_mut()).into_iter().flatten();
    let mut before: Vec<String> = Vec::new();
    for (name, node) in nodes {
        if let Some(named) = node.get_mut("depends_on") {
            let there_are = match &*named {
                Value::String(_) => before.last().map_or(Value::Null, |last| json!(last)),
                Value::Array(named) => json!(before.iter().take(named.len()).collect::<Vec<_>>()),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => named.clone(),
            };
            *named = there_are;
        }
        if let Some(when) = node.get_mut("when").filter(|when| when.is_string()) {
            *when = json!("inputs.is_wanted");
        }
        before.push(name.clone());
    }
    body
}

/// Of a tenant without a profile, at the end of time: what CXone still keeps, and what a profile takes, is a matter of the reader's own tests.
fn read_history(text: &str) -> Result<(), Invalid> {
    parse_history(text, Timestamp::MAX, |_| None).map(drop)
}

/// A batch with at least one item, an item a line after the rest.
fn lines(body: &Value) -> Option<String> {
    let mut head = body.clone();
    let payloads = head.as_object_mut()?.remove("payloads")?;
    let payloads = payloads.as_array().filter(|payloads| !payloads.is_empty())?;
    let lines: Vec<String> = [&head].into_iter().chain(payloads).map(Value::to_string).collect();
    Some(lines.join("\n"))
}

#[test]
fn what_fits_is_common_enough_to_prove_something() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    type IsRead = fn(&str) -> bool;
    let readers: [(&str, IsRead); 7] = [
        ("BatchRequest", |text| parse_batch(text).is_ok()),
        ("BatchRedriveRequest", |text| parse_batch_redrive(text).is_ok()),
        ("ChainRequest", |text| parse_chain(text, &Jinja).is_ok()),
        ("ChainRedriveRequest", |text| parse_chain_redrive(text).is_ok()),
        ("ExecutionRequest", |text| parse_execution(text).is_ok()),
        ("HistoryRequest", |text| read_history(text).is_ok()),
        ("TokenRequest", |text| parse_token(text).is_ok()),
    ];
    for (name, is_read) in readers {
        let documents = documents(name).prop_map(grounded).boxed();
        let read = (0..200)
            .filter_map(|_| documents.new_tree(&mut runner).ok())
            .filter(|tree| is_read(&proptest::strategy::ValueTree::current(tree).to_string()))
            .count();
        assert!(read > 50, "{read} of 200 generated {name}s are read");
    }
}

/// Both admit it, or neither. What a schema cannot say is left out: one field that contradicts another, an id that is another
/// item's, and a whole number that is written with a point.
fn agree(name: &str, body: &Value, read: impl Fn(&str) -> Option<Invalid>) -> Result<(), TestCaseError> {
    let faults = faults(&reference(name), body);
    let refusal = read(&body.to_string());
    let violations = refusal.as_ref().map_or(&[][..], Invalid::violations);
    let is_contradiction = |code: Code, pointer: &str| code == Code::Contradiction && pointer != "/watch";
    let is_whole =
        |pointer: &str| body.pointer(pointer).and_then(Value::as_f64).is_some_and(|number| number.fract() == 0.0);
    let counted: Vec<_> = violations
        .iter()
        .filter(|violation| !is_contradiction(violation.code, &violation.pointer))
        .filter(|violation| !(violation.code == Code::RepeatedField && violation.pointer.starts_with("/payloads/")))
        .filter(|violation| name != "ChainRequest" || !is_of_chains_only(violation))
        .filter(|violation| name != "HistoryRequest" || !faults.is_empty() || !is_of_calendars(violation))
        .filter(|violation| {
            !(violation.pointer.ends_with("/max_attempts") && is_whole(&violation.pointer) && faults.is_empty())
        })
        .collect();
    prop_assert_eq!(counted.is_empty(), faults.is_empty(), "{}\nschema: {:?}\nreader: {:?}", body, faults, violations);
    Ok(())
}

/// What of a chain only its reader knows: what its nodes need and read, and how long a key may be with a name behind it.
fn is_of_chains_only(violation: &Violation) -> bool {
    let of_graph = [Code::UnknownNode, Code::Cycle, Code::Template, Code::NotUpstream];
    let is_dependency = violation.pointer.contains("/depends_on") && violation.code == Code::RepeatedField;
    of_graph.contains(&violation.code) || is_dependency || violation.message.contains("the longest name of a node")
}

/// What of a history only its reader knows: which days there are in a month, and that a clock closes after it opens.
fn is_of_calendars(violation: &Violation) -> bool {
    let at = &violation.pointer;
    ["/start", "/end", "/business_hours/hours"].contains(&at.as_str()) || at.starts_with("/business_hours/holidays/")
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Documents of a named schema.
fn documents(name: &str) -> BoxedStrategy<Value> {
    generate(&reference(name))
}

/// Values that a schema of the description admits, as far as the mirrors use JSON Schema.
fn generate(schema: &Value) -> BoxedStrategy<Value> {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let pointer = reference.trim_start_matches('#');
        return generate(document().pointer(pointer).expect("the reference leads somewhere"));
    }
    if let Some(some) = schema.get("anyOf").and_then(Value::as_array) {
        return prop::strategy::Union::new(some.iter().map(generate)).boxed();
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return select(words.clone()).boxed();
    }
    match schema.get("type") {
        Some(Value::Array(types)) => {
            let of = |kind: &Value| {
                let mut plain = schema.clone();
                plain["type"] = kind.clone();
                generate(&plain)
            };
            prop::strategy::Union::new(types.iter().map(of)).boxed()
        }
        Some(Value::String(kind)) => of_kind(kind, schema),
        _ => any_json(),
    }
}

fn of_kind(kind: &str, schema: &Value) -> BoxedStrategy<Value> {
    let number = |name: &str, default: f64| schema.get(name).and_then(Value::as_f64).unwrap_or(default);
    match kind {
        "null" => Just(Value::Null).boxed(),
        "boolean" => any::<bool>().prop_map(Value::from).boxed(),
        "integer" => integers(schema),
        "number" => {
            let (least, most) = (number("minimum", -1e9), number("maximum", 1e9));
            prop_oneof![Just(least), Just(most), least..=most].prop_map(|number| json!(number)).boxed()
        }
        "string" => texts(schema),
        "array" => lists(schema),
        _ => objects(schema),
    }
}

fn integers(schema: &Value) -> BoxedStrategy<Value> {
    let limit = |name: &str, default: i64| schema.get(name).and_then(Value::as_i64).unwrap_or(default);
    (limit("minimum", 0)..=limit("maximum", 1_000)).prop_map(Value::from).boxed()
}

fn texts(schema: &Value) -> BoxedStrategy<Value> {
    let limit = |name: &str, default: usize| {
        schema.get(name).and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok()).unwrap_or(default)
    };
    // The reader counts the bytes of a redaction's rules, a schema can count characters only.
    let (least, most) = (limit("minLength", 0), limit("maxLength", 64));
    let pattern = schema.get("pattern").and_then(Value::as_str).unwrap_or("^[a-zé\"\\\\ ]*$");
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
    let strategy = string_regex(&readable(pattern)).expect("the pattern is one that texts can be made of");
    strategy
        .prop_filter("of the length", move |text| text.chars().count() >= least && text.len() <= most)
        .prop_map(Value::from)
        .boxed()
}

/// ECMA 262 writes a code point as `\u0000`, these patterns as `\x{0000}`.
fn readable(pattern: &str) -> String {
    let mut parts = pattern.split("\\u");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (code, rest) = part.split_at_checked(4).unwrap_or((part, ""));
        format!("{text}\\x{{{code}}}{rest}")
    })
}

fn lists(schema: &Value) -> BoxedStrategy<Value> {
    let limit = |name: &str, default: usize| {
        schema.get(name).and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok()).unwrap_or(default)
    };
    let (least, most) = (limit("minItems", 0), limit("maxItems", 4));
    let item = generate(schema.get("items").unwrap_or(&Value::Bool(true)));
    // Full lists of what may be ten thousand long are a matter of the readers' own tests.
    let full = most.min(FULL_MAX);
    prop_oneof![4 => vec(item.clone(), least..=most.min(least + 3)), 1 => vec(item, full..=full)]
        .prop_map(Value::from)
        .boxed()
}

fn objects(schema: &Value) -> BoxedStrategy<Value> {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        if let Some(member) = schema.get("additionalProperties").filter(|member| member.is_object()) {
            return vec(("[a-z_][a-z0-9_]{3,7}", generate(member)), 1..4)
                .prop_map(|fields| Value::Object(fields.into_iter().filter(|(name, _)| name != "chain").collect()))
                .prop_filter("of at least one", |map| map.as_object().is_some_and(|map| !map.is_empty()))
                .boxed();
        }
        return vec(("[a-z]{1,8}", any_json()), 0..3)
            .prop_map(|fields| Value::Object(fields.into_iter().collect()))
            .boxed();
    };
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let doors: Vec<String> = properties
        .keys()
        .filter(|name| schema.get("oneOf").is_some() && DOORS.contains(&name.as_str()))
        .cloned()
        .collect();
    let fields: Vec<BoxedStrategy<Option<(String, Value)>>> = properties
        .iter()
        .filter(|(name, _)| !doors.contains(name))
        .map(|(name, schema)| {
            let is_required = required.contains(&name.as_str());
            let name = name.clone();
            let field = generate(schema).prop_map(move |value| (name.clone(), value));
            if is_required { field.prop_map(Some).boxed() } else { prop::option::weighted(0.4, field).boxed() }
        })
        .collect();
    // Exactly one of the doors is an object.
    let opened = doors.iter().map(|door| {
        let name = door.clone();
        let inner = properties[door].pointer("/anyOf/0").unwrap_or(&properties[door]);
        generate(inner).prop_map(move |value| Some((name.clone(), value))).boxed()
    });
    let opened: Vec<_> = opened.collect();
    let door = if opened.is_empty() { Just(None).boxed() } else { prop::strategy::Union::new(opened).boxed() };
    (fields, door)
        .prop_map(|(fields, door)| fields.into_iter().chain([door]).flatten().collect::<Map<_, _>>().into())
        .boxed()
}

fn any_json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z ]{0,6}".prop_map(Value::from)
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec(("[a-z]{1,4}", inner), 0..3).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
    .boxed()
}

/// One place made wrong, or only different.
#[derive(Debug, Clone)]
struct Spoil {
    place: Index,
    with: Option<Value>,
    is_new: bool,
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let values = prop_oneof![
        any_json(),
        select(vec![
            json!(""),
            json!("default"),
            json!("-"),
            json!("a/b"),
            json!("full"),
            json!("\u{7f}"),
            json!("https://"),
            json!(" "),
            json!(0),
            json!(-1),
            json!(0.5),
            json!(5),
            json!(10_001),
            json!(1e300),
            json!([]),
            json!({}),
            json!(["read"]),
            json!(["failed", "failed"]),
        ]),
    ];
    (any::<Index>(), prop::option::weighted(0.8, values), prop::bool::weighted(0.1))
        .prop_map(|(place, with, is_new)| Spoil { place, with, is_new })
}

impl Spoil {
    fn applied(mut body: Value, spoil: &Self) -> Value {
        let mut places = Vec::new();
        pointers(&body, String::new(), &mut places);
        if places.is_empty() {
            return body;
        }
        let pointer = spoil.place.get(&places);
        let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
        match (body.pointer_mut(parent), &spoil.with) {
            (Some(Value::Object(fields)), Some(value)) => {
                let name = if spoil.is_new { format!("{name}_") } else { name.to_owned() };
                fields.insert(name, value.clone());
            }
            (Some(Value::Object(fields)), None) => {
                fields.remove(name);
            }
            (Some(Value::Array(items)), with) => {
                let at = name.parse::<usize>().unwrap_or_default();
                items.remove(at);
                items.extend(with.clone());
            }
            _ => {}
        }
        body
    }
}

fn pointers(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let at = format!("{at}/{name}");
                places.push(at.clone());
                pointers(value, at, places);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                let at = format!("{at}/{index}");
                places.push(at.clone());
                pointers(value, at, places);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The longest list that is made.
const FULL_MAX: usize = 40;

/// Fields of which exactly one is there.
const DOORS: [&str; 4] = ["start", "watch", "action_id", "definition_id"];
