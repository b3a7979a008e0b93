//! Parts of an answer: RFC 9110 sections 13.1.5 and 14, row by row.

use cxpulse_core::time::Span;
use cxpulse_sim::Reply;
use expect_test::{Expect, expect};

use crate::tenant::{Tenant, body, line};

#[test]
fn a_whole_answer_says_that_it_has_parts() {
    let mut tenant = Tenant::new();
    let reply = query(&mut tenant, &[]);
    assert_eq!((reply.status, reply.header("accept-ranges")), (200, Some("bytes")));
    let tag = reply.header("etag").expect("a tag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 16, "{tag}");
    assert_eq!(query(&mut tenant, &[]).header("etag"), Some(&*tag), "the same bytes");
    tenant.faults(r#"{"history": {"total": "too_many"}}"#);
    assert_ne!(query(&mut tenant, &[]).header("etag"), Some(&*tag), "other bytes");
}

#[test]
fn each_form_of_a_range() {
    check("bytes=0-9", expect!["206 of 10 at 0 bytes 0-9/T"]);
    check("bytes=10-", expect!["206 of T-10 at 10 bytes 10-L/T"]);
    check("bytes=-10", expect!["206 of 10 at T-10 bytes T-10-L/T"]);
    check("bytes=0-0", expect!["206 of 1 at 0 bytes 0-0/T"]);
    check("Bytes=0-9", expect!["206 of 10 at 0 bytes 0-9/T"]);
    check("bytes=0-99999999999999999999999", expect!["206 of T at 0 bytes 0-L/T"]);
    check("bytes=-99999999999999999999999", expect!["206 of T at 0 bytes 0-L/T"]);
    // None that can be satisfied.
    check("bytes=T-", expect!["416 range_not_satisfiable bytes */T"]);
    check("bytes=99999999999999999999999-", expect!["416 range_not_satisfiable bytes */T"]);
    check("bytes=-0", expect!["416 range_not_satisfiable bytes */T"]);
    // None at all, or more than one: ignored.
    check("bytes=9-0", expect!["200 of T"]);
    check("bytes=-", expect!["200 of T"]);
    check("bytes=", expect!["200 of T"]);
    check("bytes", expect!["200 of T"]);
    check("bytes=a-b", expect!["200 of T"]);
    check("bytes=+1-2", expect!["200 of T"]);
    check("bytes=0-1,4-5", expect!["200 of T"]);
    check("rows=0-9", expect!["200 of T"]);
}

#[test]
fn parts_make_the_whole() {
    let mut tenant = Tenant::new();
    let whole = query(&mut tenant, &[]);
    let tag = whole.header("etag").expect("a tag").to_owned();
    let mut joined = Vec::new();
    while joined.len() < whole.body.len() {
        let range = format!("bytes={}-{}", joined.len(), joined.len() + 9_999);
        let part = query(&mut tenant, &[("Range", &range), ("If-Range", &tag)]);
        assert_eq!((part.status, part.header("etag")), (206, Some(&*tag)));
        joined.extend(part.body);
    }
    assert_eq!(joined, whole.body);
}

#[test]
fn a_part_of_what_is_no_more_is_the_whole_of_what_is() {
    let mut tenant = Tenant::new();
    let tag = query(&mut tenant, &[]).header("etag").expect("a tag").to_owned();
    let mut status = |if_range: &str| query(&mut tenant, &[("Range", "bytes=5-9"), ("If-Range", if_range)]).status;
    assert_eq!(status(&tag), 206);
    // A weak tag never compares as strong, and there is no date to compare with.
    assert_eq!(status(&format!("W/{tag}")), 200);
    assert_eq!(status("Sat, 21 Nov 2026 10:00:00 GMT"), 200);
    assert_eq!(status("\"another\""), 200);
    // What is beyond an answer of another time is not beyond at all.
    let beyond = query(&mut tenant, &[("Range", "bytes=99999999-"), ("If-Range", "\"another\"")]);
    assert_eq!(beyond.status, 200);
    tenant.faults(r#"{"history": {"grows": 1}}"#);
    query(&mut tenant, &[]);
    let changed = query(&mut tenant, &[("Range", "bytes=5-9"), ("If-Range", &tag)]);
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), Some(&*tag));
}

fn query(tenant: &mut Tenant, headers: &[(&str, &str)]) -> Reply {
    let filter = format!("nodeTimestamp >= '{}'", tenant.now.minus(Span::from_secs(30 * 86_400)));
    let body = format!(r#"{{"filter": "{filter}", "limit": 20}}"#);
    let request = tenant.request("POST", "/api/v2/interactions/history/query", &body);
    let request = headers.iter().fold(request, |request, (name, value)| request.with_header(name, value));
    tenant.world.handle(&request, tenant.now)
}

/// What a range is answered with; in it and in the answer, `T` is the length of the whole and `L` its last position.
fn check(range: &str, expected: Expect) {
    let mut tenant = Tenant::new();
    let whole = query(&mut tenant, &[]).body;
    let length = whole.len();
    let reply = query(&mut tenant, &[("Range", &range.replace('T', &length.to_string()))]);
    assert_eq!(reply.header("accept-ranges"), Some("bytes"));
    let relative = |number: usize| match length - number {
        0 => "T".to_owned(),
        rest if rest < 100 => format!("T-{rest}"),
        _ => number.to_string(),
    };
    let shown = reply.header("content-range").unwrap_or_default().replace(&format!("-{}/", length - 1), "-L/");
    let shown = shown.replace(&length.to_string(), "T").replace(&(length - 10).to_string(), "T-10");
    let place = (reply.status == 206).then(|| {
        let first = shown.trim_start_matches("bytes ").split_once(['/', ' ']).map_or("", |(range, _)| range);
        let first = first.strip_suffix("-L").or(first.rsplit_once('-').map(|(first, _)| first)).unwrap_or_default();
        let first: usize = first.replace("T-10", &(length - 10).to_string()).parse().expect("a position");
        assert_eq!(reply.body, whole[first..first + reply.body.len()]);
        format!("at {}", relative(first))
    });
    let of = if reply.status == 416 { None } else { Some(format!("of {}", relative(reply.body.len()))) };
    if reply.status == 200 {
        assert_eq!(body(&reply).into_bytes(), whole);
    }
    let parts = [Some(line(&reply)), of, place, Some(shown)];
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    expected.assert_eq(&parts.join(" "));
}
