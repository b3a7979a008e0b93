//! What a person may do, and the question whether it is meant, in its place.

use super::{Act, Deed, Words};
use crate::plan::Plan;

/// Buttons for what is `possible` now, or where a deed stands. `effect` says what one would do, and whether there is anything
/// to say yes to.
pub fn question<P>(
    plan: &mut Plan,
    words: &Words,
    act: &Act<P>,
    possible: [(Deed, bool); 2],
    effect: impl FnOnce(&mut Plan, Option<&P>) -> bool,
) {
    match act {
        Act::Asked(deed, preview) => ask(plan, words, *deed, |plan| effect(plan, preview.as_ref())),
        Act::Refused(deed, status, reason) => {
            plan.open("div.question\tdata-tone=bad");
            plan.say("p.refusal", &words.refusal(*deed, *status, reason));
            plan.button("dismiss", "", words.dismiss).close();
            plan.close();
        }
        Act::Previewing => buttons(plan, words, possible, words.previewing, "true"),
        Act::Sending(deed) => buttons(plan, words, possible, words.deed(*deed).sending, "true"),
        Act::Done(deed) => buttons(plan, words, possible, words.deed(*deed).done, ""),
        Act::None => buttons(plan, words, possible, "", ""),
    }
}

fn buttons(plan: &mut Plan, words: &Words, possible: [(Deed, bool); 2], note: &str, busy: &str) {
    let mut possible = possible.into_iter().filter(|(_, is_possible)| *is_possible).peekable();
    if note.is_empty() && possible.peek().is_none() {
        return;
    }
    plan.open("div.actions");
    for (deed, _) in possible {
        let name = match deed {
            Deed::Cancel => "cancel",
            Deed::Redrive => "redrive",
        };
        plan.button(name, "", words.deed(deed).begin).is("aria-disabled", busy).close();
    }
    plan.say("span.hint", note);
    plan.close();
}

fn ask(plan: &mut Plan, words: &Words, deed: Deed, effect: impl FnOnce(&mut Plan) -> bool) {
    let words = words.deed(deed);
    plan.open("div.question\trole=group\taria-labelledby=ask\taria-describedby=effect");
    plan.leaf("p.ask\tid=ask", words.ask).close();
    plan.open("div.effect\tid=effect");
    let has_effect = effect(plan);
    plan.close();
    plan.open("div.actions");
    if has_effect {
        plan.button("confirm", "", words.confirm).is("data-tone", "strong").close();
    }
    plan.button("dismiss", "", words.leave).close();
    plan.close();
    plan.close();
}
