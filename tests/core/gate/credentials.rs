//! The token in the gate: fetched once, renewed once, and a refusal shown as what it is.

use expect_test::expect;

use crate::check::check_gate;

#[test]
fn a_call_whose_turn_has_come_fetches_a_token_where_there_is_none() {
    check_gate(
        "tokenless",
        "look; ask a; ask b; token; ask b; ask a; +2ms; ask a",
        &expect![[r#"
        look => 0 of 10, token none
        ask a => fetch
        ask b => fetch
        token => 0 of 10
        ask b => granted 1 with token 1
        ask a => hold 1 ms: rate_limited
        ask a => granted 2 with token 1
    "#]],
    );
}

#[test]
fn a_token_is_renewed_early_and_used_until_its_end_where_that_fails() {
    check_gate(
        "tokenless",
        "token 3600s; ask a; +3299s; ask b; +1s; ask c; trouble; ask c; +1s; ask d; trouble 60s; +299s; ask e; trouble; ask e",
        &expect![[r#"
            token 3600s => 0 of 10
            ask a => granted 1 with token 1
            ask b => granted 2 with token 1
            ask c => fetch
            trouble => 1 of 10
            ask c => granted 3 with token 1
            ask d => fetch
            trouble 60s => 2 of 10
            ask e => fetch
            trouble => 0 of 10, token failing 4.000 s
            ask e => leave 4000 ms: credentials
        "#]],
    );
}

#[test]
fn a_token_that_lives_briefly_is_renewed_at_half_its_life() {
    check_gate(
        "tokenless",
        "token 60s; ask a; +29s; ask b; +1s; ask c",
        &expect![[r#"
        token 60s => 0 of 10
        ask a => granted 1 with token 1
        ask b => granted 2 with token 1
        ask c => fetch
    "#]],
    );
}

#[test]
fn a_refused_token_is_renewed_once_for_all() {
    check_gate(
        "",
        "ask a; +2ms; ask b; report 1 http 401; report 2 http 401; ask a newer=1; token; ask a newer=1; +2ms; ask b newer=1; +2ms; ask c",
        &expect![[r#"
            ask a => granted 1 with token 1
            ask b => granted 2 with token 1
            report 1 http 401 => 1 of 10
            report 2 http 401 => 0 of 10
            ask a newer=1 => hold 1 ms: rate_limited
            token => 0 of 10, 1 wait
            ask a newer=1 => hold 1 ms: rate_limited
            ask b newer=1 => hold 1 ms: rate_limited
            ask c => hold 1 ms: rate_limited
        "#]],
    );
}

#[test]
fn refused_credentials_hold_everybody_and_are_shown() {
    check_gate(
        "tokenless",
        "ask a; refused; look; ask a; ask b; ask c; +29999ms; ask a; +1ms; ask a; refused; ask b; +30s; ask b; token; ask b; look",
        &expect![[r#"
            ask a => fetch
            refused => 0 of 10, token refused 30.000 s
            look => 0 of 10, token refused 30.000 s
            ask a => leave 30000 ms: credentials
            ask b => leave 30000 ms: credentials
            ask c => leave 30000 ms: credentials
            ask a => hold 1 ms: credentials
            ask a => fetch
            refused => 0 of 10, 3 wait, token refused 30.000 s
            ask b => leave 30000 ms: credentials
            ask b => fetch
            token => 0 of 10, 3 wait
            ask b => granted 1 with token 1
            look => 1 of 10, 2 wait
        "#]],
    );
}

#[test]
fn trouble_of_another_kind_climbs_a_ladder() {
    let round = |_| "ask a; trouble; +30s;";
    let story: String = (0..7).map(round).collect();
    check_gate(
        "tokenless",
        &story,
        &expect![[r#"
        ask a => fetch
        trouble => 0 of 10, token failing 1.000 s
        ask a => fetch
        trouble => 0 of 10, token failing 2.000 s
        ask a => fetch
        trouble => 0 of 10, token failing 4.000 s
        ask a => fetch
        trouble => 0 of 10, token failing 8.000 s
        ask a => fetch
        trouble => 0 of 10, token failing 16.000 s
        ask a => fetch
        trouble => 0 of 10, token failing 30.000 s
        ask a => fetch
        trouble => 0 of 10, token failing 30.000 s
    "#]],
    );
}

#[test]
fn an_embargo_and_an_open_breaker_go_before_the_token() {
    check_gate(
        "breaker=1/30s/1",
        "ask a; report 1 silent; ask b newer=1; reset; ask b",
        &expect![[r#"
        ask a => granted 1 with token 1
        report 1 silent => 0 of 5, open 30.000 s
        ask b newer=1 => leave 30000 ms: breaker_open
        reset => 0 of 10, token none
        ask b => fetch
    "#]],
    );
    check_gate(
        "",
        "ask a; report 1 http 429 after=7; ask b newer=1",
        &expect![[r#"
        ask a => granted 1 with token 1
        report 1 http 429 after=7 => 0 of 5, embargo 7.000 s
        ask b newer=1 => leave 7000 ms: rate_limited
    "#]],
    );
}

#[test]
fn a_reset_forgets_a_refusal_but_not_which_token_was_refused() {
    check_gate(
        "",
        "token; token; ask a; report 1 http 401; refused; reset; ask a newer=3; token; ask a newer=3",
        &expect![[r#"
            token => 0 of 10
            token => 0 of 10
            ask a => granted 1 with token 3
            report 1 http 401 => 0 of 10
            refused => 0 of 10
            reset => 0 of 10, token none
            ask a newer=3 => fetch
            token => 0 of 10
            ask a newer=3 => granted 2 with token 4
        "#]],
    );
}

#[test]
fn a_401_to_a_proxied_call_renews_an_old_token_once_for_whoever_comes_next() {
    check_gate(
        "",
        "ask a half; report 1 http 401; +2ms; ask b; report 2 good; +60s; ask c half; report 3 http 401; +2ms; ask d; token; ask d;
         +2ms; ask e half; report 5 http 401; +2ms; ask f",
        &expect![[r#"
            ask a half => granted 1 with token 1
            report 1 http 401 => 0 of 10
            ask b => granted 2 with token 1
            report 2 good => 0 of 10
            ask c half => granted 3 with token 1
            report 3 http 401 => 0 of 10, token none
            ask d => fetch
            token => 0 of 10
            ask d => granted 4 with token 2
            ask e half => granted 5 with token 2
            report 5 http 401 => 1 of 10
            ask f => granted 6 with token 2
        "#]],
    );
}
