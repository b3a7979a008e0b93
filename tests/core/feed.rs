//! A page's feed: what a page may say, what it is sent at once, and what waits for a page that reads slowly.

use cxpulse_core::feed::{BEGUN_MAX, Feed, Refusal, Sent, Slow, Unsent, WAITING_BYTES_MAX};
use cxpulse_core::json::Json;
use cxpulse_core::time::Rfc3339;
use cxpulse_core::wire::feed::{
    Asked, Leave, MESSAGE_BYTES_MAX, Seen, TAIL, Told, WATCHES_MAX, WINDOW, WINDOW_BYTES, Watch, Welcome, problem_head,
    snapshot_head,
};
use expect_test::expect;
use proptest::prelude::*;

use crate::check::NOON;

#[test]
fn a_page_says_three_things() {
    let watch = Watch { watch: "exe_1".into(), number: 7, token: Some("t".into()), after: Some(12) };
    check_read(r#"{"watch":"exe_1","as":7,"token":"t","after":12}"#, &Asked::Watch(watch.clone()));
    check_read(r#" {"as": 7, "watch": "exe_1"} "#, &Asked::Watch(Watch { token: None, after: None, ..watch.clone() }));
    check_read(
        r#"{"watch":"exe_1","as":7,"token":null,"after":null}"#,
        &Asked::Watch(Watch { token: None, after: None, ..watch }),
    );
    check_read(r#"{"leave":7}"#, &Asked::Leave(Leave { leave: 7 }));
    check_read(r#"{"seen":18446744073709551615}"#, &Asked::Seen(Seen { seen: u64::MAX }));
}

#[test]
fn anything_else_is_no_message() {
    for text in [
        "",
        "ping",
        "{}",
        "[]",
        "null",
        "{",
        r#""watch""#,
        r#"{"watch":"exe_1"}"#,
        r#"{"as":7}"#,
        r#"{"leave":-1}"#,
        r#"{"leave":4294967296}"#,
        r#"{"leave":7.0}"#,
        r#"{"leave":"7"}"#,
        r#"{"leave":7,"leave":8}"#,
        r#"{"leave":7,"seen":1}"#,
        r#"{"seen":1e3}"#,
        r#"{"watch":"exe_1","as":7,"more":1}"#,
        r#"{"watch":7,"as":7}"#,
        r#"{"leave":7}{"leave":8}"#,
    ] {
        assert_eq!(Asked::parse(text), None, "{text}");
    }
    let padded = |len: usize| format!("{{\"leave\":7}}{}", " ".repeat(len - 11));
    assert_eq!(Asked::parse(&padded(MESSAGE_BYTES_MAX)), Some(Asked::Leave(Leave { leave: 7 })), "at the limit");
    assert_eq!(Asked::parse(&padded(MESSAGE_BYTES_MAX + 1)), None, "one past it");
}

#[test]
fn the_server_says_five_things() {
    let json = |text: &str| Json::parse(text).expect("it is JSON");
    let told = [
        Told::Welcome(Welcome::at(Rfc3339(NOON))),
        Told::Watching { number: 7, watching: "exe_1".into() },
        Told::Snapshot { number: 7, snapshot: json(r#"{"id":"exe_1","big":12345678901234567890123}"#) },
        Told::Ended { number: 7, ended: true },
        Told::Problem { number: 7, problem: json(r#"{"status":404}"#) },
    ];
    let lines = told.map(|told| serde_json::to_string(&told).expect("it is JSON")).join("\n");
    expect![[r#"
        {"feed":1,"at":"2026-11-21T10:00:00.000Z","window":32,"watches_max":200}
        {"as":7,"watching":"exe_1"}
        {"as":7,"snapshot":{"id":"exe_1","big":12345678901234567890123}}
        {"as":7,"ended":true}
        {"as":7,"problem":{"status":404}}"#]]
    .assert_eq(&lines);
}

#[test]
fn what_is_put_around_a_text_makes_the_message_of_it() {
    let text = r#"{"a" : 1.10}"#;
    let json = Json::parse(text).expect("it is JSON");
    let snapshot = Told::Snapshot { number: 9, snapshot: json.clone() };
    let problem = Told::Problem { number: 9, problem: json };
    let written = |told: &Told| serde_json::to_string(told).expect("it is JSON");
    assert_eq!([&snapshot_head(9), text, TAIL].concat(), written(&snapshot));
    assert_eq!([&problem_head(9), text, TAIL].concat(), written(&problem));
}

#[test]
fn a_page_that_reads_is_sent_everything_at_once() {
    let mut feed = watching(&[1]);
    for seq in 1..=1_000_u64 {
        assert_eq!(feed.change(1, seq, 2_000), Ok(Some(seq)));
        assert_eq!(feed.see(seq), Ok(vec![]));
    }
    assert!(feed.end(1) && feed.is_idle());
}

#[test]
fn a_page_that_reads_nothing_has_only_the_latest_of_each_kept_for_it() {
    let mut feed = watching(&[1, 2, 3]);
    let window = u64::from(WINDOW);
    assert!((1..=window).all(|seq| feed.change(1, seq, 1) == Ok(Some(seq))), "the window is full now");
    for seq in 1..=500 {
        assert_eq!((feed.change(2, seq, 9), feed.change(1, 100 + seq, 9)), (Ok(None), Ok(None)));
    }
    assert!(!feed.end(2), "its last snapshot comes first");
    assert!(feed.end(3), "nothing waits for this one");
    assert_eq!(feed.see(0), Ok(vec![]));
    assert_eq!(feed.see(1), Ok(vec![Sent::Snapshot(2, 500), Sent::Ended(2)]), "who waited longest is first");
    assert_eq!(feed.see(2), Ok(vec![Sent::Snapshot(1, 600)]));
    assert_eq!(feed.see(window + 3), Err(Unsent));
    assert_eq!(feed.see(1), Ok(vec![]), "old news");
    assert!(feed.has(1) && !feed.has(2) && !feed.has(3));
}

#[test]
fn what_is_on_its_way_to_a_page_is_bounded_in_bytes_too() {
    let mut feed = watching(&[1, 2]);
    assert_eq!(feed.change(1, 1, WINDOW_BYTES - 1), Ok(Some(1)));
    assert_eq!(feed.change(1, 2, 1), Ok(Some(2)), "at the limit");
    assert_eq!(feed.change(2, 3, 1), Ok(None), "one past it");
    assert_eq!(feed.see(1), Ok(vec![Sent::Snapshot(2, 3)]), "the long one has come");
    assert_eq!(feed.change(1, 4, 3 * WINDOW_BYTES), Ok(Some(4)), "one that is longer than all may be goes by itself");
    assert_eq!(feed.change(1, 5, 1), Ok(None));
    assert_eq!(feed.see(4), Ok(vec![Sent::Snapshot(1, 5)]));
}

#[test]
fn what_waits_for_a_page_is_bounded_in_bytes() {
    let mut feed = watching(&[1, 2, 3]);
    assert_eq!(feed.change(1, 1, WINDOW_BYTES), Ok(Some(1)));
    for seq in 2..100 {
        assert_eq!(feed.change(2, seq, WAITING_BYTES_MAX), Ok(None), "one takes the place of another");
    }
    assert_eq!(feed.change(3, 100, 1), Err(Slow));
    let mut feed = watching(&[1, 2, 3]);
    assert_eq!(feed.change(1, 1, WINDOW_BYTES), Ok(Some(1)));
    assert_eq!(feed.change(2, 2, WAITING_BYTES_MAX), Ok(None));
    feed.leave(2);
    assert_eq!(feed.change(3, 3, WAITING_BYTES_MAX), Ok(None), "what is left weighs nothing");
    assert_eq!(feed.see(1), Ok(vec![Sent::Snapshot(3, 3)]));
    assert_eq!(feed.change(1, 4, WAITING_BYTES_MAX), Ok(None), "nor does what was sent");
}

#[test]
fn a_number_that_is_in_use_goes_to_the_new_watch() {
    let mut feed = watching(&[1]);
    assert!((0..u64::from(WINDOW)).all(|seq| feed.change(1, seq, 1) == Ok(Some(seq))));
    assert_eq!(feed.change(1, 99, 1), Ok(None));
    assert_eq!(feed.begin(1), Ok(()));
    assert_eq!(feed.see(1), Ok(vec![]), "what waited for the old one is gone");
    assert_eq!(feed.change(1, 100, 1), Ok(Some(100)));
}

#[test]
fn watches_are_bounded_at_once_and_in_all() {
    let mut feed: Feed<()> = Feed::default();
    assert!((0..WATCHES_MAX).all(|number| feed.begin(number).is_ok()));
    assert_eq!(feed.begin(WATCHES_MAX), Err(Refusal::TooMany));
    assert_eq!(feed.begin(0), Ok(()), "in the place of another");
    feed.leave(1);
    for number in WATCHES_MAX + 1..BEGUN_MAX {
        assert_eq!(feed.begin(number), Ok(()));
        feed.leave(number);
    }
    assert_eq!(feed.begin(1), Err(Refusal::Spent));
    assert_eq!((feed.change(1, (), 1), feed.end(1)), (Ok(None), false), "there is no such watch");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = Asked::parse(&text);
    }

    #[test]
    fn never_is_a_page_sent_more_than_the_window_and_the_last_snapshot_always_comes(
        steps in prop::collection::vec((0_u8..4, 0_u32..5), 1..400),
    ) {
        let mut feed = watching(&[0, 1, 2, 3, 4]);
        let (mut sent, mut seen, mut clock) = (0_u64, 0_u64, 0_u64);
        let (mut latest, mut told) = ([0_u64; 5], [0_u64; 5]);
        let at = |number: u32| usize::try_from(number).expect("a small number");
        for (kind, number) in steps {
            if kind < 3 {
                clock += 1;
                latest[at(number)] = clock;
                if let Some(seq) = feed.change(number, clock, 1).expect("it is little") {
                    sent += 1;
                    prop_assert!(seq > told[at(number)]);
                    told[at(number)] = seq;
                }
            } else {
                seen = sent.min(seen + u64::from(number));
                for one in feed.see(seen).expect("it was sent") {
                    if let Sent::Snapshot(number, seq) = one {
                        sent += 1;
                        prop_assert!(seq > told[at(number)], "never an older one after a newer one");
                        told[at(number)] = seq;
                    }
                }
            }
            prop_assert!(sent - seen <= u64::from(WINDOW));
        }
        for one in feed.see(sent).expect("it was sent") {
            if let Sent::Snapshot(number, seq) = one {
                told[at(number)] = seq;
            }
        }
        prop_assert_eq!(told, latest);
    }
}

fn watching(numbers: &[u32]) -> Feed<u64> {
    let mut feed = Feed::default();
    numbers.iter().for_each(|number| assert_eq!(feed.begin(*number), Ok(())));
    feed
}

fn check_read(text: &str, expected: &Asked) {
    assert_eq!(Asked::parse(text).as_ref(), Some(expected), "{text}");
}
