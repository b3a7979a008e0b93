//! What stands where, as a plan of nodes in text: what the page's hands make nodes of. Pure, so that it is tested anywhere.
//!
//! A node is a button in a list: its name says all there is to know of it, the arrow keys lead from one to the other, and one of
//! them is in the tab order (the "roving tabindex" of the ARIA Authoring Practices). The style sheet puts the list's items where
//! the graph has them, or one below the other where there is little room.

use alloc::string::String;

use cxpulse_element::flow;
pub use cxpulse_element::plan::Plan;

use crate::face::Face;

mod detail;
mod graph;
mod head;

/// The whole element at one instant; `spoken` is what was last said aloud.
#[must_use]
pub fn plan(face: &Face<'_>, spoken: &str) -> String {
    let mut plan = Plan::default();
    let (link, link_words) = face.words.every.link(&face.model.feed, face.now);
    let headline = face.headline();
    plan.open("div.card\trole=group").is("aria-label", face.title());
    plan.is("data-state", headline.0).is("data-link", link);
    flow::head(&mut plan, headline, face.title(), &link_words);
    if let Some(snapshot) = face.snapshot() {
        head::counts(&mut plan, face, snapshot);
        head::numbers(&mut plan, face, snapshot);
    }
    head::step(&mut plan, face);
    if let Some(snapshot) = face.snapshot() {
        head::lists(&mut plan, face, snapshot);
        graph::graph(&mut plan, face, snapshot);
        detail::detail(&mut plan, face, snapshot);
        head::act(&mut plan, face, snapshot);
        head::foot(&mut plan, face, snapshot);
    }
    plan.leaf("div\trole=status", spoken).close();
    plan.close();
    plan.finish()
}
