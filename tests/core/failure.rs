//! Failures: classification is total, and `Retry-After` is read or left.

use cxpulse_core::failure::{Failure, FailureKind, MESSAGE_MAX, cut, parse_retry_after};
use expect_test::expect;
use proptest::prelude::*;

use crate::check::NOON;

#[test]
fn every_http_status_has_its_class() {
    let mut runs: Vec<(u16, u16, Option<FailureKind>)> = Vec::new();
    for status in 100..=599 {
        let kind = FailureKind::of_status(status);
        match runs.last_mut() {
            Some((_, last, known)) if *known == kind => *last = status,
            Some(_) | None => runs.push((status, status, kind)),
        }
    }
    let text =
        runs.iter().map(|(from, to, kind)| format!("{from}..={to} {}", kind.map_or("answered", FailureKind::name)));
    expect![[r#"
        100..=199 malformed
        200..=299 answered
        300..=399 malformed
        400..=400 client_error
        401..=401 auth_expired
        402..=402 client_error
        403..=403 scope_denied
        404..=404 not_found
        405..=428 client_error
        429..=429 rate_limited
        430..=499 client_error
        500..=599 transient"#]]
    .assert_eq(&text.collect::<Vec<_>>().join("\n"));
}

#[test]
fn retry_after_is_seconds_or_a_date_and_never_more_than_a_day() {
    let rows = [
        "0",
        "7",
        " 120 ",
        "86400",
        "86401",
        "99999999999999999999999",
        "Sat, 21 Nov 2026 10:00:30 GMT",
        "Saturday, 21-Nov-26 10:01:00 GMT",
        "Sat Nov 21 10:02:00 2026",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 21 Nov 2027 10:00:00 GMT",
        "",
        "-1",
        "1.5",
        "soon",
        "+7",
    ];
    let line = |text: &str| match parse_retry_after(text, NOON) {
        Some(span) => format!("{text:?}: {} s", span.as_secs_f64()),
        None => format!("{text:?}: ignored"),
    };
    expect![[r#"
        "0": 0 s
        "7": 7 s
        " 120 ": 120 s
        "86400": 86400 s
        "86401": 86400 s
        "99999999999999999999999": 86400 s
        "Sat, 21 Nov 2026 10:00:30 GMT": 30 s
        "Saturday, 21-Nov-26 10:01:00 GMT": 60 s
        "Sat Nov 21 10:02:00 2026": 120 s
        "Sun, 06 Nov 1994 08:49:37 GMT": 0 s
        "Sun, 21 Nov 2027 10:00:00 GMT": 86400 s
        "": ignored
        "-1": ignored
        "1.5": ignored
        "soon": ignored
        "+7": ignored"#]]
    .assert_eq(&rows.map(line).join("\n"));
}

#[test]
fn only_a_refusal_proves_that_a_submit_was_not_accepted() {
    let rows = [
        (401, None),
        (403, None),
        (404, None),
        (429, None),
        (500, Some("1")),
        (502, Some("1")),
        (503, None),
        (503, Some("1")),
        (504, Some("1")),
    ];
    let line = |(status, after): (u16, Option<&str>)| {
        let failure = Failure::of_answer(status, after, NOON).expect("not a 2xx");
        format!(
            "{status} {}: {}",
            after.map_or("-".to_owned(), |after| format!("retry-after {after}")),
            failure.proves_not_accepted()
        )
    };
    expect![[r#"
        401 -: true
        403 -: false
        404 -: false
        429 -: true
        500 retry-after 1: false
        502 retry-after 1: false
        503 -: false
        503 retry-after 1: true
        504 retry-after 1: false"#]]
    .assert_eq(&rows.map(line).join("\n"));
}

proptest! {
    #[test]
    fn a_cut_text_is_the_longest_prefix_that_fits(text in "\\PC{0,400}", max in 0..300_usize) {
        let head = cut(&text, max);
        prop_assert!(text.starts_with(head) && head.len() <= max);
        let next = text[head.len()..].chars().next();
        prop_assert!(next.is_none_or(|next| head.len() + next.len_utf8() > max));
    }

    #[test]
    fn a_message_is_kept_short(text in "\\PC{0,600}") {
        prop_assert!(Failure::unanswered(&text).message.len() <= MESSAGE_MAX);
    }
}
