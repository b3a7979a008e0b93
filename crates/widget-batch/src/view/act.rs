//! What a person may do, and the question whether it is meant, in its place.

use alloc::string::String;

use super::Plan;
use crate::face::Face;
use crate::item::Preview;
use crate::model::{Act, Deed};
use crate::snapshot::Snapshot;
use cxpulse_element::text::fill;

pub(super) fn act(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot) {
    match &face.model.act {
        Act::Asked(deed, preview) => ask(plan, face, snapshot, *deed, preview.as_ref()),
        Act::Refused(deed, status, reason) => {
            plan.open("div.question\tdata-tone=bad");
            plan.say("p.refusal", &face.refusal(*deed, *status, reason));
            plan.button("dismiss", "", face.words.dismiss).close();
            plan.close();
        }
        Act::None | Act::Previewing | Act::Sending(_) | Act::Done(_) => buttons(plan, face),
    }
}

fn buttons(plan: &mut Plan, face: &Face<'_>) {
    let model = face.model;
    let note = match &model.act {
        Act::Previewing => face.words.previewing,
        Act::Sending(deed) => face.words.deed(*deed).sending,
        Act::Done(deed) => face.words.deed(*deed).done,
        Act::None | Act::Asked(..) | Act::Refused(..) => "",
    };
    if note.is_empty() && !model.can_cancel() && !model.can_redrive() {
        return;
    }
    let busy = if matches!(model.act, Act::Previewing | Act::Sending(_)) { "true" } else { "" };
    plan.open("div.actions");
    if model.can_cancel() {
        plan.button("cancel", "", face.words.deed(Deed::Cancel).begin).is("aria-disabled", busy).close();
    }
    if model.can_redrive() {
        plan.button("redrive", "", face.words.deed(Deed::Redrive).begin).is("aria-disabled", busy).close();
    }
    plan.say("span.hint", note);
    plan.close();
}

fn ask(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot, deed: Deed, preview: Option<&Preview>) {
    let words = face.words.deed(deed);
    plan.open("div.question\trole=group\taria-labelledby=ask\taria-describedby=effect");
    plan.leaf("p.ask\tid=ask", words.ask).close();
    plan.open("div.effect\tid=effect");
    match preview {
        Some(preview) => previewed(plan, face, preview),
        None => plan.say("p", &face.cancel(snapshot)),
    }
    plan.close();
    plan.open("div.actions");
    if preview.is_none_or(|preview| preview.count > 0) {
        plan.button("confirm", "", words.confirm).is("data-tone", "strong").close();
    }
    plan.button("dismiss", "", words.leave).close();
    plan.close();
    plan.close();
}

fn previewed(plan: &mut Plan, face: &Face<'_>, preview: &Preview) {
    plan.say("p", &face.preview(preview));
    if !preview.items.is_empty() {
        let more = if preview.count > 20 { ", …" } else { "" };
        let ids: String = [preview.items.join(", ").as_str(), more].concat();
        plan.say("p.ids", &fill(face.words.first, &ids));
    }
    if preview.may_have_run > 0 {
        plan.say("p.doubt", &face.counted(face.words.doubts, preview.may_have_run));
    }
}
