//! What failed, by code: the message once, how often, which items; never a line for each of ten thousand.

use super::Plan;
use crate::face::Face;
use crate::snapshot::{Group, Snapshot};
use cxpulse_element::text::{decimal, fill};

pub(super) fn trouble(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot) {
    if snapshot.failures.is_empty() {
        return;
    }
    let kinds = snapshot.failures.len().try_into().unwrap_or_default();
    plan.open("section.failures").is("aria-label", &face.counted(face.words.failures, kinds));
    plan.say("h3.heading", &face.counted(face.words.failures, kinds));
    plan.open("ul.groups");
    for (at, group) in snapshot.failures.iter().enumerate() {
        one(plan, face, group, &decimal(at.try_into().unwrap_or_default()));
    }
    plan.close();
    plan.close();
}

fn one(plan: &mut Plan, face: &Face<'_>, group: &Group, at: &str) {
    let is_unfolded = face.model.unfolded.as_deref() == Some(group.code.as_str());
    let id = ["group-", at].concat();
    plan.open("li.failure").is("key", &group.code);
    plan.open("button.fold\ttype=button\tdata-do=group").is("data-value", &group.code);
    plan.is("aria-expanded", if is_unfolded { "true" } else { "false" }).is("aria-controls", &id);
    plan.say("b.number", &face.words.every.count(group.count));
    plan.say("span.error-message", &group.message);
    plan.say("code.error-code", &group.code);
    plan.close();
    plan.open("div.examples").is("id", &id).is("hidden", if is_unfolded { "" } else { "1" });
    if is_unfolded {
        plan.say("p.ids", &fill(face.words.first, &group.items.join(", ")));
        plan.button("filter", &group.code, face.words.show_faulty).close();
    }
    plan.close();
    plan.close();
}
