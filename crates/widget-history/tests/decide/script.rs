//! Stories of a history's element: what happens to it, and what it is told to do, as text.

use std::fmt::Write as _;
use std::rc::Rc;

use cxpulse_core::time::{Span, Timestamp};
use cxpulse_element::model::{self as feed, Mode, Said, Setup};
use cxpulse_widget_history::errand::Errand;
use cxpulse_widget_history::face::Face;
use cxpulse_widget_history::model::{Cmd, Deeds, Model, Msg, Press};
use cxpulse_widget_history::text::Words;
use expect_test::Expect;

use super::scene::{NOON, Scene};

/// A history that goes on, and an element that watches it.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) scene: Scene,
    pub(crate) model: Model,
    pub(crate) now: Timestamp,
    asked: Vec<Errand>,
    text: String,
}

#[track_caller]
pub(crate) fn check_life(interactions: &str, script: &str, expected: Expect) {
    expected.assert_eq(&Watch::of(interactions, script).text);
}

impl Watch {
    /// Plays a script of happenings, `|` between them; the text has a line for each with what it led to beside the connection.
    pub(crate) fn of(interactions: &str, script: &str) -> Self {
        let scene = Scene::open(interactions);
        let mut watch = Self { scene, model: Model::new(7), now: NOON, asked: Vec::new(), text: String::new() };
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
        self.asked
            .extend(cmds.into_iter().filter_map(|cmd| if let Cmd::Ask(errand) = cmd { Some(errand) } else { None }));
        self.model = next;
    }

    pub(crate) fn face(&self, tag: &str) -> Face<'_> {
        Face { model: &self.model, label: None, words: Words::of(tag), now: self.now }
    }

    /// The plan of what is on the page.
    pub(crate) fn plan(&self) -> String {
        cxpulse_widget_history::view::plan(&self.face("en"), "")
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
            // The history goes on, and its snapshot comes.
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
            // The server answers the question asked first, as the Worker would, or as is said.
            "answer" => {
                let errand = self.asked.remove(0);
                let text = self.scene.report(&errand.address());
                Msg::Answered(errand, 200, text)
            }
            "refuse" => Msg::Answered(self.asked.remove(0), status, text.into()),
            "canceled" => {
                self.scene.play("cancel");
                Msg::Answered(self.asked.remove(0), 202, self.scene.snapshot())
            }
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
        Cmd::AnnounceReport => Some("announce the report".into()),
        Cmd::AnnounceFile => Some("announce the file".into()),
    }
}

/// The element sees a history that has ended, and its report.
pub(crate) const SEEN: &str = "src https://x | opened | told woken; +1500ms; page 20 of 20 | answer";

/// A main way, one with rework and a loop, one that fails.
pub(crate) const THREE: &str = "a b c d x12; a b b c b d x5; a c! d x3";
