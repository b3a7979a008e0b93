//! What it came to against what was expected, files for other tools, and how old all this is.

use cxpulse_element::text::{fill, named};

use super::Plan;
use crate::errand::Export;
use crate::face::Face;
use crate::model::Saving;
use crate::snapshot::Snapshot;

pub(super) fn foot(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot) {
    if let Some(completion) = &snapshot.completion {
        let [verified, review] = face.words.verdicts;
        let (verdict, words) = if completion.is_verified { ("verified", verified) } else { ("review", review) };
        plan.open("p.completion").is("data-verdict", verdict);
        plan.say("b.verdict", words);
        plan.say("span.records", &face.completion(completion));
        plan.close();
    }
    if face.model.shown().is_some_and(|shown| shown.report.interactions > 0) {
        exports(plan, face);
    }
    plan.open("div.foot");
    match snapshot.ended_at {
        Some(ended_at) => plan.say("span.ended", &fill(face.words.every.ended, &face.instant(ended_at))),
        None => plan.say("span.age", &face.age(snapshot)),
    }
    plan.close();
}

fn exports(plan: &mut Plan, face: &Face<'_>) {
    let busy = if matches!(face.model.saving, Saving::Asked(_)) { "true" } else { "" };
    plan.open("div.actions\trole=group").is("key", "exports").is("aria-label", face.words.exports);
    plan.say("span.hint", face.words.exports);
    for export in Export::ALL {
        let name = named(&Export::ALL, &face.words.files, export);
        plan.button("save", export.name(), name).is("key", export.name()).is("aria-disabled", busy).close();
    }
    plan.close();
    if let Saving::Refused(..) = face.model.saving {
        plan.open("div.question\tdata-tone=bad").is("key", "refused");
        plan.say("p.refusal", &face.saving());
        plan.button("dismiss", "", face.words.flow.dismiss).close();
        plan.close();
    } else {
        plan.say("p.hint", &face.saving());
    }
}
