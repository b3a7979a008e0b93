//! What a person may do, and what would come of it.

use alloc::string::String;

use super::Plan;
use crate::face::Face;
use crate::item::Preview;
use crate::model::Deed;
use crate::snapshot::Snapshot;
use cxpulse_element::flow;
use cxpulse_element::text::fill;

pub(super) fn act(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot) {
    let possible = [(Deed::Cancel, face.model.can_cancel()), (Deed::Redrive, face.model.can_redrive())];
    flow::question(plan, &face.words.flow, &face.model.act, possible, |plan, preview| {
        match preview {
            Some(preview) => previewed(plan, face, preview),
            None => plan.say("p", &face.cancel(snapshot)),
        }
        preview.is_none_or(|preview| preview.count > 0)
    });
}

fn previewed(plan: &mut Plan, face: &Face<'_>, preview: &Preview) {
    plan.say("p", &face.preview(preview));
    if !preview.items.is_empty() {
        let more = if preview.count > 20 { ", …" } else { "" };
        let ids: String = [preview.items.join(", ").as_str(), more].concat();
        plan.say("p.ids", &fill(face.words.first, &ids));
    }
    if preview.may_have_run > 0 {
        plan.say("p.doubt", &face.counted(face.words.flow.doubts, preview.may_have_run));
    }
}
