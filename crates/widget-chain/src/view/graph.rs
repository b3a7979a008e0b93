//! The graph: edges below, nodes above, and what changes how they are drawn. The same nodes are the list.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_core::time::Timestamp;
use cxpulse_element::flow::shape;
use cxpulse_element::text::decimal;

use super::Plan;
use crate::face::Face;
use crate::graph::Graph;
use crate::model::Drawing;
use crate::snapshot::{Class, Node, Snapshot};

pub(super) fn graph(plan: &mut Plan, face: &Face<'_>, snapshot: &Snapshot) {
    let drawn = face.model.drawn();
    plan.open("section.graph").is("aria-label", face.words.graph).is("data-size", face.model.size().name());
    plan.is("data-form", if face.model.look.is_list || drawn.is_none() { "list" } else { "graph" });
    tools(plan, face, drawn.is_some());
    let critical = critical(snapshot);
    plan.open("div.scroll");
    if let Some(drawn) = drawn {
        plan.open("div.canvas").is("--_w", &decimal(drawn.width)).is("--_h", &decimal(drawn.height));
        edges(plan, face, drawn, &critical);
    } else {
        plan.open("div.canvas");
    }
    // A list without marks is none to some screen readers, unless its role is said.
    plan.open("ul.nodes\trole=list").is("aria-label", face.words.graph).is("aria-describedby", "hint");
    for (at, one) in snapshot.nodes.iter().enumerate() {
        node(plan, face, (at, one), critical.contains(&at));
    }
    plan.close();
    plan.close();
    plan.close();
    plan.close();
}

/// Numbers of the nodes of the critical path.
fn critical(snapshot: &Snapshot) -> Vec<usize> {
    let place = |name: &String| snapshot.nodes.iter().position(|node| node.name == *name);
    snapshot.critical_path.iter().filter_map(place).collect()
}

fn tools(plan: &mut Plan, face: &Face<'_>, is_drawn: bool) {
    let (look, size) = (&face.model.look, face.model.size());
    plan.open("div.tools");
    match &face.model.graph {
        Drawing::Known(_) => plan.leaf("span.hint\tid=hint", face.words.hint).close(),
        Drawing::Asked => plan.say("span.hint", face.words.every.loading),
        // It was asked for, and the server did not say.
        Drawing::Due(at) if *at > Timestamp::default() => {
            plan.say("span.hint", face.words.missing);
        }
        Drawing::Due(_) => {}
    }
    if is_drawn {
        let off = |is_off: bool| if is_off { "true" } else { "" };
        plan.button("smaller", "", "−").is("aria-label", face.words.smaller).is("title", face.words.smaller);
        plan.is("aria-disabled", off(look.is_list || size.smaller().is_none())).close();
        plan.button("larger", "", "+").is("aria-label", face.words.larger).is("title", face.words.larger);
        plan.is("aria-disabled", off(look.is_list || size.larger().is_none())).close();
        plan.button("list", "", face.words.list)
            .is("aria-pressed", if look.is_list { "true" } else { "false" })
            .close();
    }
    plan.close();
}

fn edges(plan: &mut Plan, face: &Face<'_>, drawn: &Graph, critical: &[usize]) {
    let view_box = ["0 0 ", &decimal(drawn.width), " ", &decimal(drawn.height)].concat();
    plan.open("svg.edges\taria-hidden=true\tpreserveAspectRatio=none").is("viewBox", &view_box);
    let is_open = face.model.look.is_open;
    let near = if is_open { drawn.around(face.model.look.cursor) } else { String::new() };
    for (part, way) in [("all", drawn.path()), ("critical", &drawn.along(critical)), ("near", &near)] {
        plan.open("path.edge").is("key", part).is("data-edge", part).is("d", way).close();
    }
    plan.close();
}

fn node(plan: &mut Plan, face: &Face<'_>, (at, node): (usize, &Node), is_critical: bool) {
    let number = decimal(at.try_into().unwrap_or_default());
    let spot = face.model.drawn().and_then(|drawn| drawn.spots.get(at));
    let look = &face.model.look;
    let (is_cursor, flag) = (look.cursor == at, |is: bool| if is { "1" } else { "" });
    plan.open("li.item").is("key", &number).is("data-class", node.class.name()).is("data-critical", flag(is_critical));
    if let Some(spot) = spot {
        plan.is("--_x", &decimal(spot.x)).is("--_y", &decimal(spot.y));
    }
    plan.open(if is_cursor { "button.node cursor" } else { "button.node" }).is("key", "node");
    plan.is("type", "button").is("tabindex", if is_cursor { "0" } else { "-1" }).is("title", &node.name);
    plan.is("data-do", "node").is("data-value", &number).is("aria-label", &face.aloud(at, node, is_critical));
    plan.is("aria-expanded", if is_cursor && look.is_open { "true" } else { "false" }).is("aria-controls", "detail");
    mark(plan, node.class);
    plan.say("span.name", &node.name);
    plan.say("span.note", &face.note(node));
    plan.say("span.needs", &face.needs(at).unwrap_or_default());
    plan.close();
    plan.close();
}

/// A shape for each state, so that none is told by its colour alone.
pub(super) fn mark(plan: &mut Plan, class: Class) {
    plan.open("svg.mark\tviewBox=0 0 20 20\taria-hidden=true");
    plan.open("path").is("d", mark_of(class)).close();
    plan.close();
}

fn mark_of(class: Class) -> &'static str {
    match class {
        Class::Successful => shape("completed"),
        Class::Degraded => "M17.5 10a7.5 7.5 0 1 1-15 0a7.5 7.5 0 1 1 15 0M6 11.2c1.3-2.4 2.7-2.4 4-1.2s2.7 1.2 4-1.2",
        Class::Failed => shape("failed"),
        Class::Canceled => shape("canceled"),
        Class::Skipped => "M4 5.5l5 4.5l-5 4.5M11 5.5l5 4.5l-5 4.5",
        Class::Running => shape("running"),
        Class::NotStarted => shape("pending"),
    }
}
