//! Rate-limit headers: each unit has a rule, and nonsense is as if it were not there.

use cxpulse_core::allowance::Allowance;
use expect_test::expect;
use proptest::prelude::*;

use crate::check::NOON;

/// How long no call is left, in milliseconds, for a pair of headers.
fn drought(remaining: &str, reset: &str) -> String {
    let header = |text| Some(text).filter(|text: &&str| *text != "none");
    let allowance = Allowance::read(header(remaining), header(reset), NOON);
    allowance.drought().map_or_else(|| "-".to_owned(), |span| span.as_millis().to_string())
}

#[test]
fn a_reset_is_read_in_whatever_unit_it_comes() {
    let rows = [
        ("0", "3"),
        (" 0 ", " 3 "),
        ("0", "2.5"),
        ("0", "1e1"),
        ("0", "1795255207"),
        ("0", "1795255207.5"),
        ("0", "1795255207123"),
        ("0", "Sat, 21 Nov 2026 10:00:09 GMT"),
        ("0", "999999999"),
        ("0", "1795255199"),
        ("0", "1795255199000"),
        ("0", "Sat, 21 Nov 2026 09:59:59 GMT"),
        ("0", "0"),
        ("0", "-5"),
        ("0", "NaN"),
        ("0", "inf"),
        ("0", "1e999"),
        ("0", "soon"),
        ("0", ""),
        ("0", "2026-11-21T10:00:09Z"),
        ("0", "none"),
        ("1", "3"),
        ("none", "3"),
        ("-1", "3"),
        ("0.0", "3"),
        ("99999999999999999999999", "3"),
        ("none", "none"),
    ];
    let line = |(remaining, reset): (&str, &str)| format!("{remaining:?} {reset:?} {}\n", drought(remaining, reset));
    expect![[r#"
        "0" "3" 3000
        " 0 " " 3 " 3000
        "0" "2.5" 2500
        "0" "1e1" 10000
        "0" "1795255207" 7000
        "0" "1795255207.5" 7500
        "0" "1795255207123" 7123
        "0" "Sat, 21 Nov 2026 10:00:09 GMT" 9000
        "0" "999999999" 999999999000
        "0" "1795255199" -
        "0" "1795255199000" -
        "0" "Sat, 21 Nov 2026 09:59:59 GMT" -
        "0" "0" -
        "0" "-5" -
        "0" "NaN" -
        "0" "inf" -
        "0" "1e999" -
        "0" "soon" -
        "0" "" -
        "0" "2026-11-21T10:00:09Z" -
        "0" "none" -
        "1" "3" -
        "none" "3" -
        "-1" "3" -
        "0.0" "3" -
        "99999999999999999999999" "3" -
        "none" "none" -
    "#]]
    .assert_eq(&rows.map(line).concat());
}

proptest! {
    #[test]
    fn no_header_is_a_panic(remaining in "\\PC{0,12}", reset in "[-0-9.eEaNinf ]{0,14}") {
        let _ = Allowance::read(Some(&remaining), Some(&reset), NOON).drought();
    }
}
