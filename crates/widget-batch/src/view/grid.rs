//! One cell for each item, and what there is to say of the one under the cursor. The cells are painted by the page's hands.

use super::Plan;
use crate::face::Face;
use cxpulse_element::text::decimal;

pub(super) fn grid(plan: &mut Plan, face: &Face<'_>) {
    let grid = &face.model.grid;
    if grid.is_empty() {
        return;
    }
    let number = grid.cursor.map_or(0, |index| index.saturating_add(1));
    let cell = face.cell();
    plan.open("div.grid\trole=slider\ttabindex=0\taria-valuemin=0").is("aria-label", face.words.grid);
    plan.is("aria-valuemax", &decimal(grid.len())).is("aria-valuenow", &decimal(number));
    plan.is("aria-valuetext", if cell.is_empty() { face.words.grid_hint } else { &cell });
    plan.open("canvas.cells\taria-hidden=true").close();
    plan.close();
    plan.open("div.item");
    if cell.is_empty() {
        plan.say("span.hint", face.words.grid_hint);
    } else {
        plan.say("span.cell", &cell);
    }
    if let Some(item) = grid.item.as_deref() {
        plan.say("span.detail", &face.detail(item));
        super::table::link(plan, face, item, face.words.open);
    }
    plan.close();
}
