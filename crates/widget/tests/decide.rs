//! What the element decides, without a page: the connection's life, words, and reading of streams and snapshots.
#![cfg(not(target_arch = "wasm32"))]

use std::fmt::Write;
use std::rc::Rc;

use cxpulse_core::time::{Span, Timestamp};
use cxpulse_widget::face::Face;
use cxpulse_widget::json::Raw;
use cxpulse_widget::model::{Cmd, Happening, Link, Mode, Model, Msg, Said, Setup};
use cxpulse_widget::snapshot::Snapshot;
use cxpulse_widget::sse::{EVENT_BYTES_MAX, Parser, TooLong};
use cxpulse_widget::text::{Words, length, length_exact};
use expect_test::{Expect, expect};

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

#[test]
fn a_countdown_wakes_it_each_second_unless_nobody_sees_it() {
    let (model, now) = play("src | opened | told 3");
    assert_eq!(model.wake_at(now), Some(now.plus(Span::from_secs(1))));
    let (hidden, _) = model.update(Msg::Hidden(true), now);
    assert_eq!(hidden.wake_at(now), Some(now.plus(Span::from_secs(45))));
    let (ended, now) = play("src | opened | ended 9");
    assert_eq!(ended.wake_at(now), None);
}

#[test]
fn the_face_says_what_is_waited_for_and_how_old_it_is() {
    let (model, now) = play("src | opened | told 3");
    let face = Face::of(&model, None, Words::of("en"), now.plus(Span::from_secs(4)));
    assert_eq!(face.waiting, "Rate limited, next attempt in 8\u{a0}s");
    assert_eq!((face.age.as_str(), face.link_text.as_str()), ("updated 4\u{a0}s ago", "Live"));
    assert_eq!(
        (face.count.as_str(), face.estimate.as_str()),
        ("21,000 of 50,000 records", "about 1\u{a0}min\u{a0}56\u{a0}s left")
    );
    let german = Face::of(&model, Some("Abgleich"), Words::of("de-CH"), now.plus(Span::from_secs(20)));
    assert_eq!((german.title.as_str(), german.headline), ("Abgleich", "Läuft"));
    assert_eq!(
        (german.waiting.as_str(), german.count.as_str()),
        ("Anfragen begrenzt, nächster Versuch jetzt", "21.000 von 50.000 Datensätzen")
    );
}

#[test]
fn a_server_whose_clock_is_off_is_believed() {
    let (model, now) = play("src | opened | told 3");
    let ahead = now.plus(Span::from_secs(60));
    let (model, _) =
        model.update(Msg::Feed(number(&model), Said::Opened { mode: Mode::Stream, server_at: Some(ahead) }), now);
    assert_eq!(model.server_now(now), ahead);
    let close = now.plus(Span::from_secs(2));
    let (model, _) =
        model.update(Msg::Feed(number(&model), Said::Opened { mode: Mode::Stream, server_at: Some(close) }), now);
    assert_eq!(model.server_now(now), now);
}

#[test]
fn lengths_of_time_have_two_units() {
    let text = |seconds| length(seconds).replace('\u{a0}', " ");
    let expected = ["0 s", "59 s", "1 min", "3 min 20 s", "1 h", "2 h 5 min", "3 d 4 h"];
    assert_eq!([0, 59, 60, 200, 3_600, 7_530, 273_600].map(text), expected);
    assert_eq!(length_exact(Span::from_millis(4_250), '.'), "4.2\u{a0}s");
    assert_eq!(length_exact(Span::from_millis(12_900), ','), "12\u{a0}s");
    assert_eq!(Words::of("en").count(1_234_567), "1,234,567");
}

#[test]
fn events_are_read_however_the_stream_is_cut() {
    let text = ": hello\r\nretry: 9\r\n\r\nevent: snapshot\rid: 1\rdata: one\rdata:two\r\rdata\n\nid: 4\n\ndata:  x\r\n\r\ndata: never";
    let whole = events(&[text]);
    assert_eq!(whole, ["one\ntwo", "", " x"]);
    for at in 0..=text.len() {
        let (head, tail) = text.split_at(at);
        assert_eq!(events(&[head, tail]), whole, "cut at {at}");
    }
    let letters: Vec<String> = text.chars().map(String::from).collect();
    assert_eq!(events(&letters.iter().map(String::as_str).collect::<Vec<_>>()), whole);
    let endless = "x".repeat(EVENT_BYTES_MAX);
    assert_eq!(Parser::default().push(&format!("data:{endless}"), |_| ()), Err(TooLong));
}

/// The cases of the web-platform-tests, `eventsource/format-*`, whose answer is the message and what their
/// `resources/message.py` puts after it: two line feeds, or none, and one more. What becomes of `id`, `event` and `retry` is
/// not looked at here, and the byte order mark of `format-bom` is taken away by the decoder before the parser.
#[test]
fn streams_are_read_as_the_web_platform_tests_have_it() {
    let long = "x".repeat(2_048);
    let comments = format!("data:1\r:\0\n:\r\ndata:2\n:{long}\rdata:3\n:data:fail\r:{long}\ndata:4\n");
    let parsing =
        "data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n";
    let (blank, none) = ("\n\n\n", "\n");
    let cases: [(&str, &str, &str, &[&str]); 16] = [
        ("format-bom", "data:1\n\n\u{feff}data:2\n\ndata:3", blank, &["1", "3"]),
        ("format-bom-2", "\u{feff}data:1\n\ndata:2\n\ndata:3", blank, &["2", "3"]),
        ("format-comments", &comments, none, &["1\n2\n3\n4"]),
        ("format-data-before-final-empty-line", "retry:1000\ndata:test1\n\nid:test\ndata:test2", none, &["test1"]),
        ("format-field-data", "data:\n\ndata\ndata\n\ndata:test", blank, &["", "\n", "test"]),
        ("format-field-event", "event:test\ndata:x\n\ndata:x", blank, &["x", "x"]),
        ("format-field-event-empty", "event: \ndata:data", blank, &["data"]),
        ("format-field-id", "id: \u{2026}\ndata:hello\n\n", none, &["hello"]),
        ("format-field-parsing", parsing, none, &["\0\n 2\n1\n3\n\n4"]),
        ("format-field-retry", "retry:03000\ndata:x", blank, &["x"]),
        ("format-field-retry-bogus", "retry:3000\nretry:1000x\ndata:x", blank, &["x"]),
        (
            "format-field-unknown",
            "data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test",
            blank,
            &["test\n\ntest"],
        ),
        ("format-leading-space", "data:\ttest\rdata: \ndata:test", blank, &["\ttest\n\ntest"]),
        ("format-newlines", "data:test\r\ndata\ndata:test\r\n\r", none, &["test\n\ntest"]),
        ("format-null-character", "data:\0\n\n", blank, &["\0"]),
        ("format-utf-8", "data:ok\u{2026}", blank, &["ok\u{2026}"]),
    ];
    for (name, message, end, expected) in cases {
        let text = [message, end].concat();
        assert_eq!(events(&[&text]), expected, "{name}");
        let letters: Vec<String> = text.chars().map(String::from).collect();
        assert_eq!(
            events(&letters.iter().map(String::as_str).collect::<Vec<_>>()),
            expected,
            "{name}, letter by letter"
        );
    }
}

#[test]
fn json_is_read_and_laid_out_without_losing_a_digit() {
    let text = r#" {"a" : [1, {"b\"}":"x,]"} , 123456789012345678901234], "c":null,"d":"\u00e9\ud83d\ude00\n\ud83dx", "e":{} } "#;
    let root = Raw::first(text).expect("a value");
    assert_eq!(root.member("a").map(|it| it.items().count()), Some(3));
    assert_eq!(root.member("d").and_then(Raw::string).as_deref(), Some("é😀\n\u{fffd}x"));
    assert_eq!((root.member("c"), root.member("f")), (None, None));
    let pretty = root.pretty(10_000);
    assert!(pretty.contains("    123456789012345678901234\n  ],\n  \"c\": null"), "{pretty}");
    assert!(pretty.ends_with("\"e\": {}\n}"), "{pretty}");
    assert!(root.pretty(20).ends_with('…'));
    for broken in ["", "{", "[1,", "\"abc", "{\"a\":}", "}", "{\"a\" 1"] {
        let value = Raw::first(broken);
        assert_eq!(value.and_then(|it| it.member("a")).and_then(Raw::whole).filter(|_| !broken.contains('1')), None);
    }
}

#[test]
fn a_snapshot_without_what_matters_is_none() {
    let whole = snapshot(3, "running", "null");
    assert!(Snapshot::parse(&whole).is_some());
    for (field, broken) in [
        ("\"id\"", "\"no\""),
        ("\"seq\":3", "\"seq\":-3"),
        ("running", "strolling"),
        ("\"created_at\":\"2", "\"created_at\":\"x"),
    ] {
        assert_eq!(Snapshot::parse(&whole.replacen(field, broken, 1)), None, "{field}");
    }
    assert_eq!(Snapshot::parse(&whole[..whole.len() / 2]), None);
    let parsed = Snapshot::parse(&whole.replace("rate_limited", "something_new")).and_then(|it| it.waiting);
    assert_eq!(parsed.map(|it| it.reason), Some(None));
}

#[track_caller]
fn check_life(script: &str, expected: Expect) {
    expected.assert_eq(&trace(script));
}

fn trace(script: &str) -> String {
    run(script).2
}

fn play(script: &str) -> (Model, Timestamp) {
    let (model, now, _) = run(script);
    (model, now)
}

/// Plays a script of happenings, `|` between them; the text has a line for each with what it led to.
fn run(script: &str) -> (Model, Timestamp, String) {
    let (mut model, mut now, mut text) = (Model::new(7), START, String::new());
    // Most stories are of pages that no socket gets through to.
    let (has_sockets, script) = script.strip_prefix("sockets |").map_or((false, script), |rest| (true, rest));
    for step in script.split('|').map(str::trim) {
        let msg = message(step, &model, &mut now);
        let (mut next, mut cmds) = model.update(msg, now);
        let asks_socket = |cmd: &Cmd| matches!(cmd, Cmd::Open(request) if request.mode == Mode::Socket);
        if !has_sockets && cmds.iter().any(asks_socket) {
            cmds.retain(|cmd| !asks_socket(cmd));
            let (streamed, more) = next.update(Msg::Feed(number(&next), Said::Unserved), now);
            next = streamed;
            cmds.extend(more);
        }
        let done: Vec<String> = cmds.iter().map(show).collect();
        writeln!(text, "{step}: {}", done.join(", ")).expect("memory");
        model = next;
    }
    (model, now, text)
}

fn message(step: &str, model: &Model, now: &mut Timestamp) -> Msg {
    let words: Vec<&str> = step.split(' ').collect();
    let number_at = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok()).unwrap_or_default();
    let told = |status: &str, outcome: &str| {
        Said::Told(Snapshot::parse(&snapshot(number_at(1), status, outcome)).map(Rc::new), None)
    };
    let said = match words[0] {
        "src" => return Msg::Configured(setup("https://x/v1/executions/exe_1", false)),
        "renewable" => return Msg::Configured(setup("https://x/v1/executions/exe_1", true)),
        "shown" => return Msg::Hidden(false),
        "wait" => {
            *now = now.plus(Span::from_millis(number_at(1)));
            return Msg::Woken;
        }
        "stale" => return Msg::Feed(number(model).wrapping_sub(1), told("completed", "\"completed\"")),
        "token" => Said::Token(words.get(1).map(|token| Rc::from(*token))),
        "joined" => Said::Opened { mode: Mode::Socket, server_at: None },
        "opened" => Said::Opened { mode: Mode::Stream, server_at: None },
        "polled" => Said::Opened { mode: Mode::Poll, server_at: None },
        "unserved" => Said::Unserved,
        "heard" => Said::Heard,
        "told" => told("running", "null"),
        "ended" => told("completed", "\"completed\""),
        "closed" => Said::Closed,
        "failed" => Said::Failed,
        "refused" => Said::Refused {
            status: number_at(1).try_into().expect("a status"),
            retry_after: words.get(2).map(|_| Span::from_secs(number_at(2))),
        },
        other => unreachable!("no such step: {other}"),
    };
    Msg::Feed(number(model), said)
}

/// The number of the latest connection, as the model would give it to a new one.
fn number(model: &Model) -> u32 {
    (0..100)
        .find(|number| {
            let probe = Msg::Feed(*number, Said::Unaskable);
            model.update(probe, START).0.link != model.link || matches!(model.link, Link::Stopped(_))
        })
        .unwrap_or_default()
}

fn show(cmd: &Cmd) -> String {
    match cmd {
        Cmd::Close => "close".into(),
        Cmd::Renew(connection) => format!("renew #{connection}"),
        Cmd::Open(request) => {
            let token = request.token.as_ref().map(|token| format!(" with {token}")).unwrap_or_default();
            let after = request.last_seq.map(|seq| format!(" after {seq}")).unwrap_or_default();
            format!("open #{} {}{token}{after}", request.connection, mode(request.mode))
        }
        Cmd::Emit(Happening::Changed(_)) => "changed".into(),
        Cmd::Emit(Happening::Progressed(_)) => "progressed".into(),
        Cmd::Emit(Happening::Ended(_)) => "ended".into(),
        Cmd::Emit(Happening::Failed(problem)) => format!("failed {problem:?}"),
        Cmd::Emit(Happening::Connected(how)) => format!("connected {}", mode(*how)),
        Cmd::Emit(Happening::Disconnected(_)) => "disconnected".into(),
        Cmd::Announce(announcement) => format!("announce {announcement:?}"),
    }
}

const fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Socket => "socket",
        Mode::Stream => "stream",
        Mode::Poll => "poll",
    }
}

fn events(pieces: &[&str]) -> Vec<String> {
    let mut parser = Parser::default();
    let mut events = Vec::new();
    for piece in pieces {
        parser.push(piece, |data| events.push(data.to_owned())).expect("short events");
    }
    events
}

fn setup(src: &str, is_renewable: bool) -> Setup {
    Setup { src: Some(Rc::from(src)), token: None, is_renewable }
}

fn snapshot(seq: u64, status: &str, outcome: &str) -> String {
    format!(
        r#"{{"id":"exe_1","seq":{seq},"status":"{status}","outcome":{outcome},"attempt":3,
        "waiting":{{"reason":"rate_limited","until":"2026-11-21T10:00:12.000Z"}},
        "progress":{{"done":21000,"total":50000,"ratio":0.42,"ends_at":"2026-11-21T10:02:00.000Z"}},
        "upstream":{{"action_id":"sim-fast"}},"result":null,"error":null,"anomalies":[],
        "created_at":"2026-11-21T09:59:00.000Z","updated_at":"2026-11-21T10:00:00.000Z","ended_at":null}}"#
    )
}

/// 2026-11-21T10:00:00Z.
const START: Timestamp = Timestamp::from_millis(1_795_255_200_000);
