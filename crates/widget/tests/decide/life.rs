//! The connection's life: what is asked, by which means, how often, and when it ends.

use cxpulse_core::time::Span;
use cxpulse_widget::model::{Link, Model, Msg, Said};
use expect_test::expect;

use super::script::{START, check_life, number, setup, trace};

#[test]
fn a_stream_that_is_cut_resumes_after_what_was_seen() {
    check_life(
        "src | opened | told 3 | closed | wait 1500 | opened",
        expect![
            "\
src: close, open #1 stream
opened: connected stream
told 3: changed, progressed, announce Status
closed: close, disconnected
wait 1500: open #3 stream after 3
opened: connected stream
"
        ],
    );
}

#[test]
fn only_a_terminal_snapshot_ends_it() {
    check_life(
        "src | opened | told 3 | ended 9 | closed | wait 60000",
        expect![
            "\
src: close, open #1 stream
opened: connected stream
told 3: changed, progressed, announce Status
ended 9: changed, announce Status, ended, close
closed: 
wait 60000: 
"
        ],
    );
}

#[test]
fn two_mute_streams_make_it_poll_and_a_poll_that_fails_makes_it_stream() {
    check_life(
        "src | failed | wait 2000 | failed | wait 3000 | polled | told 3 | closed | wait 1000 | failed | wait 3000",
        expect![
            "\
src: close, open #1 stream
failed: close, disconnected
wait 2000: open #3 stream
failed: close, announce Lost
wait 3000: open #5 poll
polled: connected poll, announce Back
told 3: changed, progressed, announce Status
closed: 
wait 1000: open #6 poll after 3
failed: close, disconnected
wait 3000: open #8 stream after 3
"
        ],
    );
}

#[test]
fn a_socket_that_breaks_is_followed_by_another_after_what_was_seen() {
    check_life(
        "sockets | src | joined | told 3 | wait 99999 | failed | wait 1500 | joined | ended 9",
        expect![[r#"
        src: close, open #1 socket
        joined: connected socket
        told 3: changed, progressed, announce Status
        wait 99999: 
        failed: close, disconnected
        wait 1500: open #3 socket after 3
        joined: connected socket
        ended 9: changed, announce Status, ended, close
    "#]],
    );
}

#[test]
fn where_no_socket_gets_through_a_stream_is_asked_for_at_once() {
    check_life(
        "sockets | src | unserved | opened | told 3 | closed | wait 1500 | unserved | opened",
        expect![[r#"
        src: close, open #1 socket
        unserved: open #1 stream
        opened: connected stream
        told 3: changed, progressed, announce Status
        closed: close, disconnected
        wait 1500: open #3 socket after 3
        unserved: open #3 stream after 3
        opened: connected stream
    "#]],
    );
}

#[test]
fn a_socket_that_swallows_what_is_asked_gives_way_to_a_stream() {
    check_life(
        "sockets | src | wait 14999 | wait 1 | wait 1500 | opened | told 3",
        expect![[r#"
        src: close, open #1 socket
        wait 14999: 
        wait 1: close, disconnected
        wait 1500: open #3 stream
        opened: connected stream
        told 3: changed, progressed, announce Status
    "#]],
    );
}

#[test]
fn a_watch_that_is_refused_is_renewed_stopped_or_tried_again_like_any_other() {
    check_life(
        "sockets | renewable | token a | joined | told 3 | refused 401 | token b | joined | refused 503 2 | wait 2000",
        expect![[r#"
            renewable: close, close, renew #1
            token a: open #2 socket with a
            joined: connected socket
            told 3: changed, progressed, announce Status
            refused 401: close, renew #3
            token b: open #4 socket with b after 3
            joined: connected socket
            refused 503 2: close, disconnected
            wait 2000: open #6 socket with b after 3
        "#]],
    );
    check_life(
        "sockets | src | refused 404",
        expect![[r#"
        src: close, open #1 socket
        refused 404: close, failed NotFound, announce Stopped
    "#]],
    );
    check_life(
        "sockets | src | refused 429 | wait 1500 | refused 503 | wait 3000 | failed | wait 5000",
        expect![[r#"
        src: close, open #1 socket
        refused 429: close, disconnected
        wait 1500: open #3 socket
        refused 503: close, announce Lost
        wait 3000: open #5 socket
        failed: close
        wait 5000: open #7 socket
    "#]],
    );
}

#[test]
fn a_silent_stream_is_given_up() {
    check_life(
        "src | opened | heard | wait 44999 | wait 1",
        expect![
            "\
src: close, open #1 stream
opened: connected stream
heard: 
wait 44999: 
wait 1: close, disconnected
"
        ],
    );
}

#[test]
fn a_refused_token_is_renewed_once() {
    check_life(
        "renewable | token a | opened | told 3 | closed | wait 1500 | refused 401 | token b | refused 401",
        expect![
            "\
renewable: close, close, renew #1
token a: open #2 stream with a
opened: connected stream
told 3: changed, progressed, announce Status
closed: close, disconnected
wait 1500: open #4 stream with a after 3
refused 401: close, renew #5
token b: open #6 stream with b after 3
refused 401: close, failed TokenRefused, announce Stopped
"
        ],
    );
}

#[test]
fn a_token_that_does_not_come_is_asked_for_again() {
    check_life(
        "renewable | token | wait 1500",
        expect![
            "\
renewable: close, close, renew #1
token: close, disconnected
wait 1500: close, renew #3
"
        ],
    );
}

#[test]
fn what_trying_again_cannot_change_stops_it() {
    for (said, problem) in [("403", "Forbidden"), ("404", "NotFound"), ("410", "NotFound"), ("401", "TokenRefused")] {
        let trace = trace(&format!("src | refused {said} | wait 99999"));
        assert!(
            trace.contains(&format!("refused {said}: close, failed {problem}, announce Stopped\nwait 99999: \n")),
            "{trace}"
        );
    }
    assert!(trace("src | refused 400 | wait 2000 | refused 400 | wait 3000 | refused 400").contains("failed Refused"));
}

#[test]
fn retry_after_is_a_floor_under_the_wait() {
    check_life(
        "src | refused 503 9 | wait 8999 | wait 1",
        expect![
            "\
src: close, open #1 stream
refused 503 9: close, disconnected
wait 8999: 
wait 1: open #3 stream
"
        ],
    );
}

#[test]
fn older_connections_and_older_snapshots_change_nothing() {
    check_life(
        "src | opened | told 3 | told 3 | told 2 | stale 4",
        expect![
            "\
src: close, open #1 stream
opened: connected stream
told 3: changed, progressed, announce Status
told 3: 
told 2: 
stale 4: 
"
        ],
    );
}

#[test]
fn somebody_who_looks_does_not_wait() {
    check_life(
        "src | failed | shown",
        expect![
            "\
src: close, open #1 stream
failed: close, disconnected
shown: open #3 stream
"
        ],
    );
}

#[test]
fn waits_grow_up_to_their_ceiling_and_stay_within_it() {
    let mut model = Model::new(7);
    let mut now = START;
    (model, _) = model.update(Msg::Configured(setup("a", false)), now);
    let mut longest = Span::ZERO;
    for _ in 0..40 {
        let Link::Opening { .. } = model.link else { break };
        (model, _) = model.update(Msg::Feed(number(&model), Said::Failed), now);
        let Link::Waiting { until } = model.link else { break };
        assert!(until.since(now) >= Span::from_millis(500) && until.since(now) <= Span::from_secs(30));
        longest = longest.max(until.since(now));
        now = until;
        (model, _) = model.update(Msg::Woken, now);
    }
    assert!(matches!(model.link, Link::Opening { .. }) && longest > Span::from_secs(15), "{longest:?}");
}
