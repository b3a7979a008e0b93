//! Instants and their text, against `jiff`.

use cxpulse_core::time::{Rfc3339, Span, Timestamp};
use jiff::tz::{Offset, TimeZone};
use proptest::prelude::*;

const LAST: u64 = 253_402_300_799_999;

fn zoned(millis: u64, offset_seconds: i32) -> jiff::Zoned {
    let zone = TimeZone::fixed(Offset::from_seconds(offset_seconds).expect("an offset"));
    jiff::Timestamp::from_millisecond(i64::try_from(millis).expect("in range")).expect("in range").to_zoned(zone)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn an_instant_is_written_as_jiff_writes_it(millis in 0..=LAST) {
        let theirs = zoned(millis, 0).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        prop_assert_eq!(Timestamp::from_millis(millis).to_string(), theirs);
    }

    #[test]
    fn rfc_3339_is_read_with_any_offset(millis in 100_000_000..=LAST - 100_000_000, minutes in -1_439..=1_439_i32) {
        let text = zoned(millis, minutes * 60).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string();
        prop_assert_eq!(Timestamp::parse_rfc3339(&text), Ok(Timestamp::from_millis(millis)), "{}", text);
    }

    #[test]
    fn http_dates_are_read_in_all_three_forms(seconds in 0..3_124_224_000_u64) {
        let at = zoned(seconds * 1_000, 0);
        let ours = Ok(Timestamp::from_millis(seconds * 1_000));
        for form in ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"] {
            let text = at.strftime(form).to_string();
            prop_assert_eq!(Timestamp::parse_http_date(&text), ours, "{}", text);
        }
    }

    #[test]
    fn an_instant_survives_its_text(millis in 0..=LAST) {
        let text = serde_json::to_string(&Rfc3339(Timestamp::from_millis(millis))).expect("JSON");
        let read: Rfc3339 = serde_json::from_str(&text).expect("our own text");
        prop_assert_eq!(read.0.as_millis(), millis);
    }

    #[test]
    fn no_text_is_a_panic(text in ".{0,40}") {
        let _ = (Timestamp::parse_rfc3339(&text), Timestamp::parse_http_date(&text));
    }
}

#[test]
fn what_is_finer_than_a_millisecond_is_cut_off() {
    for (text, millis) in
        [("1970-01-01T00:00:00.9999Z", 999), ("1970-01-01T00:00:01.5z", 1_500), ("1970-01-01 00:00:00Z", 0)]
    {
        assert_eq!(Timestamp::parse_rfc3339(text).map(Timestamp::as_millis), Ok(millis), "{text}");
    }
}

#[test]
fn what_is_no_instant_is_refused() {
    let bad = [
        "",
        "2026-11-21",
        "2026-11-21T10:00:05",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-11-31T00:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T10:60:00Z",
        "2026-11-21T10:00:61Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2026-11-21T10:00:05.Z",
        "2026-11-21T10:00:05.1234567890Z",
        "2026-11-21T10:00:05Zjunk",
        "+026-11-21T10:00:05Z",
        "2026-11-21T10:00:05+24:00",
    ];
    for text in bad {
        assert!(Timestamp::parse_rfc3339(text).is_err(), "{text}");
    }
    for text in [
        "",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "06 Nov 1994 08:49:37 GMT",
        "784111777",
    ] {
        assert!(Timestamp::parse_http_date(text).is_err(), "{text}");
    }
}

#[test]
fn arithmetic_stays_in_range() {
    assert_eq!(Timestamp::MAX.plus(Span::from_secs(1)), Timestamp::MAX);
    assert_eq!(Timestamp::default().minus(Span::from_secs(1)), Timestamp::default());
    assert_eq!(Timestamp::default().since(Timestamp::MAX), Span::ZERO);
    for (seconds, millis) in
        [(-1.0, 0), (f64::NAN, 0), (f64::INFINITY, u64::MAX), (0.0004, 0), (0.0005, 1), (1.25, 1_250)]
    {
        assert_eq!(Span::from_secs_f64(seconds).as_millis(), millis, "{seconds}");
    }
    assert_eq!(Span::from_millis(1_001).as_secs_ceil(), 2);
}
