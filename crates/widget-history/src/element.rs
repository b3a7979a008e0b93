//! `<cxpulse-history>` on the page: the shared shell, with keyboard and controls of its own. Never decides.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;

use cxpulse_core::time::Timestamp;
use cxpulse_element::flow::Stage;
use cxpulse_element::hands::Host;
use cxpulse_element::model as feed;
use cxpulse_element::shell::{self, Kind, Page};
use wasm_bindgen::prelude::*;

use crate::errand::Errand;
use crate::face::Face;
use crate::hands::Controls;
use crate::model::{Cmd, Deeds, Model, Msg, Press};
use crate::text::Words;
use crate::view;

/// Defines the element, where the page has not.
#[wasm_bindgen(start)]
pub fn start() {
    shell::define::<History>("cxpulse-history", "src token label lang theme token-src actions");
}

#[derive(Debug)]
struct History {
    stage: Stage<Errand>,
    controls: Controls,
    words: Cell<&'static Words>,
}

impl Kind for History {
    type Model = Model;
    type Msg = Msg;
    type Cmd = Cmd;

    fn new(host: &Host, seed: u64) -> (Self, Model) {
        let stage = Stage::new(host, CSS);
        (Self { stage, controls: Controls::new(host), words: Cell::new(Words::of("")) }, Model::new(seed))
    }

    fn begin(&self, host: &Host, core: &JsValue) {
        self.stage.begin(host, core);
        self.controls.tell(core);
    }

    fn end(&self) {
        self.stage.end();
        self.controls.end();
    }

    fn configure(&self, label: Option<String>, lang: &str, actions: Option<String>) -> Option<Msg> {
        self.stage.label.replace(label);
        self.words.set(Words::of(lang));
        Some(Msg::Allowed(Deeds::of(actions.as_deref().unwrap_or_default())))
    }

    fn update(model: &Model, msg: Msg, now: Timestamp) -> (Model, Vec<Cmd>) {
        model.update(msg, now)
    }

    fn perform(&self, page: &Page, model: &Model, cmd: Cmd) {
        let face = Face { model, label: None, words: self.words.get(), now: cxpulse_element::hands::now() };
        let speak = |words: String| drop(self.stage.spoken.replace(words));
        match cmd {
            Cmd::Feed(cmd) => page.perform(cmd, |news| speak(face.spoken(news))),
            Cmd::Announce => speak(face.spoken_act()),
            Cmd::AnnounceReport => speak(face.spoken_report()),
            Cmd::AnnounceFile => speak(face.saving()),
            Cmd::Ask(errand) => self.ask(model, errand),
            Cmd::Hush => self.stage.hush(),
            Cmd::Focus(part) => self.stage.focus(part),
        }
    }

    fn draw(&self, model: &Model, now: Timestamp) -> Option<Timestamp> {
        let label = self.stage.label.borrow();
        let face = Face { model, label: label.as_deref(), words: self.words.get(), now };
        self.stage.draw(&view::plan(&face, &self.stage.spoken.borrow()));
        model.wake_at(now)
    }

    fn snapshot(model: &Model) -> Option<String> {
        model.feed.snapshot.as_ref().map(|snapshot| snapshot.text.clone())
    }

    fn press(name: &str, value: &str) -> Option<Msg> {
        Press::of(name, value).map(Msg::Pressed)
    }

    fn answer(&self, number: u32, status: u16, text: String) -> Option<Msg> {
        Some(Msg::Answered(self.stage.answered(number)?, status, text))
    }

    fn renew(token: &str) -> Option<Msg> {
        Some(Msg::Renewed(Rc::from(token)))
    }
}

impl History {
    fn ask(&self, model: &Model, errand: Errand) {
        let (address, body) = (errand.address(), errand.body());
        let id = model.feed.snapshot.as_ref().map_or("history", |snapshot| &snapshot.id);
        let file = match &errand {
            Errand::Save(export, _) => [id, export.ending()].concat(),
            Errand::Report(..) | Errand::Cancel => String::new(),
        };
        self.stage.ask_for(&model.feed, errand, &address, body, &file);
    }
}

impl From<feed::Msg> for Msg {
    fn from(msg: feed::Msg) -> Self {
        Self::Feed(msg)
    }
}

const CSS: &str = concat!(
    include_str!("../../element/src/base.css"),
    include_str!("../../element/src/flow.css"),
    include_str!("view/history.css")
);
