//! Chains: what starts after what, what goes on without what failed, when it is over, and what is run again.

mod graph;
mod layout;
mod log;
mod machine;
mod picture;
mod property;
mod redrive;
mod request;
mod results;
mod snapshot;

use expect_test::expect;

use crate::check::{chain_request, check_chain};

/// `b` and `c` need `a`, `d` needs both.
pub(crate) const DIAMOND: &str = "a; b a; c a; d b,c";

#[test]
fn a_diamond_runs_its_sides_together_and_ends_with_its_last() {
    check_chain(
        &chain_request(DIAMOND, r#""notify": {"url": "https://example.com/hook"},"#),
        "woken; woken; a successful; c successful; b cached; d retried; d retried; woken",
        &expect![[r#"
            woken => notify started, notify node_started a, start a#0 | running: 3 not_started, 1 running
            woken => ignored too_early
            a successful => notify node_completed a, notify node_started b, start b#1, notify node_started c, start c#2 | running: 1 successful, 1 not_started, 2 running
            c successful => notify node_completed c | running: 2 successful, 1 not_started, 1 running
            b cached => notify node_completed b, notify node_started d, start d#3 | running: 3 successful, 1 running
            d retried => notify node_completed d, notify completed | completed completed: 4 successful
            d retried => ignored repeated
            woken => ignored ended
        "#]],
    );
}

#[test]
fn parallelism_bounds_what_runs_at_once_and_what_is_bound() {
    check_chain(
        &chain_request("a; b; c; d", r#""max_parallel": 2,"#),
        "woken; b successful; a failed; c successful; d successful",
        &expect![[r#"
            woken => start a#0, start b#1 | running: 2 not_started, 2 running
            b successful => start c#2 | running: 1 successful, 1 not_started, 2 running
            a failed => start d#3 | running: 1 successful, 1 failed, 2 running
            c successful => nothing | running: 2 successful, 1 failed, 1 running
            d successful => nothing | completed partial: 3 successful, 1 failed
        "#]],
    );
}

#[test]
fn a_failure_halts_what_depends_on_it_and_nothing_else() {
    check_chain(
        &chain_request("a; b a; c b; x; y x; z c,y", ""),
        "woken; a failed; x successful; y successful",
        &expect![[r#"
            woken => start a#0, start x#3 | running: 4 not_started, 2 running
            a failed => nothing | running: 1 failed, 4 not_started, 1 running
            x successful => start y#4 | running: 1 successful, 1 failed, 3 not_started, 1 running
            y successful => nothing | failed failed: 2 successful, 1 failed, 3 not_started
        "#]],
    );
}

#[test]
fn what_may_fail_lets_others_go_on() {
    check_chain(
        &chain_request("a continue; b a; c fallback; d c", ""),
        "woken; a failed; c degraded; b successful; d successful",
        &expect![[r#"
            woken => start a#0, start c#2 | running: 2 not_started, 2 running
            a failed => start b#1 | running: 1 failed, 1 not_started, 2 running
            c degraded => start d#3 | running: 1 failed, 1 degraded, 2 running
            b successful => nothing | running: 1 successful, 1 failed, 1 degraded, 1 running
            d successful => nothing | completed completed: 2 successful, 1 failed, 1 degraded
        "#]],
    );
}

#[test]
fn an_old_output_halts_nothing_and_none_in_time_does() {
    check_chain(
        &chain_request("a; b a; c; d c", ""),
        "woken; a fallback; c degraded; b successful",
        &expect![[r#"
        woken => start a#0, start c#2 | running: 2 not_started, 2 running
        a fallback => start b#1 | running: 1 degraded, 1 not_started, 2 running
        c degraded => nothing | running: 1 failed, 1 degraded, 1 not_started, 1 running
        b successful => nothing | completed partial: 1 successful, 1 failed, 1 degraded, 1 not_started
    "#]],
    );
}

#[test]
fn a_condition_skips_a_node_and_what_has_nothing_else_to_go_by() {
    check_chain(
        &chain_request("a; b a; c a; d b; e d; f c,e", ""),
        "b will skip; woken; a successful; c successful; f successful",
        &expect![[r#"
            b will skip => nothing yet
            woken => start a#0 | running: 5 not_started, 1 running
            a successful => start c#2 | running: 1 successful, 3 skipped, 1 not_started, 1 running
            c successful => start f#5 | running: 2 successful, 3 skipped, 1 running
            f successful => nothing | completed completed: 3 successful, 3 skipped
        "#]],
    );
    check_chain(
        &chain_request("a; b a; c b", ""),
        "a will skip; woken",
        &expect![[r#"
        a will skip => nothing yet
        woken => nothing | completed completed: 3 skipped
    "#]],
    );
}

#[test]
fn inputs_that_cannot_be_made_are_the_failure_of_their_node() {
    check_chain(
        &chain_request("a; b a; c b; d a fallback; e d", r#""notify": {"url": "https://example.com/hook"},"#),
        "b will fault; d will fault; woken; a successful; e successful",
        &expect![[r#"
            b will fault => nothing yet
            d will fault => nothing yet
            woken => notify started, notify node_started a, start a#0 | running: 4 not_started, 1 running
            a successful => notify node_completed a, notify node_failed b, notify node_failed d, notify node_started e, start e#4 | running: 1 successful, 1 failed, 1 degraded, 1 not_started, 1 running
            e successful => notify node_completed e, notify completed | completed partial: 2 successful, 1 failed, 1 degraded, 1 not_started
        "#]],
    );
}

#[test]
fn outcomes_follow_from_what_stands_at_the_end() {
    let rows = [
        ("a", "a successful"),
        ("a", "a fallback"),
        ("a", "a failed"),
        ("a", "a canceled"),
        ("a", "a degraded"),
        ("a continue", "a failed"),
        ("a fallback", "a failed"),
        ("a fallback", "a canceled"),
        ("a; b a", "a successful; b failed"),
        ("a; b a", "a failed"),
        ("a; b a; c a", "a successful; b failed; c successful"),
        ("a; b a; c a", "a successful; b failed; c fallback"),
        ("a; b a; c a continue", "a successful; b failed; c failed"),
        ("a; b a; c a fallback", "a successful; b failed; c failed"),
        ("a; b a; c a", "c will skip; a successful; b failed"),
        ("a; b", "a successful; cancel; b canceled"),
        ("a; b", "a successful; cancel; b successful"),
        ("a; b continue", "a successful; cancel; b canceled"),
        ("a; b a", "cancel; a successful"),
        ("a; b a", "deadline; a degraded"),
        ("a; b", "a successful; deadline; b successful"),
        ("a; b continue", "a successful; deadline; b degraded"),
    ];
    let mut told = Vec::new();
    for (nodes, story) in rows {
        let mut scene = crate::check::ChainScene::open(&chain_request(nodes, ""));
        if let Some((will, _)) = story.split_once("; ").filter(|(first, _)| first.contains("will")) {
            scene.play(will);
        }
        scene.play("woken");
        story.split("; ").for_each(|line| drop(scene.play(line)));
        told.push(format!("{nodes:<24} {story:<40} {}", scene.place()));
    }
    expect![[r#"
        a                        a successful                             completed completed: 1 successful
        a                        a fallback                               completed completed: 1 degraded
        a                        a failed                                 failed failed: 1 failed
        a                        a canceled                               failed failed: 1 canceled
        a                        a degraded                               failed failed: 1 failed
        a continue               a failed                                 completed completed: 1 failed
        a fallback               a failed                                 completed completed: 1 degraded
        a fallback               a canceled                               completed completed: 1 degraded
        a; b a                   a successful; b failed                   failed failed: 1 successful, 1 failed
        a; b a                   a failed                                 failed failed: 1 failed, 1 not_started
        a; b a; c a              a successful; b failed; c successful     completed partial: 2 successful, 1 failed
        a; b a; c a              a successful; b failed; c fallback       completed partial: 1 successful, 1 failed, 1 degraded
        a; b a; c a continue     a successful; b failed; c failed         failed failed: 1 successful, 2 failed
        a; b a; c a fallback     a successful; b failed; c failed         completed partial: 1 successful, 1 failed, 1 degraded
        a; b a; c a              c will skip; a successful; b failed      failed failed: 1 successful, 1 failed, 1 skipped
        a; b                     a successful; cancel; b canceled         canceled canceled: 1 successful, 1 canceled
        a; b                     a successful; cancel; b successful       completed completed: 2 successful
        a; b continue            a successful; cancel; b canceled         canceled canceled: 1 successful, 1 canceled
        a; b a                   cancel; a successful                     canceled canceled: 1 successful, 1 not_started
        a; b a                   deadline; a degraded                     failed timed_out: 1 failed, 1 not_started
        a; b                     a successful; deadline; b successful     completed completed: 2 successful
        a; b continue            a successful; deadline; b degraded       completed completed: 1 successful, 1 failed"#]].assert_eq(&told.join("\n"));
}

#[test]
fn a_cancel_stops_what_has_not_started_and_cancels_what_runs() {
    check_chain(
        &chain_request(DIAMOND, r#""notify": {"url": "https://example.com/hook"},"#),
        "woken; a successful; cancel; cancel; b canceled; c successful; cancel; woken",
        &expect![[r#"
            woken => notify started, notify node_started a, start a#0 | running: 3 not_started, 1 running
            a successful => notify node_completed a, notify node_started b, start b#1, notify node_started c, start c#2 | running: 1 successful, 1 not_started, 2 running
            cancel => cancel b#1, cancel c#2 | running: 1 successful, 1 not_started, 2 running
            cancel => ignored repeated
            b canceled => notify node_failed b | running: 1 successful, 1 canceled, 1 not_started, 1 running
            c successful => notify node_completed c, notify canceled | canceled canceled: 2 successful, 1 canceled, 1 not_started
            cancel => ignored ended
            woken => ignored ended
        "#]],
    );
}

#[test]
fn past_the_deadline_nothing_starts_and_what_runs_ends_by_its_own() {
    check_chain(
        &chain_request(DIAMOND, ""),
        "woken; a successful; b successful; deadline; woken; c degraded; woken",
        &expect![[r#"
            woken => start a#0 | running: 3 not_started, 1 running
            a successful => start b#1, start c#2 | running: 1 successful, 1 not_started, 2 running
            b successful => nothing | running: 2 successful, 1 not_started, 1 running
            deadline => nothing | running: 2 successful, 1 not_started, 1 running
            woken => ignored too_early
            c degraded => nothing | failed timed_out: 2 successful, 1 failed, 1 not_started
            woken => ignored ended
        "#]],
    );
    check_chain(
        &chain_request(DIAMOND, ""),
        "deadline",
        &expect![[r#"
        deadline => nothing | failed timed_out: 4 not_started
    "#]],
    );
}

#[test]
fn a_clock_that_steps_back_stops_nothing_and_repeats_nothing() {
    check_chain(
        &chain_request(DIAMOND, ""),
        "+60s; woken; -60s; woken; a successful; b successful; deadline",
        &expect![[r#"
            +60s => time passes
            woken => start a#0 | running: 3 not_started, 1 running
            -60s => time passes
            woken => ignored too_early
            a successful => start b#1, start c#2 | running: 1 successful, 1 not_started, 2 running
            b successful => nothing | running: 2 successful, 1 not_started, 1 running
            deadline => nothing | running: 2 successful, 1 not_started, 1 running
        "#]],
    );
}
