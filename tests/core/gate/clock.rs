//! Clocks that step: nobody waits for an hour because the clock was wrong by one.

use expect_test::expect;

use crate::check::check_gate;

#[test]
fn a_step_back_takes_a_wait_with_it() {
    check_gate(
        "",
        "ask a; report 1 http 429 after=7; clock -3600s; ask b; +7s; ask b",
        &expect![[r#"
        ask a => granted 1 with token 1
        report 1 http 429 after=7 => 0 of 5, embargo 7.000 s
        clock -3600s => 2026-11-21T09:00:00.000Z
        ask b => leave 7000 ms: rate_limited
        ask b => fetch
    "#]],
    );
    check_gate(
        "breaker=1/30s/1",
        "ask a; report 1 silent; clock -3600s; ask b; +30s; ask b",
        &expect![[r#"
        ask a => granted 1 with token 1
        report 1 silent => 0 of 5, open 30.000 s
        clock -3600s => 2026-11-21T09:00:00.000Z
        ask b => leave 30000 ms: breaker_open
        ask b => fetch
    "#]],
    );
    check_gate(
        "rate=1 poll=10s",
        "ask a kind=poll; clock -3600s; ask b kind=poll; ask c",
        &expect![[r#"
            ask a kind=poll => granted 1 with token 1
            clock -3600s => 2026-11-21T09:00:00.000Z
            ask b kind=poll => leave 9620 ms: rate_limited
            ask c => hold 516 ms: rate_limited
        "#]],
    );
    check_gate(
        "tokenless",
        "ask a; refused; clock -3600s; ask a",
        &expect![[r#"
            ask a => fetch
            refused => 0 of 10, token refused 30.000 s
            clock -3600s => 2026-11-21T09:00:00.000Z
            ask a => fetch
        "#]],
    );
    check_gate(
        "breaker=1/30s/1",
        "ask a; report 1 silent; +30s; ask b; clock -3600s; ask c; +30s; ask c; +30s; ask c",
        &expect![[r#"
            ask a => granted 1 with token 1
            report 1 silent => 0 of 5, open 30.000 s
            ask b => granted 2 with token 1
            clock -3600s => 2026-11-21T09:00:30.000Z
            ask c => hold 250 ms: breaker_open
            ask c => leave 30000 ms: breaker_open
            ask c => fetch
        "#]],
    );
}

#[test]
fn a_step_back_keeps_leases_for_no_longer_than_a_new_one() {
    check_gate(
        "in_flight=1",
        "ask a; clock -3600s; ask b; +45s; ask b",
        &expect![[r#"
            ask a => granted 1 with token 1
            clock -3600s => 2026-11-21T09:00:00.000Z
            ask b => hold 50 ms: permit
            ask b => fetch
        "#]],
    );
    check_gate(
        "in_flight=1",
        "ask a; clock -3600s; ask b; report 1 good; ask b",
        &expect![[r#"
            ask a => granted 1 with token 1
            clock -3600s => 2026-11-21T09:00:00.000Z
            ask b => hold 50 ms: permit
            report 1 good => 0 of 1, 1 wait, token none
            ask b => hold 1 ms: rate_limited
        "#]],
    );
    check_gate(
        "in_flight=1",
        "ask a; clock -3600s; crash; ask b; +45s; ask b",
        &expect![[r#"
            ask a => granted 1 with token 1
            clock -3600s => 2026-11-21T09:00:00.000Z
            crash => 1 of 1, token none
            ask b => hold 50 ms: permit
            ask b => fetch
        "#]],
    );
}

#[test]
fn a_step_back_sends_nobody_who_waits_away_for_long() {
    check_gate(
        "in_flight=1",
        "ask a; +2ms; ask b; clock -3600s; ask c; report 1 good; ask c; +251ms; ask c",
        &expect![[r#"
            ask a => granted 1 with token 1
            ask b => hold 50 ms: permit
            clock -3600s => 2026-11-21T09:00:00.002Z
            ask c => hold 100 ms: permit
            report 1 good => 0 of 1, 2 wait, token none
            ask c => hold 40 ms: permit
            ask c => fetch
        "#]],
    );
}

#[test]
fn a_second_back_is_no_step() {
    check_gate(
        "",
        "ask a; report 1 http 429 after=7; clock -1s; ask b; clock -1001ms; ask b",
        &expect![[r#"
        ask a => granted 1 with token 1
        report 1 http 429 after=7 => 0 of 5, embargo 7.000 s
        clock -1s => 2026-11-21T09:59:59.000Z
        ask b => leave 8000 ms: rate_limited
        clock -1001ms => 2026-11-21T09:59:57.999Z
        ask b => leave 7000 ms: rate_limited
    "#]],
    );
}

#[test]
fn a_step_on_ends_what_it_passes() {
    check_gate(
        "in_flight=1 breaker=1/30s/1",
        "ask a; clock +3600s; ask b; report 1 silent; report 2 silent; clock +3600s; ask c; report 3 good; ask d; report 4 http 429 after=7; clock +3600s; ask e",
        &expect![[r#"
            ask a => granted 1 with token 1
            clock +3600s => 2026-11-21T11:00:00.000Z
            ask b => granted 2 with token 1
            report 1 silent => no news
            report 2 silent => 0 of 1, open 30.000 s
            clock +3600s => 2026-11-21T12:00:00.000Z
            ask c => granted 3 with token 1
            report 3 good => 0 of 1
            ask d => hold 1 ms: rate_limited
            report 4 http 429 after=7 => nothing was let go
            clock +3600s => 2026-11-21T13:00:00.000Z
            ask e => granted 4 with token 1
        "#]],
    );
}
