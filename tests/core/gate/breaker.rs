//! The breaker in the gate: what opens it, and who finds out that CXone is back.

use expect_test::expect;

use crate::check::check_gate;

#[test]
fn five_faults_in_a_row_close_the_way_and_one_probe_opens_it() {
    let fault = |number: u32| format!("ask c{number}; +40ms; report {number} http 500;");
    let story: String = (1..=5).map(fault).collect();
    check_gate(
        "",
        &format!("{story} ask d; +30s; ask d; ask e; +40ms; report 6 good; ask e; look"),
        &expect![[r#"
        ask c1 => granted 1 with token 1
        report 1 http 500 => 0 of 10
        ask c2 => granted 2 with token 1
        report 2 http 500 => 0 of 10
        ask c3 => granted 3 with token 1
        report 3 http 500 => 0 of 10
        ask c4 => granted 4 with token 1
        report 4 http 500 => 0 of 10
        ask c5 => granted 5 with token 1
        report 5 http 500 => 0 of 10, open 30.000 s
        ask d => leave 30000 ms: breaker_open
        ask d => granted 6 with token 1
        ask e => hold 250 ms: breaker_open
        report 6 good => 0 of 10, 1 wait
        ask e => granted 7 with token 1
        look => 1 of 10
    "#]],
    );
}

#[test]
fn what_is_wrong_with_a_call_never_counts_against_cxone() {
    check_gate(
        "breaker=1/30s/1",
        "ask a; +2ms; report 1 http 400; ask b; +2ms; report 2 http 401; ask c; +2ms; report 3 http 403; ask d; +2ms; report 4 http 404; ask e; +2ms; report 5 malformed; ask f; +2ms; report 6 http 429 after=1; +1s; ask g; +2ms; report 7 http 302; ask h; +2ms; report 8 unused; look; ask i; report 9 http 502",
        &expect![[r#"
            ask a => granted 1 with token 1
            report 1 http 400 => 0 of 10
            ask b => granted 2 with token 1
            report 2 http 401 => 0 of 10
            ask c => granted 3 with token 1
            report 3 http 403 => 0 of 10
            ask d => granted 4 with token 1
            report 4 http 404 => 0 of 10
            ask e => granted 5 with token 1
            report 5 malformed => 0 of 10
            ask f => granted 6 with token 1
            report 6 http 429 after=1 => 0 of 5, embargo 1.000 s
            ask g => granted 7 with token 1
            report 7 http 302 => 0 of 5
            ask h => granted 8 with token 1
            report 8 unused => 0 of 5
            look => 0 of 5
            ask i => granted 9 with token 1
            report 9 http 502 => 0 of 5, open 30.000 s
        "#]],
    );
}

#[test]
fn a_probe_that_fails_keeps_the_way_closed() {
    check_gate(
        "breaker=1/30s/1",
        "ask a; report 1 silent; +30s; ask b; +40ms; report 2 http 503; ask c; +30s; ask c",
        &expect![[r#"
            ask a => granted 1 with token 1
            report 1 silent => 0 of 5, open 30.000 s
            ask b => granted 2 with token 1
            report 2 http 503 => 0 of 5, open 30.000 s
            ask c => leave 30000 ms: breaker_open
            ask c => granted 3 with token 1
        "#]],
    );
}

#[test]
fn a_probe_that_hangs_counts_as_failed_at_its_deadline_and_holds_nothing() {
    check_gate(
        "breaker=1/30s/1",
        "ask a; report 1 silent; +30s; ask b; ask c; +750ms; ask c; +600ms; ask c; +28650ms; ask c; +30s; ask c; report 2 good; look",
        &expect![[r#"
            ask a => granted 1 with token 1
            report 1 silent => 0 of 5, open 30.000 s
            ask b => granted 2 with token 1
            ask c => hold 250 ms: breaker_open
            ask c => leave 29250 ms: breaker_open
            ask c => leave 28650 ms: breaker_open
            ask c => leave 30000 ms: breaker_open
            ask c => granted 3 with token 1
            report 2 good => no news
            look => 1 of 5, half_open 1 out
        "#]],
    );
}

#[test]
fn a_probe_that_was_not_made_lets_another_go() {
    check_gate(
        "breaker=1/30s/1",
        "ask a; report 1 silent; +30s; ask b; ask c; report 2 unused; ask c; report 3 good",
        &expect![[r#"
            ask a => granted 1 with token 1
            report 1 silent => 0 of 5, open 30.000 s
            ask b => granted 2 with token 1
            ask c => hold 250 ms: breaker_open
            report 2 unused => 0 of 5, 1 wait, half_open
            ask c => hold 1 ms: rate_limited
            report 3 good => nothing was let go
        "#]],
    );
}

#[test]
fn several_probes_go_at_once_and_all_must_come_back_well() {
    check_gate(
        "breaker=1/30s/3",
        "ask a; report 1 silent; +30s; ask b; +2ms; ask c; +2ms; ask d; +2ms; ask e; report 2 good; ask e; report 3 good; report 4 good; ask e",
        &expect![[r#"
            ask a => granted 1 with token 1
            report 1 silent => 0 of 5, open 30.000 s
            ask b => granted 2 with token 1
            ask c => granted 3 with token 1
            ask d => granted 4 with token 1
            ask e => hold 250 ms: breaker_open
            report 2 good => 2 of 5, 1 wait, half_open 2 out
            ask e => hold 250 ms: breaker_open
            report 3 good => 1 of 5, 1 wait, half_open 1 out
            report 4 good => 0 of 5, 1 wait
            ask e => granted 5 with token 1
        "#]],
    );
    check_gate(
        "breaker=1/30s/3",
        "ask a; report 1 silent; +30s; ask b; +2ms; ask c; report 2 good; report 3 http 500; ask d",
        &expect![[r#"
            ask a => granted 1 with token 1
            report 1 silent => 0 of 5, open 30.000 s
            ask b => granted 2 with token 1
            ask c => granted 3 with token 1
            report 2 good => 1 of 5, half_open 1 out
            report 3 http 500 => 0 of 5, open 30.000 s
            ask d => leave 30000 ms: breaker_open
        "#]],
    );
}

#[test]
fn what_was_sent_before_it_opened_says_nothing_of_now() {
    check_gate(
        "breaker=2/30s/1",
        "ask a; +2ms; ask b; +2ms; ask c; +2ms; ask d; +2ms; ask e; report 1 http 500; report 2 http 500; report 3 good; +30s; look; ask f; report 4 good; report 6 good; report 5 silent; ask g; report 7 http 500; ask h",
        &expect![[r#"
            ask a => granted 1 with token 1
            ask b => granted 2 with token 1
            ask c => granted 3 with token 1
            ask d => granted 4 with token 1
            ask e => granted 5 with token 1
            report 1 http 500 => 4 of 10
            report 2 http 500 => 3 of 10, open 30.000 s
            report 3 good => 2 of 10, open 30.000 s
            look => 2 of 10, open 0.000 s
            ask f => granted 6 with token 1
            report 4 good => 2 of 10, half_open 1 out
            report 6 good => 1 of 10
            report 5 silent => 0 of 5
            ask g => hold 1 ms: rate_limited
            report 7 http 500 => nothing was let go
            ask h => hold 1 ms: rate_limited
        "#]],
    );
}

#[test]
fn calls_that_failed_before_it_opened_do_not_open_it_again() {
    check_gate(
        "breaker=2/10s/1",
        "ask a; +2ms; ask b; +2ms; ask c; +2ms; ask d; report 1 silent; report 2 silent; +10s; ask e; +40ms; report 5 good; report 3 silent; report 4 silent; +2ms; ask f",
        &expect![[r#"
            ask a => granted 1 with token 1
            ask b => granted 2 with token 1
            ask c => granted 3 with token 1
            ask d => granted 4 with token 1
            report 1 silent => 3 of 5
            report 2 silent => 2 of 5, open 10.000 s
            ask e => granted 5 with token 1
            report 5 good => 2 of 5
            report 3 silent => 1 of 2
            report 4 silent => 0 of 2
            ask f => granted 6 with token 1
        "#]],
    );
}

#[test]
fn a_share_of_failures_opens_the_sampled_one() {
    let calls = |fates: &str| {
        let call = |(index, fate): (usize, char)| {
            let number = index + 1;
            let fate = if fate == 'x' { "http 500" } else { "good" };
            format!("ask c{number}; +2ms; report {number} {fate};")
        };
        fates.chars().enumerate().map(call).collect::<String>()
    };
    let rules = "breaker=20%/10s/20/10s/2";
    check_gate(
        rules,
        &format!("{} look", calls("xxxx...............")),
        &expect![[r#"
        ask c1 => granted 1 with token 1
        report 1 http 500 => 0 of 10
        ask c2 => granted 2 with token 1
        report 2 http 500 => 0 of 10
        ask c3 => granted 3 with token 1
        report 3 http 500 => 0 of 10
        ask c4 => granted 4 with token 1
        report 4 http 500 => 0 of 10
        ask c5 => granted 5 with token 1
        report 5 good => 0 of 10
        ask c6 => granted 6 with token 1
        report 6 good => 0 of 10
        ask c7 => granted 7 with token 1
        report 7 good => 0 of 10
        ask c8 => granted 8 with token 1
        report 8 good => 0 of 10
        ask c9 => granted 9 with token 1
        report 9 good => 0 of 10
        ask c10 => granted 10 with token 1
        report 10 good => 0 of 10
        ask c11 => granted 11 with token 1
        report 11 good => 0 of 10
        ask c12 => granted 12 with token 1
        report 12 good => 0 of 10
        ask c13 => granted 13 with token 1
        report 13 good => 0 of 10
        ask c14 => granted 14 with token 1
        report 14 good => 0 of 10
        ask c15 => granted 15 with token 1
        report 15 good => 0 of 10
        ask c16 => granted 16 with token 1
        report 16 good => 0 of 10
        ask c17 => granted 17 with token 1
        report 17 good => 0 of 10
        ask c18 => granted 18 with token 1
        report 18 good => 0 of 10
        ask c19 => granted 19 with token 1
        report 19 good => 0 of 10
        look => 0 of 10
    "#]],
    );
    check_gate(
        rules,
        &format!("{} look", calls("xxx................x")),
        &expect![[r#"
        ask c1 => granted 1 with token 1
        report 1 http 500 => 0 of 10
        ask c2 => granted 2 with token 1
        report 2 http 500 => 0 of 10
        ask c3 => granted 3 with token 1
        report 3 http 500 => 0 of 10
        ask c4 => granted 4 with token 1
        report 4 good => 0 of 10
        ask c5 => granted 5 with token 1
        report 5 good => 0 of 10
        ask c6 => granted 6 with token 1
        report 6 good => 0 of 10
        ask c7 => granted 7 with token 1
        report 7 good => 0 of 10
        ask c8 => granted 8 with token 1
        report 8 good => 0 of 10
        ask c9 => granted 9 with token 1
        report 9 good => 0 of 10
        ask c10 => granted 10 with token 1
        report 10 good => 0 of 10
        ask c11 => granted 11 with token 1
        report 11 good => 0 of 10
        ask c12 => granted 12 with token 1
        report 12 good => 0 of 10
        ask c13 => granted 13 with token 1
        report 13 good => 0 of 10
        ask c14 => granted 14 with token 1
        report 14 good => 0 of 10
        ask c15 => granted 15 with token 1
        report 15 good => 0 of 10
        ask c16 => granted 16 with token 1
        report 16 good => 0 of 10
        ask c17 => granted 17 with token 1
        report 17 good => 0 of 10
        ask c18 => granted 18 with token 1
        report 18 good => 0 of 10
        ask c19 => granted 19 with token 1
        report 19 good => 0 of 10
        ask c20 => granted 20 with token 1
        report 20 http 500 => 0 of 10, open 10.000 s
        look => 0 of 10, open 10.000 s
    "#]],
    );
    check_gate(
        rules,
        &format!("{} look", calls("xxx.................")),
        &expect![[r#"
        ask c1 => granted 1 with token 1
        report 1 http 500 => 0 of 10
        ask c2 => granted 2 with token 1
        report 2 http 500 => 0 of 10
        ask c3 => granted 3 with token 1
        report 3 http 500 => 0 of 10
        ask c4 => granted 4 with token 1
        report 4 good => 0 of 10
        ask c5 => granted 5 with token 1
        report 5 good => 0 of 10
        ask c6 => granted 6 with token 1
        report 6 good => 0 of 10
        ask c7 => granted 7 with token 1
        report 7 good => 0 of 10
        ask c8 => granted 8 with token 1
        report 8 good => 0 of 10
        ask c9 => granted 9 with token 1
        report 9 good => 0 of 10
        ask c10 => granted 10 with token 1
        report 10 good => 0 of 10
        ask c11 => granted 11 with token 1
        report 11 good => 0 of 10
        ask c12 => granted 12 with token 1
        report 12 good => 0 of 10
        ask c13 => granted 13 with token 1
        report 13 good => 0 of 10
        ask c14 => granted 14 with token 1
        report 14 good => 0 of 10
        ask c15 => granted 15 with token 1
        report 15 good => 0 of 10
        ask c16 => granted 16 with token 1
        report 16 good => 0 of 10
        ask c17 => granted 17 with token 1
        report 17 good => 0 of 10
        ask c18 => granted 18 with token 1
        report 18 good => 0 of 10
        ask c19 => granted 19 with token 1
        report 19 good => 0 of 10
        ask c20 => granted 20 with token 1
        report 20 good => 0 of 10
        look => 0 of 10
    "#]],
    );
    check_gate(
        rules,
        &format!("{} look", calls("xxxxxxxxxxxxxxxxxxx")),
        &expect![[r#"
        ask c1 => granted 1 with token 1
        report 1 http 500 => 0 of 10
        ask c2 => granted 2 with token 1
        report 2 http 500 => 0 of 10
        ask c3 => granted 3 with token 1
        report 3 http 500 => 0 of 10
        ask c4 => granted 4 with token 1
        report 4 http 500 => 0 of 10
        ask c5 => granted 5 with token 1
        report 5 http 500 => 0 of 10
        ask c6 => granted 6 with token 1
        report 6 http 500 => 0 of 10
        ask c7 => granted 7 with token 1
        report 7 http 500 => 0 of 10
        ask c8 => granted 8 with token 1
        report 8 http 500 => 0 of 10
        ask c9 => granted 9 with token 1
        report 9 http 500 => 0 of 10
        ask c10 => granted 10 with token 1
        report 10 http 500 => 0 of 10
        ask c11 => granted 11 with token 1
        report 11 http 500 => 0 of 10
        ask c12 => granted 12 with token 1
        report 12 http 500 => 0 of 10
        ask c13 => granted 13 with token 1
        report 13 http 500 => 0 of 10
        ask c14 => granted 14 with token 1
        report 14 http 500 => 0 of 10
        ask c15 => granted 15 with token 1
        report 15 http 500 => 0 of 10
        ask c16 => granted 16 with token 1
        report 16 http 500 => 0 of 10
        ask c17 => granted 17 with token 1
        report 17 http 500 => 0 of 10
        ask c18 => granted 18 with token 1
        report 18 http 500 => 0 of 10
        ask c19 => granted 19 with token 1
        report 19 http 500 => 0 of 10
        look => 0 of 10
    "#]],
    );
}

#[test]
fn calls_wait_for_a_closed_way_one_after_the_other() {
    check_gate(
        "breaker=1/30s/1 rate=10",
        "ask a; report 1 silent; ask b; ask c; ask d",
        &expect![[r#"
            ask a => granted 1 with token 1
            report 1 silent => 0 of 5, open 30.000 s
            ask b => leave 30000 ms: breaker_open
            ask c => leave 30052 ms: breaker_open
            ask d => leave 30103 ms: breaker_open
        "#]],
    );
}
