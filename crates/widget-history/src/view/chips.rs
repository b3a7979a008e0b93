//! What the report is narrowed to, and by what it can be.

use super::Plan;
use crate::face::Face;
use crate::filter::Field;
use crate::report::Report;
use cxpulse_element::text::{fill, named};

pub(super) fn chips(plan: &mut Plan, face: &Face<'_>, report: &Report) {
    let filter = &face.model.filter;
    plan.open("div.filters\trole=group").is("aria-label", face.words.filters);
    for field in [Field::From, Field::Until] {
        plan.open("label.when").is("key", field.name());
        plan.say("span.hint", named(&Field::ALL, &face.words.fields, field));
        plan.open("input.input\ttype=datetime-local").is("name", field.name()).close();
        plan.close();
    }
    let is_on = filter.get(Field::Error).is_some();
    let [erring, ..] = report.errors;
    if erring > 0 || is_on {
        plan.button("error", if is_on { "" } else { "true" }, face.chip(Field::Error, "").as_str());
        plan.is("aria-pressed", if is_on { "true" } else { "false" }).close();
    }
    for field in Field::ALL {
        let Some(value) = filter.get(field) else { continue };
        let words = face.chip(field, value);
        plan.open("button.chip\ttype=button").is("key", field.name()).is("data-do", field.name());
        plan.is("aria-label", &fill(face.words.remove, &words));
        plan.say("span.name", &words);
        plan.say("span\taria-hidden=true", "×");
        plan.close();
    }
    if filter.count() > 1 {
        plan.button("widen", "", face.words.widen).close();
    }
    if face.model.is_behind() {
        plan.say("span.hint", face.words.drawing);
    }
    plan.close();
}
