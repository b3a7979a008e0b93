//! Dates in templates: a table, and jiff's opinion of any instant.

use proptest::prelude::*;

use super::becomes;

#[test]
fn dates_are_read_shown_and_moved() {
    let rows = [
        ("{{ fetch.at | date }}", r#""2026-11-21""#),
        ("{{ fetch.at | date('%d.%m.%Y %H:%M:%S.%f') }}", r#""21.11.2026 10:00:00.250000""#),
        (
            "{{ fetch.at | date('%A, %e %B %y, %I %p, day %j, %a %b %u %w %F %T %z %Z %%') }}",
            r#""Saturday, 21 November 26, 10 AM, day 325, Sat Nov 6 6 2026-11-21 10:00:00 +0000 UTC %""#,
        ),
        ("{{ '2026-11-21T23:30:00+01:00' | date('%H:%M') }}", r#""22:30""#),
        ("{{ '2026-11-21T23:30:00-02:30' | isoformat }}", r#""2026-11-22T02:00:00Z""#),
        ("{{ fetch.at | timestamp }}", "1795255200.25"),
        ("{{ fetch.at | timestamp_ms }}", "1795255200250"),
        ("{{ fetch.day | timestamp }}", "1772236800"),
        ("{{ 0 | isoformat }}", r#""1970-01-01T00:00:00Z""#),
        ("{{ 1795255200.25 | isoformat }}", r#""2026-11-21T10:00:00.250Z""#),
        ("{{ -1 | isoformat }}", r#""1969-12-31T23:59:59Z""#),
        ("{{ '1899-12-31' | add_days(1) }}", r#""1900-01-01""#),
        ("{{ fetch.day | add_days(1) }}", r#""2026-03-01""#),
        ("{{ '2028-02-28' | add_days(1) }}", r#""2028-02-29""#),
        ("{{ fetch.day | add_days(-59) }}", r#""2025-12-31""#),
        ("{{ '2026-01-31' | add_months(1) }}", r#""2026-02-28""#),
        ("{{ '2026-01-31' | add_months(-11) }}", r#""2025-02-28""#),
        ("{{ fetch.at | add_hours(36) }}", r#""2026-11-22T22:00:00.250Z""#),
        ("{{ fetch.at | add_minutes(-1) | add_seconds(30) }}", r#""2026-11-21T09:59:30.250Z""#),
        ("{{ fetch.day | days_until(fetch.at) }}", "266"),
        ("{{ '2026-11-21T10:00:00Z' | seconds_until('2026-11-21T09:00:00Z') }}", "-3600"),
        ("{{ fetch.at | weekday }}", "6"),
    ];
    for (template, expected) in rows {
        assert_eq!(becomes(template), expected, "{template}");
    }
}

#[test]
fn what_is_no_date_is_refused() {
    for text in [
        "",
        "2026",
        "2026-13-01",
        "2026-02-29",
        "2026-00-10",
        "2026-1-1",
        "21.11.2026",
        "2026-11-21T10:00:00",
        "2026-11-21T24:00:00Z",
        "2026-11-21T10:00:00.Z",
        "2026-11-21T10:00:00+24:00",
        "2026-11-21 10:00",
        "-001-01-01",
        "2026-11-21Z",
        "２０２６-11-21",
    ] {
        assert!(becomes(&format!("{{{{ '{text}' | date }}}}")).starts_with("TEMPLATE_FAULT"), "{text}");
    }
    for call in [
        "'9999-12-31' | add_days(1)",
        "'0000-01-01' | add_days(-1)",
        "'2026-01-01' | add_months(10**30)",
        "1e300 | date",
        "10**20 | date",
    ] {
        assert!(becomes(&format!("{{{{ {call} }}}}")).starts_with("TEMPLATE_FAULT"), "{call}");
    }
}

proptest! {
    #[test]
    fn any_instant_is_what_jiff_says(millis in -62_167_219_200_000_i64..253_402_207_200_000, months in -2_400_i32..2_400) {
        let instant = jiff::Timestamp::from_millisecond(millis).expect("within range");
        let civil = instant.to_zoned(jiff::tz::TimeZone::UTC);
        let text = format!("{}", instant);
        let quoted = |text: String| format!("\"{text}\"");
        prop_assert_eq!(becomes(&format!("{{{{ '{text}' | timestamp_ms }}}}")), millis.to_string());
        prop_assert_eq!(becomes(&format!("{{{{ '{text}' | date('%Y-%m-%dT%H:%M:%S %j %a %b %u %I %p') }}}}")),
            quoted(civil.strftime("%Y-%m-%dT%H:%M:%S %j %a %b %u %I %p").to_string()));
        let moved = civil.date().checked_add(jiff::Span::new().months(months)).ok().filter(|moved| moved.year() >= 0);
        if let Some(moved) = moved {
            prop_assert_eq!(becomes(&format!("{{{{ '{}' | add_months({months}) }}}}", civil.date())), quoted(moved.to_string()));
        }
    }
}
