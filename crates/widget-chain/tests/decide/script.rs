//! Stories of a chain's element: what happens to it, and what it is told to do, as text.

use std::fmt::Write as _;
use std::rc::Rc;

use cxpulse_core::time::{Span, Timestamp};
use cxpulse_element::model::{self as feed, Mode, Said, Setup};
use cxpulse_widget_chain::errand::Errand;
use cxpulse_widget_chain::face::Face;
use cxpulse_widget_chain::model::{Cmd, Deeds, Model, Msg, Press};
use cxpulse_widget_chain::text::Words;
use expect_test::Expect;

use super::scene::{NOON, Scene};

/// A chain that goes on, and an element that watches it.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) scene: Scene,
    pub(crate) model: Model,
    pub(crate) now: Timestamp,
    text: String,
}

#[track_caller]
pub(crate) fn check_life(chain: &str, script: &str, expected: Expect) {
    expected.assert_eq(&Watch::of(chain, script).text);
}

impl Watch {
    /// Plays a script of happenings, `|` between them; the text has a line for each with what it led to beside the connection.
    pub(crate) fn of(chain: &str, script: &str) -> Self {
        let mut watch = Self { scene: Scene::open(chain), model: Model::new(7), now: NOON, text: String::new() };
        for step in script.split('|').map(str::trim) {
            watch.take(step);
        }
        watch
    }

    pub(crate) fn take(&mut self, step: &str) {
        let msg = self.message(step);
        let (next, cmds) = self.model.update(msg, self.now);
        let done: Vec<String> = cmds.iter().filter_map(show).collect();
        writeln!(self.text, "{step}: {}", done.join(", ")).expect("memory");
        self.model = next;
    }

    pub(crate) fn face(&self, tag: &str) -> Face<'_> {
        Face { model: &self.model, label: None, words: Words::of(tag), now: self.now }
    }

    fn message(&mut self, step: &str) -> Msg {
        let (verb, rest) = step.split_once(' ').unwrap_or((step, ""));
        let (status, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let status = status.parse().unwrap_or_default();
        match verb {
            "src" => {
                let setup = Setup { src: Some(Rc::from(rest)), token: Some(Rc::from("T")), is_renewable: false };
                Msg::Feed(feed::Msg::Configured(setup))
            }
            "may" => Msg::Allowed(Deeds::of(rest)),
            "opened" => said(Said::Opened { mode: Mode::Stream, server_at: None }),
            // The chain goes on, and its snapshot comes.
            "told" => {
                self.scene.play(rest);
                self.now = self.now.max(self.scene.now);
                said(Said::Told(self.scene.snapshot(), None))
            }
            "lost" => said(Said::Failed),
            "hidden" => Msg::Feed(feed::Msg::Hidden(true)),
            "shown" => Msg::Feed(feed::Msg::Hidden(false)),
            "wait" => {
                self.now = self.now.plus(Span::from_millis(rest.parse().expect("milliseconds")));
                Msg::Feed(feed::Msg::Woken)
            }
            "graph" => Msg::Answered(Errand::Graph, 200, self.scene.graph()),
            "nograph" => Msg::Answered(Errand::Graph, status, text.into()),
            "output" => {
                let (node, output) = rest.split_once(' ').unwrap_or((rest, ""));
                Msg::Answered(Errand::Output(node.into()), 200, self.scene.results(node, output))
            }
            "nooutput" => {
                let (node, problem) = text.split_once(' ').unwrap_or((text, ""));
                Msg::Answered(Errand::Output(node.into()), status, problem.into())
            }
            "preview" => Msg::Answered(Errand::Preview, 200, self.scene.preview()),
            "nopreview" => Msg::Answered(Errand::Preview, status, text.into()),
            "redriven" => {
                self.scene.play("redrive");
                Msg::Answered(Errand::Redrive, 202, self.scene.snapshot())
            }
            "canceled" => {
                self.scene.play("cancel");
                Msg::Answered(Errand::Cancel, 202, self.scene.snapshot())
            }
            "nocancel" => Msg::Answered(Errand::Cancel, status, text.into()),
            "token" => Msg::Renewed(Rc::from(rest)),
            "press" => {
                let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
                Msg::Pressed(Press::of(name, value).expect("something that can be pressed"))
            }
            other => unreachable!("no such step: {other}"),
        }
    }
}

/// Of the first connection.
fn said(said: Said) -> Msg {
    Msg::Feed(feed::Msg::Feed(1, said))
}

fn show(cmd: &Cmd) -> Option<String> {
    match cmd {
        Cmd::Feed(feed::Cmd::Open(request)) => {
            Some(format!("open with {}", request.token.as_deref().unwrap_or("no token")))
        }
        Cmd::Feed(feed::Cmd::Announce(announcement)) => Some(format!("announce {announcement:?}")),
        Cmd::Feed(_) => None,
        Cmd::Ask(errand) => {
            let (method, body) = errand.body().map_or(("GET", String::new()), |body| ("POST", format!(" {body}")));
            Some(format!("{method} {}{body}", errand.address()))
        }
        Cmd::Hush => Some("hush".into()),
        Cmd::Focus(part) => Some(format!("focus {part}")),
        Cmd::Announce => Some("announce the deed".into()),
        Cmd::AnnounceNews => Some("announce the news".into()),
    }
}

/// The element sees the chain, begun.
pub(crate) const SEEN: &str = "src https://x | opened | told woken | graph";

/// Two ways from one node to another.
pub(crate) const DIAMOND: &str = "fetch; enrich fetch; score fetch continue; update enrich,score; notify update";
