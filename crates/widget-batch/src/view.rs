//! What stands where, as a plan of nodes in text: what the page's hands make nodes of. Pure, so that it is tested anywhere.
//!
//! ARIA 1.2: a `progressbar` tells how far; the grid's cursor is a `slider`, whose value is the item's number and whose text is
//! what there is to say of it, so that a screen reader speaks each item that the arrow keys lead to.

use alloc::string::String;

use cxpulse_element::flow;

use crate::face::Face;

mod act;
mod grid;
mod head;
mod table;
mod trouble;

pub use cxpulse_element::plan::Plan;

/// The whole element at one instant; `spoken` is what was last said aloud.
#[must_use]
pub fn plan(face: &Face<'_>, spoken: &str) -> String {
    let mut plan = Plan::default();
    let (link, link_words) = face.words.every.link(&face.model.feed, face.now);
    let state = face.headline().0;
    plan.open("div.card\trole=group").is("aria-label", face.title());
    plan.is("data-state", state).is("data-link", link);
    flow::head(&mut plan, face.headline(), face.title(), &link_words);
    if let Some(snapshot) = face.snapshot() {
        head::counts(&mut plan, face, snapshot);
        head::numbers(&mut plan, face, snapshot);
    }
    head::step(&mut plan, face);
    if let Some(snapshot) = face.snapshot() {
        trouble::trouble(&mut plan, face, snapshot);
        grid::grid(&mut plan, face);
        table::table(&mut plan, face);
        act::act(&mut plan, face, snapshot);
        head::foot(&mut plan, face, snapshot);
    }
    plan.leaf("div\trole=status", spoken).close();
    plan.close();
    plan.finish()
}
