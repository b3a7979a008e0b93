//! Decimals as JSON has them, read exactly and written for people.

use cxpulse_element::json::Raw;
use cxpulse_widget_history::number::{millionths, millis, percent, permille, scaled, time};

#[test]
fn decimals_are_read_to_the_nearest_unit_in_every_spelling() {
    let rows = [
        ("0", Some(0)),
        ("0.0", Some(0)),
        ("-0.0", Some(0)),
        ("1.5", Some(1_500)),
        ("18393.111111", Some(18_393_111)),
        ("0.0004", Some(0)),
        ("0.0005", Some(1)),
        ("-2.0005", Some(-2_001)),
        ("1e3", Some(1_000_000)),
        ("1.25E+2", Some(125_000)),
        ("6.5e-7", Some(0)),
        ("123456789012345678901234567890", Some(i64::MAX)),
        ("-1e300", Some(i64::MIN + 1)),
        ("1e-300", Some(0)),
        ("null", None),
        ("\"1\"", None),
        ("", None),
        ("-", None),
        ("1x", None),
        ("1e", None),
    ];
    for (text, expected) in rows {
        assert_eq!(scaled(text, 3), expected, "{text}");
    }
}

#[test]
fn what_a_float_says_is_what_is_read() {
    let mut seed = 7_u64;
    for _ in 0..20_000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let value = (f64::from(u32::try_from(seed >> 32).expect("32 bits")) - 2_147_483_648.0) / 1_024.0;
        let text = serde_json::to_string(&value).expect("a number");
        let read = scaled(&text, 3).expect("a number");
        assert!((value * 1_000.0 - read as f64).abs() <= 0.5 + 1e-6, "{text}: {read}");
    }
}

#[test]
fn times_and_parts_are_written_for_people() {
    let raw = |text| Raw::first(text).expect("a value");
    let words = |text| time(millis(raw(text)), '.').replace('\u{a0}', " ");
    let rows =
        [("0.0", "0 s"), ("0.35", "350 ms"), ("3.2", "3.2 s"), ("7500.0", "2 h 5 min"), ("-90.0", "−1 min 30 s")];
    for (text, expected) in rows {
        assert_eq!(words(text), expected);
    }
    let part = |text| percent(millionths(raw(text)), ',').replace('\u{a0}', " ");
    for (text, expected) in
        [("0.0", "0 %"), ("0.001182", "0,1 %"), ("0.0949", "9,5 %"), ("0.84279", "84 %"), ("1.0", "100 %")]
    {
        assert_eq!(part(text), expected);
    }
    assert_eq!((permille(0, 0), permille(1, 3), permille(9, 3)), (0, 333, 1_000));
}
