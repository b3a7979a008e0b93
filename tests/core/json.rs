//! JSON kept as text, and pointers into it by RFC 6901.

use cxpulse_core::json::{DEPTH_MAX, Json, JsonError, escape};
use expect_test::expect;
use proptest::prelude::*;

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
    fn no_text_or_pointer_is_a_panic(text in "[\\[\\]{}\",:a0 ]{0,30}", pointer in "[/~01a]{0,8}") {
        if let Ok(json) = Json::parse(&text) {
            let _ = json.pointer(&pointer);
        }
    }
}
