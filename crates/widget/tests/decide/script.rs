//! Stories of a connection, as text: what happens to it, and what it is told to do.

use std::fmt::Write;
use std::rc::Rc;

use cxpulse_core::time::{Span, Timestamp};
use cxpulse_widget::model::{Cmd, Happening, Link, Mode, Model, Msg, Said, Setup};
use expect_test::Expect;

#[track_caller]
pub(crate) fn check_life(script: &str, expected: Expect) {
    expected.assert_eq(&trace(script));
}

pub(crate) fn trace(script: &str) -> String {
    run(script).2
}

pub(crate) fn play(script: &str) -> (Model, Timestamp) {
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
    let told = |status: &str, outcome: &str| Said::Told(snapshot(number_at(1), status, outcome), None);
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
pub(crate) fn number(model: &Model) -> u32 {
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

pub(crate) fn setup(src: &str, is_renewable: bool) -> Setup {
    Setup { src: Some(Rc::from(src)), token: None, is_renewable }
}

pub(crate) fn snapshot(seq: u64, status: &str, outcome: &str) -> String {
    format!(
        r#"{{"id":"exe_1","seq":{seq},"status":"{status}","outcome":{outcome},"attempt":3,
        "waiting":{{"reason":"rate_limited","until":"2026-11-21T10:00:12.000Z"}},
        "progress":{{"done":21000,"total":50000,"ratio":0.42,"ends_at":"2026-11-21T10:02:00.000Z"}},
        "upstream":{{"action_id":"sim-fast"}},"result":null,"error":null,"anomalies":[],
        "created_at":"2026-11-21T09:59:00.000Z","updated_at":"2026-11-21T10:00:00.000Z","ended_at":null}}"#
    )
}

/// 2026-11-21T10:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_795_255_200_000);
