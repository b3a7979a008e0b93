//! What the elements of batches and chains have on the page: nodes of a plan, questions under way, what was last said aloud. Never
//! decides.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use wasm_bindgen::prelude::*;

use crate::hands::{Asks, Host, Paint};
use crate::model::Model;
use crate::reading::Snapshot;

/// Of one element; `E` is what it asks the server.
#[derive(Debug)]
pub struct Stage<E> {
    paint: Paint,
    asks: Asks,
    /// What the page's author calls it.
    pub label: RefCell<Option<String>>,
    /// What was last said aloud.
    pub spoken: RefCell<String>,
    errands: RefCell<Vec<(u32, E)>>,
    errand_count: Cell<u32>,
    focus: Cell<Option<&'static str>>,
}

impl<E> Stage<E> {
    /// In the host's shadow, with that style sheet.
    #[must_use]
    pub fn new(host: &Host, css: &str) -> Self {
        Self {
            paint: Paint::new(host, css),
            asks: Asks::new(host),
            label: RefCell::default(),
            spoken: RefCell::default(),
            errands: RefCell::default(),
            errand_count: Cell::default(),
            focus: Cell::default(),
        }
    }

    /// Who is told what a person uses and what the server answers.
    pub fn begin(&self, host: &Host, core: &JsValue) {
        self.asks.tell(core);
        self.paint.tell(core, host);
    }

    /// The element has left the page.
    pub fn end(&self) {
        self.asks.hush();
        self.paint.end();
    }

    /// Asks the server: what stands behind the address of what is shown, and what is posted.
    pub fn ask<S: Snapshot>(&self, feed: &Model<S>, errand: E, address: &str, body: Option<&str>) {
        self.ask_for(feed, errand, address, body, "");
    }

    /// The same; where `file` is not empty, what the server answers becomes a file of that name, and the answer has no text.
    pub fn ask_for<S: Snapshot>(&self, feed: &Model<S>, errand: E, address: &str, body: Option<&str>, file: &str) {
        let number = self.errand_count.get().wrapping_add(1);
        self.errand_count.set(number);
        let src = feed.setup.src.clone().unwrap_or_default();
        self.asks.ask(number, &src, address, body, feed.token().as_deref(), file);
        self.errands.borrow_mut().push((number, errand));
    }

    /// The question of that number, which is answered now.
    pub fn answered(&self, number: u32) -> Option<E> {
        let mut errands = self.errands.borrow_mut();
        let at = errands.iter().position(|(asked, _)| *asked == number)?;
        Some(errands.remove(at).1)
    }

    /// Gives up every question under way.
    pub fn hush(&self) {
        self.errands.borrow_mut().clear();
        self.asks.hush();
    }

    /// The focus goes to the part of that name, once it is drawn.
    pub fn focus(&self, part: &'static str) {
        self.focus.set(Some(part));
    }

    /// Brings the nodes up to a plan.
    pub fn draw(&self, plan: &str) {
        self.paint.draw(plan);
        if let Some(part) = self.focus.take() {
            self.paint.focus(part);
        }
    }
}
