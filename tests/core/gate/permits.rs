//! Calls in flight: the bound, leases that end by themselves, the limit that adapts.

use expect_test::expect;

use crate::check::check_gate;

#[test]
fn no_more_calls_than_the_bound_are_in_flight() {
    check_gate(
        "in_flight=2",
        "ask a; +2ms; ask b; +2ms; ask c; report 1 good; ask c; look; report 2 good; report 3 good; look",
        &expect![[r#"
            ask a => granted 1 with token 1
            ask b => granted 2 with token 1
            ask c => hold 25 ms: permit
            report 1 good => 1 of 2, 1 wait
            ask c => granted 3 with token 1
            look => 2 of 2
            report 2 good => 1 of 2
            report 3 good => 0 of 2
            look => 0 of 2
        "#]],
    );
}

#[test]
fn a_lease_that_nobody_reports_ends_by_itself() {
    check_gate(
        "in_flight=1",
        "ask a; +44990ms; ask b; +9ms; ask b; +1ms; ask b; look; report 1 good; look",
        &expect![[r#"
            ask a => granted 1 with token 1
            ask b => hold 50 ms: permit
            ask b => hold 50 ms: permit
            ask b => granted 2 with token 1
            look => 1 of 1
            report 1 good => no news
            look => 1 of 1
        "#]],
    );
}

#[test]
fn a_report_that_comes_twice_is_no_news() {
    check_gate(
        "in_flight=2",
        "ask a; report 1 http 429 after=7; report 1 http 429 after=90; report 1 silent; look",
        &expect![[r#"
            ask a => granted 1 with token 1
            report 1 http 429 after=7 => 0 of 1, embargo 7.000 s
            report 1 http 429 after=90 => no news
            report 1 silent => no news
            look => 0 of 1, embargo 7.000 s
        "#]],
    );
}

#[test]
fn a_report_after_its_lease_has_ended_is_no_news() {
    check_gate(
        "",
        "ask a; +45s; report 1 http 429 after=90; look",
        &expect![[r#"
        ask a => granted 1 with token 1
        report 1 http 429 after=90 => no news
        look => 0 of 10
    "#]],
    );
}

#[test]
fn a_call_that_was_not_made_gives_its_permit_back_and_says_nothing() {
    check_gate(
        "in_flight=1 breaker=1/30s/1",
        "ask a; report 1 unused; +2ms; ask b",
        &expect![[r#"
        ask a => granted 1 with token 1
        report 1 unused => 0 of 1
        ask b => granted 2 with token 1
    "#]],
    );
}

#[test]
fn being_told_that_it_is_too_much_halves_the_limit_once_a_round() {
    check_gate(
        "in_flight=8",
        "ask a; +2ms; ask b; +2ms; ask c; +2ms; ask d; +40ms; report 1 http 429 after=1; report 2 http 429 after=1; report 3 silent took=42ms;
         +1s; ask e; +40ms; report 5 silent; ask f; +40ms; report 6 silent; ask g; +40ms; report 7 silent; look",
        &expect![[r#"
            ask a => granted 1 with token 1
            ask b => granted 2 with token 1
            ask c => granted 3 with token 1
            ask d => granted 4 with token 1
            report 1 http 429 after=1 => 3 of 4, embargo 1.000 s
            report 2 http 429 after=1 => 2 of 4, embargo 1.000 s
            report 3 silent took=42ms => 1 of 4, embargo 1.000 s
            ask e => granted 5 with token 1
            report 5 silent => 1 of 2
            ask f => granted 6 with token 1
            report 6 silent => 1 of 1
            ask g => hold 50 ms: permit
            report 7 silent => nothing was let go
            look => 1 of 1, 1 wait
        "#]],
    );
}

#[test]
fn slowness_counts_from_eight_answers_on_and_brings_the_limit_down() {
    let slow = |number: u32| format!("ask c{number}; +2001ms; report {number} good took=2001ms;");
    let story: String = (1..=10).map(slow).collect();
    check_gate(
        "in_flight=10",
        &story,
        &expect![[r#"
        ask c1 => granted 1 with token 1
        report 1 good took=2001ms => 0 of 10
        ask c2 => granted 2 with token 1
        report 2 good took=2001ms => 0 of 10
        ask c3 => granted 3 with token 1
        report 3 good took=2001ms => 0 of 10
        ask c4 => granted 4 with token 1
        report 4 good took=2001ms => 0 of 10
        ask c5 => granted 5 with token 1
        report 5 good took=2001ms => 0 of 10
        ask c6 => granted 6 with token 1
        report 6 good took=2001ms => 0 of 10
        ask c7 => granted 7 with token 1
        report 7 good took=2001ms => 0 of 10
        ask c8 => granted 8 with token 1
        report 8 good took=2001ms => 0 of 7
        ask c9 => granted 9 with token 1
        report 9 good took=2001ms => 0 of 7
        ask c10 => granted 10 with token 1
        report 10 good took=2001ms => 0 of 7
    "#]],
    );
}

#[test]
fn answers_within_two_seconds_are_not_slow() {
    let slow = |number: u32| format!("ask c{number}; +2s; report {number} good took=2000ms;");
    let story: String = (1..=9).map(slow).collect();
    check_gate(
        "in_flight=10",
        &format!("{story} look"),
        &expect![[r#"
        ask c1 => granted 1 with token 1
        report 1 good took=2000ms => 0 of 10
        ask c2 => granted 2 with token 1
        report 2 good took=2000ms => 0 of 10
        ask c3 => granted 3 with token 1
        report 3 good took=2000ms => 0 of 10
        ask c4 => granted 4 with token 1
        report 4 good took=2000ms => 0 of 10
        ask c5 => granted 5 with token 1
        report 5 good took=2000ms => 0 of 10
        ask c6 => granted 6 with token 1
        report 6 good took=2000ms => 0 of 10
        ask c7 => granted 7 with token 1
        report 7 good took=2000ms => 0 of 10
        ask c8 => granted 8 with token 1
        report 8 good took=2000ms => 0 of 10
        ask c9 => granted 9 with token 1
        report 9 good took=2000ms => 0 of 10
        look => 0 of 10
    "#]],
    );
}

#[test]
fn good_answers_raise_the_limit_by_one_a_round_where_it_was_what_held_calls_back() {
    check_gate(
        "in_flight=4",
        "ask a; +40ms; report 1 http 429 after=1; +1s;
         ask b; +2ms; ask c; +40ms; report 2 good; report 3 good; look;
         ask d; +2ms; ask e; +40ms; report 4 good; ask f; +40ms; report 6 good; report 5 good; look",
        &expect![[r#"
            ask a => granted 1 with token 1
            report 1 http 429 after=1 => 0 of 2, embargo 1.000 s
            ask b => granted 2 with token 1
            ask c => granted 3 with token 1
            report 2 good => 1 of 2
            report 3 good => 0 of 2
            look => 0 of 2
            ask d => granted 4 with token 1
            ask e => granted 5 with token 1
            report 4 good => 1 of 2
            ask f => granted 6 with token 1
            report 6 good => 1 of 3
            report 5 good => 0 of 3
            look => 0 of 3
        "#]],
    );
}

#[test]
fn good_answers_never_raise_the_limit_past_the_bound() {
    let round = |number: u32| format!("ask c{number}; +40ms; report {number} good;");
    let story: String = (1..=20).map(round).collect();
    check_gate(
        "in_flight=1",
        &format!("{story} look"),
        &expect![[r#"
        ask c1 => granted 1 with token 1
        report 1 good => 0 of 1
        ask c2 => granted 2 with token 1
        report 2 good => 0 of 1
        ask c3 => granted 3 with token 1
        report 3 good => 0 of 1
        ask c4 => granted 4 with token 1
        report 4 good => 0 of 1
        ask c5 => granted 5 with token 1
        report 5 good => 0 of 1
        ask c6 => granted 6 with token 1
        report 6 good => 0 of 1
        ask c7 => granted 7 with token 1
        report 7 good => 0 of 1
        ask c8 => granted 8 with token 1
        report 8 good => 0 of 1
        ask c9 => granted 9 with token 1
        report 9 good => 0 of 1
        ask c10 => granted 10 with token 1
        report 10 good => 0 of 1
        ask c11 => granted 11 with token 1
        report 11 good => 0 of 1
        ask c12 => granted 12 with token 1
        report 12 good => 0 of 1
        ask c13 => granted 13 with token 1
        report 13 good => 0 of 1
        ask c14 => granted 14 with token 1
        report 14 good => 0 of 1
        ask c15 => granted 15 with token 1
        report 15 good => 0 of 1
        ask c16 => granted 16 with token 1
        report 16 good => 0 of 1
        ask c17 => granted 17 with token 1
        report 17 good => 0 of 1
        ask c18 => granted 18 with token 1
        report 18 good => 0 of 1
        ask c19 => granted 19 with token 1
        report 19 good => 0 of 1
        ask c20 => granted 20 with token 1
        report 20 good => 0 of 1
        look => 0 of 1
    "#]],
    );
}

#[test]
fn the_limit_never_falls_below_one() {
    let round = |number: u32| format!("ask c{number}; +40ms; report {number} http 429 after=1; +1s;");
    let story: String = (1..=12).map(round).collect();
    check_gate(
        "in_flight=3",
        &format!("{story} ask last"),
        &expect![[r#"
        ask c1 => granted 1 with token 1
        report 1 http 429 after=1 => 0 of 1, embargo 1.000 s
        ask c2 => granted 2 with token 1
        report 2 http 429 after=1 => 0 of 1, embargo 1.000 s
        ask c3 => granted 3 with token 1
        report 3 http 429 after=1 => 0 of 1, embargo 1.000 s
        ask c4 => granted 4 with token 1
        report 4 http 429 after=1 => 0 of 1, embargo 1.000 s
        ask c5 => granted 5 with token 1
        report 5 http 429 after=1 => 0 of 1, embargo 1.000 s
        ask c6 => granted 6 with token 1
        report 6 http 429 after=1 => 0 of 1, embargo 1.000 s
        ask c7 => granted 7 with token 1
        report 7 http 429 after=1 => 0 of 1, embargo 1.000 s
        ask c8 => granted 8 with token 1
        report 8 http 429 after=1 => 0 of 1, embargo 1.000 s
        ask c9 => granted 9 with token 1
        report 9 http 429 after=1 => 0 of 1, embargo 1.000 s
        ask c10 => granted 10 with token 1
        report 10 http 429 after=1 => 0 of 1, embargo 1.000 s
        ask c11 => granted 11 with token 1
        report 11 http 429 after=1 => 0 of 1, embargo 1.000 s
        ask c12 => granted 12 with token 1
        report 12 http 429 after=1 => 0 of 1, embargo 1.000 s
        ask last => granted 13 with token 1
    "#]],
    );
}

#[test]
fn proxied_calls_together_have_half_of_the_permits_and_stand_in_nobodys_way() {
    check_gate(
        "in_flight=4",
        "ask a key=p half; +2ms; ask b key=p half; +2ms; ask c key=p half; +2ms; ask d; +2ms; ask e; +2ms; ask f;
         report 1 good; ask c key=p half; +25ms; ask f; report 3 good; ask f",
        &expect![[r#"
            ask a key=p half => granted 1 with token 1
            ask b key=p half => granted 2 with token 1
            ask c key=p half => hold 25 ms: permit
            ask d => granted 3 with token 1
            ask e => granted 4 with token 1
            ask f => hold 12 ms: permit
            report 1 good => 3 of 4, 2 wait
            ask c key=p half => granted 5 with token 1
            ask f => hold 10 ms: permit
            report 3 good => 3 of 4, 1 wait
            ask f => granted 6 with token 1
        "#]],
    );
}

#[test]
fn a_proxied_call_gets_the_only_permit() {
    check_gate(
        "in_flight=1",
        "ask a half; +2ms; ask b half; report 1 good; ask b half",
        &expect![[r#"
        ask a half => granted 1 with token 1
        ask b half => hold 50 ms: permit
        report 1 good => 0 of 1, 1 wait
        ask b half => granted 2 with token 1
    "#]],
    );
}

#[test]
fn who_has_half_of_the_permits_is_known_after_a_crash() {
    check_gate(
        "in_flight=4",
        "ask a half; +2ms; ask b half; crash; +2ms; ask c half; report 1 good; +25ms; ask c half; +120s; ask d half; +2ms; ask e half; +2ms; ask f half",
        &expect![[r#"
            ask a half => granted 1 with token 1
            ask b half => granted 2 with token 1
            crash => 2 of 4
            ask c half => hold 25 ms: permit
            report 1 good => 1 of 4, 1 wait
            ask c half => granted 3 with token 1
            ask d half => granted 4 with token 1
            ask e half => granted 5 with token 1
            ask f half => hold 20 ms: permit
        "#]],
    );
}
