//! JSON kept as text, and pointers into it by RFC 6901.

use cxpulse_core::json::{DEPTH_MAX, Json, JsonError, escape};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::Value;

const DOCUMENT: &str =
    r#"{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8}"#;

#[test]
fn pointers_are_followed_as_in_the_rfcs_examples() {
    let document = Json::parse(DOCUMENT).expect("the document");
    let rows = [
        "", "/foo", "/foo/0", "/", "/a~1b", "/c%d", "/e^f", "/g|h", "/i\\j", "/k\"l", "/ ", "/m~0n", "foo", "/foo/2",
        "/foo/-", "/foo/00", "/foo/+1", "/foo/bar", "/none", "/foo/0/x", "/m~n",
    ];
    let line = |pointer: &str| {
        format!(
            "{pointer:?} {}",
            document.pointer(pointer).map_or("-", |found| if pointer.is_empty() { "whole" } else { found.get() })
        )
    };
    expect![[r#"
        "" whole
        "/foo" ["bar", "baz"]
        "/foo/0" "bar"
        "/" 0
        "/a~1b" 1
        "/c%d" 2
        "/e^f" 3
        "/g|h" 4
        "/i\\j" 5
        "/k\"l" 6
        "/ " 7
        "/m~0n" 8
        "foo" -
        "/foo/2" -
        "/foo/-" -
        "/foo/00" -
        "/foo/+1" -
        "/foo/bar" -
        "/none" -
        "/foo/0/x" -
        "/m~n" 8"#]]
    .assert_eq(&rows.map(line).join("\n"));
}

#[test]
fn a_text_is_kept_byte_for_byte() {
    let text = r#"{"b":1e400,"a":12345678901234567890123,"a2":"\u00e4" }"#;
    assert_eq!(Json::parse(text).map(|json| json.as_str().to_owned()), Ok(text.to_owned()));
}

#[test]
fn depth_is_admitted_up_to_the_limit_and_not_past_it() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Json::parse(&nested(DEPTH_MAX)).is_ok());
    assert_eq!(Json::parse(&nested(DEPTH_MAX + 1)), Err(JsonError::TooDeep));
    assert!(Json::parse(&format!("\"{}\\\"[\"", "[".repeat(200))).is_ok(), "brackets in a string are not depth");
}

/// Spellings and the one text that each comes to.
#[track_caller]
fn check_canonical(spellings: &[&str], expect: &Expect) {
    let line = |text: &&str| format!("{text} => {}\n", Json::parse(text).expect("JSON").canonical());
    expect.assert_eq(&spellings.iter().map(line).collect::<String>());
}

#[test]
fn spellings_of_one_value_have_one_canonical_text() {
    check_canonical(
        &[
            r#"{"b": [1, 2.50, {"y":null,"x": true}], "a" :"\u00e4\/"}"#,
            r#"{"a":"ä/","b":[1.0,25e-1,{"x":true,"y":null}]}"#,
            r#"{"\uffff":1,"\ud83d\ude00":2}"#,
            "[0, -0, 0.0, -0e5, 1e2, 100, 1E+2, 0.10, -1.50e-3]",
            "[ ]",
        ],
        &expect![[r#"
            {"b": [1, 2.50, {"y":null,"x": true}], "a" :"\u00e4\/"} => {"a":"ä/","b":[1,25e-1,{"x":true,"y":null}]}
            {"a":"ä/","b":[1.0,25e-1,{"x":true,"y":null}]} => {"a":"ä/","b":[1,25e-1,{"x":true,"y":null}]}
            {"\uffff":1,"\ud83d\ude00":2} => {"￿":1,"😀":2}
            [0, -0, 0.0, -0e5, 1e2, 100, 1E+2, 0.10, -1.50e-3] => [0,0,0,0,100,100,100,1e-1,-15e-4]
            [ ] => []
        "#]],
    );
}

#[test]
fn values_that_differ_never_share_a_canonical_text() {
    check_canonical(
        &[
            "9007199254740992",
            "9007199254740993",
            "9007199254740993.0",
            "0.1",
            "0.1000000000000000055511151231257827",
            "1e-400",
            "1e400",
            "1e401",
            "1e99999999999999999999",
            "1e99999999999999999998",
            r#""\ud800""#,
            r#""\ud801""#,
            r#""\\ud800""#,
            r#""""#,
            r#"{"\ud800":1}"#,
            r#"{"\ud800":2}"#,
            "{}",
            r#"{"a":{"b":1},"c":2}"#,
            r#"{"a":{"b":1,"c":2}}"#,
        ],
        &expect![[r#"
            9007199254740992 => 9007199254740992
            9007199254740993 => 9007199254740993
            9007199254740993.0 => 9007199254740993
            0.1 => 1e-1
            0.1000000000000000055511151231257827 => 1000000000000000055511151231257827e-34
            1e-400 => 1e-400
            1e400 => 1e400
            1e401 => 1e401
            1e99999999999999999999 => 1e99999999999999999999
            1e99999999999999999998 => 1e99999999999999999998
            "\ud800" => "\ud800"
            "\ud801" => "\ud801"
            "\\ud800" => "\\ud800"
            "" => ""
            {"\ud800":1} => {"\ud800":1}
            {"\ud800":2} => {"\ud800":2}
            {} => {}
            {"a":{"b":1},"c":2} => {"a":{"b":1},"c":2}
            {"a":{"b":1,"c":2}} => {"a":{"b":1,"c":2}}
        "#]],
    );
}

#[test]
fn what_is_not_one_value_is_refused() {
    for text in ["", "{", "{}{}", "nul", "{'a': 1}", "[1,]", "\"\u{1}\"", "<html></html>"] {
        assert!(matches!(Json::parse(text), Err(JsonError::Syntax(_))), "{text}");
    }
}

proptest! {
    #[test]
    fn an_escaped_name_points_at_its_field(name in "\\PC{0,12}") {
        let document = serde_json::json!({ &name: 7, "other": 1 });
        let json = Json::from_value(&document).expect("JSON");
        let expected = document[&name].to_string();
        prop_assert_eq!(json.pointer(&format!("/{}", escape(&name))).map(|raw| raw.get().to_owned()), Some(expected));
    }

    #[test]
    fn two_shufflings_of_a_value_have_one_canonical_text(value in any_value(), seed in any::<u64>()) {
        let plain = Json::parse(&spelled(&value, None)).expect("JSON").canonical();
        let shuffled = Json::parse(&spelled(&value, Some(seed))).expect("JSON").canonical();
        prop_assert_eq!(&plain, &shuffled);
        let again = Json::parse(&plain).expect("canonical text is JSON").canonical();
        prop_assert_eq!(&again, &plain, "canonical text is its own canonical text");
    }

    #[test]
    fn two_values_have_two_canonical_texts(one in any_value(), other in any_value()) {
        let text = |value: &Value| Json::parse(&spelled(value, None)).expect("JSON").canonical();
        prop_assert_eq!(text(&one) == text(&other), one == other);
    }

    #[test]
    fn neighbouring_numbers_have_two_canonical_texts(number in any::<u128>(), zeros in 0_usize..30) {
        let text = |number: u128| Json::parse(&format!("{number}{}", "0".repeat(zeros))).expect("JSON").canonical();
        prop_assert_ne!(text(number), text(number.wrapping_add(1)));
    }

    #[test]
    fn no_text_or_pointer_is_a_panic(text in "[\\[\\]{}\",:a0 ]{0,30}", pointer in "[/~01a]{0,8}") {
        if let Ok(json) = Json::parse(&text) {
            let _ = json.pointer(&pointer);
        }
    }
}

/// Small enough that two of them are often equal.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..3).prop_map(Value::from),
        "[aä\"\\\\😀\u{1}]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[ab😀\u{ffff}]{1,2}", inner, 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// The value as text: plain, or with fields turned round, white space and escapes as the seed has it.
fn spelled(value: &Value, seed: Option<u64>) -> String {
    let space = if seed.is_some_and(|seed| seed % 2 == 1) { "\n " } else { "" };
    match value {
        Value::Null | Value::Bool(_) => value.to_string(),
        Value::Number(number) if seed.is_some_and(|seed| seed % 3 == 1) => format!("{number}.00E+0"),
        Value::Number(number) => number.to_string(),
        Value::String(text) if seed.is_some_and(|seed| seed % 5 == 1) => {
            let units = text.encode_utf16().map(|unit| format!("\\u{unit:04X}"));
            format!("\"{}\"", units.collect::<String>())
        }
        Value::String(_) => value.to_string(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| spelled(item, seed)).collect();
            format!("[{space}{}]", items.join(&format!("{space},")))
        }
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                format!("{}{space}:{}", spelled(&Value::from(name.as_str()), seed), spelled(value, seed))
            };
            let mut fields: Vec<_> = fields.iter().map(field).collect();
            if let Some(seed) = seed {
                let by = usize::try_from(seed).unwrap_or(0) % fields.len().max(1);
                fields.rotate_left(by);
            }
            format!("{{{}{space}}}", fields.join(","))
        }
    }
}
