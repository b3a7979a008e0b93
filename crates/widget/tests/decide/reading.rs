//! What comes from the server: streams, JSON and snapshots, whole, cut or broken.

use cxpulse_element::json::Raw;
use cxpulse_element::reading::Snapshot as _;
use cxpulse_element::sse::{EVENT_BYTES_MAX, Parser, TooLong};
use cxpulse_widget::snapshot::Snapshot;

use super::script::snapshot;

#[test]
fn events_are_read_however_the_stream_is_cut() {
    let text = ": hello\r\nretry: 9\r\n\r\nevent: snapshot\rid: 1\rdata: one\rdata:two\r\rdata\n\nid: 4\n\ndata:  x\r\n\r\ndata: never";
    let whole = events(&[text]);
    assert_eq!(whole, ["one\ntwo", "", " x"]);
    for at in 0..=text.len() {
        let (head, tail) = text.split_at(at);
        assert_eq!(events(&[head, tail]), whole, "cut at {at}");
    }
    let letters: Vec<String> = text.chars().map(String::from).collect();
    assert_eq!(events(&letters.iter().map(String::as_str).collect::<Vec<_>>()), whole);
    let endless = "x".repeat(EVENT_BYTES_MAX);
    assert_eq!(Parser::default().push(&format!("data:{endless}"), |_| ()), Err(TooLong));
}

/// The cases of the web-platform-tests, `eventsource/format-*`, whose answer is the message and what their
/// `resources/message.py` puts after it: two line feeds, or none, and one more. What becomes of `id`, `event` and `retry` is
/// not looked at here, and the byte order mark of `format-bom` is taken away by the decoder before the parser.
#[test]
fn streams_are_read_as_the_web_platform_tests_have_it() {
    let long = "x".repeat(2_048);
    let comments = format!("data:1\r:\0\n:\r\ndata:2\n:{long}\rdata:3\n:data:fail\r:{long}\ndata:4\n");
    let parsing =
        "data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n";
    let (blank, none) = ("\n\n\n", "\n");
    let cases: [(&str, &str, &str, &[&str]); 16] = [
        ("format-bom", "data:1\n\n\u{feff}data:2\n\ndata:3", blank, &["1", "3"]),
        ("format-bom-2", "\u{feff}data:1\n\ndata:2\n\ndata:3", blank, &["2", "3"]),
        ("format-comments", &comments, none, &["1\n2\n3\n4"]),
        ("format-data-before-final-empty-line", "retry:1000\ndata:test1\n\nid:test\ndata:test2", none, &["test1"]),
        ("format-field-data", "data:\n\ndata\ndata\n\ndata:test", blank, &["", "\n", "test"]),
        ("format-field-event", "event:test\ndata:x\n\ndata:x", blank, &["x", "x"]),
        ("format-field-event-empty", "event: \ndata:data", blank, &["data"]),
        ("format-field-id", "id: \u{2026}\ndata:hello\n\n", none, &["hello"]),
        ("format-field-parsing", parsing, none, &["\0\n 2\n1\n3\n\n4"]),
        ("format-field-retry", "retry:03000\ndata:x", blank, &["x"]),
        ("format-field-retry-bogus", "retry:3000\nretry:1000x\ndata:x", blank, &["x"]),
        (
            "format-field-unknown",
            "data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test",
            blank,
            &["test\n\ntest"],
        ),
        ("format-leading-space", "data:\ttest\rdata: \ndata:test", blank, &["\ttest\n\ntest"]),
        ("format-newlines", "data:test\r\ndata\ndata:test\r\n\r", none, &["test\n\ntest"]),
        ("format-null-character", "data:\0\n\n", blank, &["\0"]),
        ("format-utf-8", "data:ok\u{2026}", blank, &["ok\u{2026}"]),
    ];
    for (name, message, end, expected) in cases {
        let text = [message, end].concat();
        assert_eq!(events(&[&text]), expected, "{name}");
        let letters: Vec<String> = text.chars().map(String::from).collect();
        assert_eq!(
            events(&letters.iter().map(String::as_str).collect::<Vec<_>>()),
            expected,
            "{name}, letter by letter"
        );
    }
}

#[test]
fn json_is_read_and_laid_out_without_losing_a_digit() {
    let text = r#" {"a" : [1, {"b\"}":"x,]"} , 123456789012345678901234], "c":null,"d":"\u00e9\ud83d\ude00\n\ud83dx", "e":{} } "#;
    let root = Raw::first(text).expect("a value");
    assert_eq!(root.member("a").map(|it| it.items().count()), Some(3));
    assert_eq!(root.member("d").and_then(Raw::string).as_deref(), Some("é😀\n\u{fffd}x"));
    assert_eq!((root.member("c"), root.member("f")), (None, None));
    let pretty = root.pretty(10_000);
    assert!(pretty.contains("    123456789012345678901234\n  ],\n  \"c\": null"), "{pretty}");
    assert!(pretty.ends_with("\"e\": {}\n}"), "{pretty}");
    assert!(root.pretty(20).ends_with('…'));
    for broken in ["", "{", "[1,", "\"abc", "{\"a\":}", "}", "{\"a\" 1"] {
        let value = Raw::first(broken);
        assert_eq!(value.and_then(|it| it.member("a")).and_then(Raw::whole).filter(|_| !broken.contains('1')), None);
    }
}

#[test]
fn a_snapshot_without_what_matters_is_none() {
    let whole = snapshot(3, "running", "null");
    assert!(Snapshot::parse(&whole).is_some());
    for (field, broken) in [
        ("\"id\"", "\"no\""),
        ("\"seq\":3", "\"seq\":-3"),
        ("running", "strolling"),
        ("\"created_at\":\"2", "\"created_at\":\"x"),
    ] {
        assert_eq!(Snapshot::parse(&whole.replacen(field, broken, 1)), None, "{field}");
    }
    assert_eq!(Snapshot::parse(&whole[..whole.len() / 2]), None);
    let parsed = Snapshot::parse(&whole.replace("rate_limited", "something_new")).and_then(|it| it.waiting);
    assert_eq!(parsed.map(|it| it.reason), Some(None));
}

fn events(pieces: &[&str]) -> Vec<String> {
    let mut parser = Parser::default();
    let mut events = Vec::new();
    for piece in pieces {
        parser.push(piece, |data| events.push(data.to_owned())).expect("short events");
    }
    events
}
