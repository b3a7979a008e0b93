//! A page in pieces of any size gives the rows of the whole.

use cxpulse_core::history::{Piece, Splitter};
use proptest::prelude::*;

#[test]
fn rows_are_found_wherever_they_stand() {
    for (page, rows, envelope) in [
        (r#"{"data":[{"a":1},{"b":[2]}],"total":2}"#, r#"{"a":1} | {"b":[2]}"#, r#"{"data":[],"total":2}"#),
        (r#"{"total": 2, "data" : [ {"a":1} , 7 ] }"#, r#"{"a":1} | 7"#, r#"{"total": 2, "data" : [ ] }"#),
        (r#"[7,"}",{"a":1},[2],null]"#, r#"7 | "}" | {"a":1} | [2] | null"#, "[]"),
        ("nonsense\n{\"a\":1}\n", r#"nonsense | {"a":1}"#, ""),
        (r#"{"steps":[{}],"data":[{"a":1}]}"#, r#"{"steps":[{}],"data":[{"a":1}]}"#, ""),
        (r#"{"kind":"steps","data":[{"a":1}]}"#, r#"{"a":1}"#, r#"{"kind":"steps","data":[]}"#),
        (
            r#"{"x":{"data":[{"no":1}]},"data":[{"a":"]}\"{"}]}"#,
            r#"{"a":"]}\"{"}"#,
            r#"{"x":{"data":[{"no":1}]},"data":[]}"#,
        ),
        (r#"[{"a":1},{"b":2}]"#, r#"{"a":1} | {"b":2}"#, "[]"),
        ("{\"a\":1}\n{\"steps\":[{}]}\n", r#"{"a":1} | {"steps":[{}]}"#, ""),
        (r#"{"data":[],"next":"c"}"#, "", r#"{"data":[],"next":"c"}"#),
        (r#"{"data":{"no":"list"}}"#, r#"{"data":{"no":"list"}}"#, ""),
    ] {
        let (found, rest) = split(page.as_bytes(), page.len());
        assert_eq!(found.join(" | ").replace(' ', ""), rows.replace(' ', ""), "{page}");
        assert_eq!(rest.map(|rest| rest.replace(' ', "")), Some(envelope.replace(' ', "")), "{page}");
    }
}

#[test]
fn a_page_that_was_cut_says_so() {
    for page in [r#"{"data":[{"a":1}"#, r#"{"data":[{"a":1}]"#, r#"{"data":[{"a":"1"#, "["] {
        assert_eq!(split(page.as_bytes(), 3).1, None, "{page}");
    }
}

#[test]
fn a_row_without_an_end_takes_no_memory_without_an_end() {
    let mut splitter = Splitter::new();
    let mut said = Vec::new();
    let mut take = |piece: Piece<'_>| said.push(told(piece));
    splitter.feed(b"{\"data\":[{\"x\":\"", &mut take);
    let block = vec![b'y'; 1 << 20];
    for _ in 0..40 {
        splitter.feed(&block, &mut take);
    }
    splitter.feed(b"\"},{\"z\":1}]}", &mut take);
    assert_eq!(said.len(), 2);
    assert!(said[0].starts_with("unreadable {\"x\":\"yyy") && said[0].len() < 100, "{}", said[0]);
    assert_eq!(said[1], "{\"z\":1}");
}

#[test]
fn what_is_no_utf_8_is_told() {
    let (rows, _) = split(b"[{\"a\":\"\xff\"},{\"b\":1}]", 4);
    assert_eq!(rows, ["unreadable {\"a\":\"\u{fffd}\"}", "{\"b\":1}"]);
}

proptest! {
    #[test]
    fn the_size_of_the_pieces_does_not_show(values in proptest::collection::vec("[a-z\"\\\\{}\\[\\],:é ]{0,12}", 0..6), size in 1_usize..40) {
        let rows: Vec<String> = values
            .iter()
            .map(|value| serde_json::json!({"interactionId": value, "steps": [{value.clone(): value}]}).to_string())
            .collect();
        let page = format!("{{\"total\":3,\"data\":[{}],\"more\":\"{{[\"}}", rows.join(",\n"));
        let (found, rest) = split(page.as_bytes(), size);
        prop_assert_eq!(found, rows);
        prop_assert_eq!(rest.as_deref(), Some("{\"total\":3,\"data\":[],\"more\":\"{[\"}"));
    }

    #[test]
    fn no_bytes_break_it(bytes in any::<Vec<u8>>(), size in 1_usize..9) {
        split(&bytes, size);
    }
}

fn split(page: &[u8], size: usize) -> (Vec<String>, Option<String>) {
    let mut splitter = Splitter::new();
    let mut rows = Vec::new();
    for chunk in page.chunks(size) {
        splitter.feed(chunk, |piece| rows.push(told(piece)));
    }
    (rows, splitter.finish().ok())
}

fn told(piece: Piece<'_>) -> String {
    match piece {
        Piece::Row(row) => row.into(),
        Piece::Unreadable(beginning) => format!("unreadable {beginning}"),
    }
}
