//! Items that are Strings, by the test suite of the HTTP working group: every case of an Item in `string`, `item`, `number`,
//! `token`, `boolean`, `binary`, `date` and `display-string` of <https://github.com/httpwg/structured-field-tests>, as of
//! June 2026, whose licence stands beside. What may or may not fail there is left out.

use cxpulse_core::structured::parse_string_item;
use proptest::prelude::*;

/// The suite's file, the case's name, the field, and what it says: a string's text, `true` for another item, or nothing.
type Vector = (String, String, String, Option<serde_json::Value>);

#[test]
fn every_string_of_the_suite_is_read_as_it_says_and_no_other_item_is_one() {
    for (file, name, field, expected) in vectors() {
        let text = expected.as_ref().and_then(|value| value.as_str()).map(str::to_owned);
        assert_eq!(parse_string_item(&field).ok(), text, "{file}: {name}");
    }
}

#[test]
fn every_item_of_the_suite_may_be_a_parameter_and_a_malformed_one_may_not() {
    let is_framed = |field: &str| field.trim() != field || field.is_empty();
    let vectors = vectors().into_iter().filter(|(file, _, field, _)| file != "item" && !is_framed(field));
    let mut count = 0;
    for (file, name, field, expected) in vectors {
        let read = parse_string_item(&format!("\"key\";a={field}"));
        assert_eq!(read.is_ok(), expected.is_some(), "{file}: {name}");
        count += 1;
    }
    assert!(count > 80, "{count} cases");
}

#[test]
fn each_character_is_allowed_as_string_generated_says() {
    for byte in 0..=0x7f_u8 {
        let character = char::from(byte);
        let is_plain = (' '..='~').contains(&character) && !matches!(character, '"' | '\\');
        assert_eq!(parse_string_item(&format!("\" {character} \"")).is_ok(), is_plain, "{byte:#04x} in string");
        let is_escaped = matches!(character, '"' | '\\');
        assert_eq!(
            parse_string_item(&format!("\"\\{character}\"")).is_ok(),
            is_escaped,
            "escaped {byte:#04x} in string"
        );
    }
}

#[test]
fn parameters_are_read_by_their_grammar_and_dropped() {
    for field in [
        "\"a\"",
        "  \"a\"  ",
        "\"a\";x",
        "\"a\";x=1;y=?0",
        "\"a\"; x=\"b;\\\"c\"",
        "\"a\";*x=tok/en:1",
        "\"a\";x-_.*9=:AQID:",
        "\"a\";x=@1659578233",
        "\"a\";x=%\"f%c3%bc\"",
        "\"a\";x=-1.5",
        "\"a\";x;x;x=2",
    ] {
        assert_eq!(parse_string_item(field).as_deref(), Ok("a"), "{field}");
    }
    for field in [
        "\"a\" ;x",
        "\"a\";",
        "\"a\";X",
        "\"a\";1",
        "\"a\";x=",
        "\"a\";x= 1",
        "\"a\";x =1",
        "\"a\";x=\"b",
        "\"a\";x=(1 2)",
        "\"a\", \"b\"",
        "\"a\" \"b\"",
        "\"a\"b",
        "a",
        "\t\"a\"",
        "\"a\"\t",
        "\"a\";x=@1.5",
        "\"a\";x=%\"f%C3%BC\"",
        "\"a\";x=:A Q:",
    ] {
        assert!(parse_string_item(field).is_err(), "{field}");
    }
}

proptest! {
    #[test]
    fn what_is_written_as_a_string_is_read_back(text in "[ -~]{0,300}") {
        let written = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        prop_assert_eq!(parse_string_item(&written), Ok(text));
    }

    #[test]
    fn no_text_does_harm(text in any::<String>()) {
        let _ = parse_string_item(&text);
        let _ = parse_string_item(&format!("\"a\";x={text}"));
    }
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("structured/vectors.json")).expect("the vectors are JSON")
}
