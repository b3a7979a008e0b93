//! Notifications: in order, at least once, until they are given up, and again when an operator says so.

use cxpulse_core::outbox::{Admission, Change, DEAD_MAX, Delivery, LADDER, LetterState, OWED_MAX, Outbox, Pacing};
use cxpulse_core::time::{Span, Timestamp};
use expect_test::{Expect, expect};

use crate::check::NOON;

mod property;

const PACING: Pacing<'_> = Pacing { ladder: &LADDER, seed: 7 };

/// One try after each failure, and one more.
const SHORT: Pacing<'_> = Pacing { ladder: &[Span::from_secs(5)], seed: 7 };

fn owing(numbers: &[u64]) -> Outbox {
    let mut outbox = Outbox::default();
    let taken = Admission::Taken { dropped: None };
    numbers.iter().for_each(|number| assert_eq!(outbox.owe(*number, NOON), taken));
    outbox
}

#[test]
fn it_is_known_when_something_last_became_of_a_notification() {
    let at = |seconds| NOON.plus(Span::from_secs(seconds));
    let mut outbox = Outbox::default();
    assert_eq!(outbox.changed_at(), None);
    outbox.owe(1, at(0));
    assert_eq!((outbox.take_due(at(1)), outbox.changed_at()), (Some(1), Some(at(0))));
    outbox.delivered(1, Delivery::Failed(None), Pacing { ladder: &[], seed: 7 }, at(2));
    assert_eq!((outbox.dead(), outbox.changed_at()), (&[1][..], Some(at(2))));
    outbox.delivered(1, Delivery::Arrived, SHORT, at(3));
    assert_eq!(outbox.changed_at(), Some(at(2)), "an answer that nobody waits for");
    outbox.redrive(None, at(4));
    assert_eq!(outbox.changed_at(), Some(at(4)));
}

/// Plays a story on an outbox with a ladder of one wait. `ok`, `fail`, `gone` take what is due, after a wait where nothing
/// is yet; each line says what was sent and what that changed.
#[track_caller]
fn check(numbers: &[u64], story: &str, expect: &Expect) {
    let mut outbox = owing(numbers);
    let mut now = NOON;
    let lines: Vec<String> = story.split(';').map(|line| play(&mut outbox, line.trim(), &mut now)).collect();
    expect.assert_eq(&lines.join("\n"));
}

fn play(outbox: &mut Outbox, line: &str, now: &mut Timestamp) -> String {
    let (word, number) = line.split_once(' ').unwrap_or((line, "0"));
    let number = number.parse().expect("a number stands there");
    match word {
        "owe" => format!("{line}: {:?}", outbox.owe(number, *now)),
        "crash" => {
            outbox.interrupted();
            line.into()
        }
        "redrive" if number == 0 => format!("{line}: {:?}", outbox.redrive(None, *now)),
        "redrive" => format!("{line}: {:?}", outbox.redrive(Some(&[number]), *now)),
        "take" => format!("{line}: {:?}", outbox.take_due(*now)),
        _ => {
            let delivery = match word {
                "ok" => Delivery::Arrived,
                "gone" => Delivery::Gone,
                _ => Delivery::Failed(None),
            };
            let waited = outbox.next_wake_at().map_or(Span::ZERO, |at| at.since(*now));
            *now = now.plus(waited);
            let Some(sent) = outbox.take_due(*now) else { return format!("{line}: nothing is owed") };
            let changes = outbox.delivered(sent, delivery, SHORT, *now);
            format!("{line}: sent {sent} after {} s: {}", waited.as_millis() / 1_000, rendered(&changes))
        }
    }
}

fn rendered(changes: &[Change]) -> String {
    let change = |change: &Change| format!("{} {}", change.number, change.state.name());
    changes.iter().map(change).collect::<Vec<_>>().join(", ")
}

#[test]
fn notifications_leave_one_by_one_in_order() {
    let mut outbox = owing(&[1, 2]);
    assert_eq!(outbox.take_due(NOON), Some(1));
    assert_eq!(outbox.take_due(NOON), None, "the first is under way");
    assert_eq!(outbox.delivered(2, Delivery::Arrived, PACING, NOON), [], "the second was not sent");
    let arrived = |number| [Change { number, state: LetterState::Delivered }];
    assert_eq!(outbox.delivered(1, Delivery::Arrived, PACING, NOON), arrived(1));
    assert_eq!(outbox.delivered(1, Delivery::Arrived, PACING, NOON), [], "an answer that comes twice");
    assert_eq!(outbox.take_due(NOON), Some(2));
    assert_eq!(outbox.delivered(2, Delivery::Arrived, PACING, NOON), arrived(2));
    assert_eq!((outbox.take_due(NOON), outbox.next_wake_at(), outbox.owed()), (None, None, 0));
}

#[test]
fn what_fails_is_tried_ten_times_over_three_days() {
    let mut outbox = owing(&[1]);
    let mut waits = Vec::new();
    let mut now = NOON;
    while outbox.take_due(now) == Some(1) {
        outbox.delivered(1, Delivery::Failed(None), PACING, now);
        let Some(due_at) = outbox.next_wake_at() else { break };
        waits.push(due_at.since(now));
        now = now.max(due_at);
    }
    assert_eq!(waits.len(), LADDER.len());
    for (wait, rung) in waits.iter().zip(LADDER) {
        let most = Span::from_millis_f64(rung.as_millis_f64() * 1.1);
        assert!((rung..=most).contains(wait), "{wait:?} for {rung:?}");
    }
    assert_eq!((outbox.dead(), outbox.owed()), (&[1][..], 0));
}

#[test]
fn those_who_failed_together_do_not_come_back_together() {
    let due_at = |seed| {
        let mut outbox = owing(&[1]);
        outbox.take_due(NOON);
        outbox.delivered(1, Delivery::Failed(None), Pacing { ladder: &[Span::from_secs(300)], seed }, NOON);
        outbox.next_wake_at()
    };
    let mut instants: Vec<_> = (0..100).map(due_at).collect();
    assert_eq!(due_at(5), due_at(5), "the same seed, the same instant");
    instants.sort_unstable();
    instants.dedup();
    assert!(instants.len() > 90, "{} of 100", instants.len());
}

#[test]
fn a_dead_letter_takes_those_behind_it_along_only_where_the_next_one_fails_too() {
    check(
        &[1, 2, 3, 4],
        "fail; fail; ok; fail; fail; fail; owe 5; fail; ok",
        &expect![[r#"
            fail: sent 1 after 0 s: 1 owed
            fail: sent 1 after 5 s: 1 dead
            ok: sent 2 after 0 s: 2 delivered
            fail: sent 3 after 0 s: 3 owed
            fail: sent 3 after 5 s: 3 dead
            fail: sent 4 after 0 s: 4 dead
            owe 5: Taken { dropped: None }
            fail: sent 5 after 0 s: 5 owed
            ok: sent 5 after 5 s: 5 delivered"#]],
    );
}

#[test]
fn what_is_redriven_takes_its_old_place_before_what_waits_but_not_before_what_is_under_way() {
    check(
        &[1, 2, 3],
        "fail; fail; fail; owe 4; fail; take; redrive 3; redrive; ok; ok; ok; ok; redrive",
        &expect![[r#"
            fail: sent 1 after 0 s: 1 owed
            fail: sent 1 after 5 s: 1 dead
            fail: sent 2 after 0 s: 2 dead, 3 dead
            owe 4: Taken { dropped: None }
            fail: sent 4 after 0 s: 4 owed
            take: None
            redrive 3: [3]
            redrive: [1, 2]
            ok: sent 1 after 0 s: 1 delivered
            ok: sent 2 after 0 s: 2 delivered
            ok: sent 3 after 0 s: 3 delivered
            ok: sent 4 after 0 s: 4 delivered
            redrive: []"#]],
    );
    let mut outbox = owing(&[1, 2]);
    outbox.take_due(NOON);
    let none = Pacing { ladder: &[], seed: 0 };
    assert_eq!(rendered(&outbox.delivered(1, Delivery::Failed(None), none, NOON)), "1 dead");
    assert_eq!(outbox.take_due(NOON), Some(2));
    assert_eq!(outbox.redrive(None, NOON), [1]);
    assert_eq!(outbox.take_due(NOON), None, "the second is under way");
    assert_eq!(rendered(&outbox.delivered(2, Delivery::Arrived, none, NOON)), "2 delivered");
    assert_eq!(outbox.take_due(NOON), Some(1));
}

#[test]
fn what_is_redriven_has_the_whole_ladder_again() {
    check(
        &[1],
        "fail; fail; redrive 1; fail; fail; redrive 2",
        &expect![[r#"
            fail: sent 1 after 0 s: 1 owed
            fail: sent 1 after 5 s: 1 dead
            redrive 1: [1]
            fail: sent 1 after 0 s: 1 owed
            fail: sent 1 after 5 s: 1 dead
            redrive 2: []"#]],
    );
}

#[test]
fn a_receiver_may_ask_for_more_time_but_not_for_less() {
    let fixed = Pacing { ladder: &[Span::from_secs(5)], seed: 0 };
    for (asked, least, most) in [(1, 5_000, 5_500), (60, 60_000, 60_000), (86_400, 86_400_000, 86_400_000)] {
        let mut outbox = owing(&[1]);
        outbox.take_due(NOON);
        outbox.delivered(1, Delivery::Failed(Some(Span::from_secs(asked))), fixed, NOON);
        let waits = outbox.next_wake_at().map(|at| at.since(NOON).as_millis());
        assert!(waits.is_some_and(|waits| (least..=most).contains(&waits)), "{asked}: {waits:?}");
    }
}

#[test]
fn a_receiver_that_is_gone_gets_no_more_until_an_operator_says_so() {
    check(
        &[1, 2, 3, 4],
        "fail; fail; ok; gone; owe 5; redrive; ok; owe 6; ok",
        &expect![[r#"
            fail: sent 1 after 0 s: 1 owed
            fail: sent 1 after 5 s: 1 dead
            ok: sent 2 after 0 s: 2 delivered
            gone: sent 3 after 0 s: 3 unwanted, 4 unwanted
            owe 5: Refused
            redrive: [1]
            ok: sent 1 after 0 s: 1 delivered
            owe 6: Taken { dropped: None }
            ok: sent 6 after 0 s: 6 delivered"#]],
    );
}

#[test]
fn an_arrival_brings_the_next_one_forward() {
    let mut outbox = owing(&[2]);
    outbox.take_due(NOON);
    outbox.delivered(2, Delivery::Failed(Some(Span::from_secs(3_600))), SHORT, NOON);
    assert_eq!(outbox.take_due(NOON), None);
    let mut other = owing(&[1]);
    other.take_due(NOON);
    other.delivered(1, Delivery::Failed(None), Pacing { ladder: &[], seed: 0 }, NOON);
    other.owe(2, NOON);
    other.take_due(NOON);
    other.delivered(2, Delivery::Failed(Some(Span::from_secs(3_600))), SHORT, NOON);
    other.redrive(None, NOON);
    assert_eq!(other.take_due(NOON), Some(1));
    other.delivered(1, Delivery::Arrived, SHORT, NOON);
    assert_eq!(other.take_due(NOON), Some(2), "the receiver is there again");
}

#[test]
fn what_was_under_way_at_a_crash_or_never_came_back_is_due_again() {
    let mut outbox = owing(&[1]);
    assert_eq!(outbox.take_due(NOON), Some(1));
    outbox.interrupted();
    assert_eq!(outbox.delivered(1, Delivery::Arrived, PACING, NOON), [], "nobody waits for that answer any more");
    assert_eq!(outbox.take_due(NOON), Some(1));
    let later = outbox.next_wake_at().expect("patience ends");
    assert_eq!(outbox.take_due(later), Some(1));
}

#[test]
fn at_the_limit_the_oldest_that_is_not_under_way_makes_room_for_the_newest() {
    let numbers: Vec<u64> = (1..=OWED_MAX as u64).collect();
    let mut outbox = owing(&numbers);
    assert_eq!(outbox.owe(997, NOON), Admission::Taken { dropped: Some(1) });
    assert_eq!(outbox.take_due(NOON), Some(2));
    assert_eq!(outbox.owe(998, NOON), Admission::Taken { dropped: Some(3) });
    assert_eq!(outbox.owed(), OWED_MAX);
}

#[test]
fn at_the_limit_the_oldest_dead_letter_makes_room_and_only_as_many_are_redriven_as_there_is_room_for() {
    let none = Pacing { ladder: &[], seed: 0 };
    let mut outbox = Outbox::default();
    let mut dropped = Vec::new();
    for number in 1..=DEAD_MAX as u64 + 2 {
        outbox.owe(number, NOON);
        outbox.take_due(NOON);
        let changes = outbox.delivered(number, Delivery::Failed(None), none, NOON);
        dropped.extend(changes.into_iter().filter(|change| change.state == LetterState::Dropped));
    }
    assert_eq!(rendered(&dropped), "1 dropped, 2 dropped");
    assert_eq!(outbox.dead().len(), DEAD_MAX);
    for number in 1_001..=1_003 {
        assert_eq!(outbox.owe(number, NOON), Admission::Taken { dropped: None });
    }
    let back = outbox.redrive(None, NOON);
    assert_eq!((back.first(), back.len(), outbox.owed()), (Some(&3), OWED_MAX - 3, OWED_MAX));
    assert_eq!(outbox.dead().len(), DEAD_MAX - (OWED_MAX - 3), "the rest stays");
}

#[test]
fn an_outbox_of_before_is_read() {
    let text = r#"{"queue":[{"number":3,"tries":2,"due_at":1795255200000}],"is_gone":false,"dead":[1,2]}"#;
    let mut outbox: Outbox = serde_json::from_str(text).expect("it is read");
    assert_eq!((outbox.owed(), outbox.dead()), (1, &[1, 2][..]));
    assert_eq!(outbox.take_due(NOON), Some(3));
}
