//! What stands where, as a plan of nodes in text: what the page's hands make nodes of. Pure, so that it is tested anywhere.
//!
//! Pictures first, each with a table behind it that stands in the page only while it is wanted. A node of the map is a button in a
//! list: its name says all there is to know of it, the arrow keys lead from one to the other, and one of them is in the tab order
//! (the "roving tabindex" of the ARIA Authoring Practices).

use alloc::string::String;

use cxpulse_element::flow;
pub use cxpulse_element::plan::Plan;

use crate::face::Face;
use crate::model::Shown;

mod charts;
mod chips;
mod detail;
mod foot;
mod head;
mod map;
mod section;
mod spread;
mod variants;

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
        head::progress(&mut plan, face, snapshot);
    }
    head::step(&mut plan, face);
    head::report_trouble(&mut plan, face);
    if let Some(shown) = face.model.shown() {
        report(&mut plan, face, shown);
    }
    if let Some(snapshot) = face.snapshot() {
        head::act(&mut plan, face, snapshot);
        foot::foot(&mut plan, face, snapshot);
    }
    plan.leaf("div\trole=status", spoken).close();
    plan.close();
    plan.finish()
}

fn report(plan: &mut Plan, face: &Face<'_>, shown: &Shown) {
    plan.open("div.report").is("aria-busy", if face.model.is_behind() { "true" } else { "" });
    chips::chips(plan, face, &shown.report);
    if shown.report.interactions == 0 {
        let [nothing, filtered] = face.words.empty;
        plan.say("p.empty", if face.model.filter.count() == 0 { nothing } else { filtered });
    } else {
        head::figures(plan, face, &shown.report);
        map::map(plan, face, shown);
        detail::detail(plan, face, shown);
        variants::variants(plan, face, &shown.report);
        plan.open("div.charts");
        spread::dwell(plan, face, &shown.report);
        charts::charts(plan, face, &shown.report);
        plan.close();
    }
    plan.close();
}
