//! `<cxpulse-execution>` on the page: the shared shell, with a tree of nodes. Never decides.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use cxpulse_core::time::Timestamp;
use cxpulse_element::hands::Host;
use cxpulse_element::shell::{self, Kind, Page};
use wasm_bindgen::prelude::*;

use crate::face::{Face, spoken};
use crate::model::{Cmd, Model, Msg};
use crate::text::Words;
use crate::view::execution::View;

/// Defines the elements, where the page has not.
#[wasm_bindgen(start)]
pub fn start() {
    shell::define::<Execution>("cxpulse-execution", "src token label lang theme token-src");
}

#[derive(Debug)]
struct Execution {
    view: View,
    label: RefCell<Option<String>>,
    words: Cell<&'static Words>,
}

impl Kind for Execution {
    type Model = Model;
    type Msg = Msg;
    type Cmd = Cmd;

    fn new(host: &Host, seed: u64) -> (Self, Model) {
        let words = Cell::new(Words::of(""));
        (Self { view: View::new(host), label: RefCell::default(), words }, Model::new(seed))
    }

    fn configure(&self, label: Option<String>, lang: &str, _: Option<String>) -> Option<Msg> {
        self.label.replace(label);
        self.words.set(Words::of(lang));
        None
    }

    fn update(model: &Model, msg: Msg, now: Timestamp) -> (Model, Vec<Cmd>) {
        model.update(msg, now)
    }

    fn perform(&self, page: &Page, model: &Model, cmd: Cmd) {
        page.perform(cmd, |announcement| self.view.announce(&spoken(announcement, model, self.words.get())));
    }

    fn draw(&self, model: &Model, now: Timestamp) -> Option<Timestamp> {
        let face = Face::of(model, self.label.borrow().as_deref(), self.words.get(), now);
        self.view.draw(&face, model.snapshot.as_ref(), self.words.get());
        model.wake_at(now)
    }

    fn snapshot(model: &Model) -> Option<String> {
        model.snapshot.as_ref().map(|snapshot| snapshot.text.clone())
    }
}
