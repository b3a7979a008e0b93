//! Stories of a batch's element: what happens to it, and what it is told to do, as text.

use std::fmt::Write as _;
use std::rc::Rc;

use cxpulse_core::time::{Span, Timestamp};
use cxpulse_element::model::{self as feed, Mode, Said, Setup};
use cxpulse_widget_batch::errand::Errand;
use cxpulse_widget_batch::model::{Cmd, Deeds, Model, Msg, Press};
use expect_test::Expect;

#[track_caller]
pub(crate) fn check_life(script: &str, expected: Expect) {
    expected.assert_eq(&run(script).2);
}

pub(crate) fn play(script: &str) -> (Model, Timestamp) {
    let (model, now, _) = run(script);
    (model, now)
}

/// Plays a script of happenings, `|` between them; the text has a line for each with what it led to beside the connection.
fn run(script: &str) -> (Model, Timestamp, String) {
    let (mut model, mut now, mut text) = (Model::new(7), START, String::new());
    for step in script.split('|').map(str::trim) {
        let (next, cmds) = model.update(message(step, &mut now), now);
        let done: Vec<String> = cmds.iter().filter_map(show).collect();
        writeln!(text, "{step}: {}", done.join(", ")).expect("memory");
        model = next;
    }
    (model, now, text)
}

fn message(step: &str, now: &mut Timestamp) -> Msg {
    let words: Vec<&str> = step.splitn(3, ' ').collect();
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    let number = |at: usize| word(at).parse::<u64>().expect("a number");
    let status = |at: usize| word(at).parse::<u16>().expect("a status");
    match word(0) {
        "src" => {
            let setup = Setup { src: Some(Rc::from(word(1))), token: Some(Rc::from("T")), is_renewable: false };
            Msg::Feed(feed::Msg::Configured(setup))
        }
        "may" => Msg::Allowed(Deeds { cancel: step.contains("cancel"), redrive: step.contains("redrive") }),
        "opened" => said(word(1), Said::Opened { mode: Mode::Stream, server_at: None }),
        "told" => said("1", Said::Told(snapshot(number(1), word(2)), None)),
        "failed" => said("1", Said::Failed),
        "hidden" => Msg::Feed(feed::Msg::Hidden(true)),
        "shown" => Msg::Feed(feed::Msg::Hidden(false)),
        "wait" => {
            *now = now.plus(Span::from_millis(number(1)));
            Msg::Feed(feed::Msg::Woken)
        }
        "grid" => Msg::Answered(Errand::Grid, status(1), format!(r#"{{"grid":"{}"}}"#, word(2))),
        "item" => Msg::Answered(Errand::Item(number(1)), 200, page(number(1), 1, 10)),
        "page" => Msg::Answered(Errand::Page(query(word(1))), status(2), page(query(word(1)).offset, 25, 60)),
        "nopage" => Msg::Answered(Errand::Page(query(word(1))), status(2), String::new()),
        "preview" => Msg::Answered(Errand::Preview, status(1), word(2).into()),
        "redriven" => Msg::Answered(Errand::Redrive, 202, snapshot(number(1), "running")),
        "canceled" => Msg::Answered(Errand::Cancel, status(1), word(2).into()),
        "token" => Msg::Renewed(Rc::from(word(1))),
        "press" => Msg::Pressed(Press::of(word(1), word(2)).expect("something that can be pressed")),
        other => unreachable!("no such step: {other}"),
    }
}

/// Of the first connection.
fn said(connection: &str, said: Said) -> Msg {
    Msg::Feed(feed::Msg::Feed(connection.parse().unwrap_or(1), said))
}

fn query(text: &str) -> cxpulse_widget_batch::errand::Query {
    let (filter, offset) = text.split_once('@').expect("a filter and an offset");
    cxpulse_widget_batch::errand::Query {
        filter: cxpulse_widget_batch::errand::Filter::of(filter),
        offset: offset.parse().expect("an offset"),
    }
}

fn show(cmd: &Cmd) -> Option<String> {
    match cmd {
        Cmd::Feed(feed::Cmd::Open(request)) => {
            Some(format!("open with {}", request.token.as_deref().unwrap_or("no token")))
        }
        Cmd::Feed(feed::Cmd::Announce(announcement)) => Some(format!("announce {announcement:?}")),
        Cmd::Feed(_) => None,
        Cmd::Ask(errand) => {
            let method = if errand.body().is_some() { "POST" } else { "GET" };
            Some(format!(
                "{method} {}{}",
                errand.address(),
                errand.body().map(|it| format!(" {it}")).unwrap_or_default()
            ))
        }
        Cmd::Hush => Some("hush".into()),
        Cmd::Focus(part) => Some(format!("focus {part}")),
        Cmd::Announce => Some("announce the deed".into()),
    }
}

/// A batch of ten: `running`, or an outcome.
pub(crate) fn snapshot(seq: u64, state: &str) -> String {
    let (outcome, ended_at, counts) = match state {
        "running" => ("null", "null", COUNTS_RUNNING),
        "completed" => ("\"completed\"", "\"2026-11-21T10:00:08.500Z\"", COUNTS_COMPLETED),
        outcome => {
            return snapshot(seq, "completed")
                .replace("\"completed\"", &format!("\"{outcome}\""))
                .replace(COUNTS_COMPLETED, COUNTS_PARTIAL);
        }
    };
    format!(
        r#"{{"id":"bat_1","kind":"batch","seq":{seq},"status":"running","outcome":{outcome},"generation":2,
        "action_id":"sim-fast","summary":{{{counts}}},"sources":{{"fresh":2,"retried":1,"cached":0,"degraded":1}},
        "rate":{{"per_second":12.46}},"ends_at":"2026-11-21T10:02:00.000Z",
        "waiting":{{"reason":"rate_limited","until":"2026-11-21T10:00:12.000Z"}},"stopped":null,
        "failures":[{{"code":"UPSTREAM_FAILED","message":"CXone says that\tthe action failed","count":2,"items":["a","b"]}}],
        "created_at":"2026-11-21T09:59:00.000Z","updated_at":"2026-11-21T10:00:00.000Z","ended_at":{ended_at}}}"#
    )
}

/// Items from `index` on, `count` of them.
pub(crate) fn page(index: u64, count: u64, total: u64) -> String {
    let item = |at: u64| {
        format!(
            r#"{{"id":"item-{at}","index":{at},"status":"failed","source":null,"attempts":3,
            "error":{{"code":"UPSTREAM_FAILED","message":"it failed"}},"links":{{"execution":"https://x/v1/executions/exe_1-{at}"}}}}"#
        )
    };
    let items: Vec<String> = (index..total.min(index + count)).map(item).collect();
    format!(
        r#"{{"items":[{}],"pagination":{{"offset":{index},"limit":{count},"total":{total},"next":null}}}}"#,
        items.join(",")
    )
}

pub(crate) const PREVIEW: &str = r#"{"id":"bat_1","generation":3,"count":3,"by_status":{"failed":2,"degraded":1,"canceled":0,"not_started":0},"items":["a","b","c"],"may_have_run":{"count":1,"items":["c"]},"left_out":0}"#;

const COUNTS_RUNNING: &str =
    r#""total":10,"successful":3,"failed":2,"degraded":1,"canceled":0,"not_started":2,"running":2"#;
const COUNTS_COMPLETED: &str =
    r#""total":10,"successful":10,"failed":0,"degraded":0,"canceled":0,"not_started":0,"running":0"#;
const COUNTS_PARTIAL: &str =
    r#""total":10,"successful":7,"failed":2,"degraded":1,"canceled":0,"not_started":0,"running":0"#;

/// 2026-11-21T10:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_795_255_200_000);
