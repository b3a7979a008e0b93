//! The process map: edges below, what is said of them and nodes above, and what changes how they are drawn.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_element::text::{decimal, fill};

use super::Plan;
use super::section::{open, table};
use super::variants::hue;
use crate::face::Face;
use crate::map::{BOX_HEIGHT, BOX_WIDTH, Link, Map, Way};
use crate::model::{Measure, Section, Shown, Size};
use crate::number::permille;
use crate::report::{Node, Report};

pub(super) fn map(plan: &mut Plan, face: &Face<'_>, shown: &Shown) {
    let (map, report) = (&shown.map, &shown.report);
    open(plan, face, Section::Map, map.links.is_empty());
    if !map.links.is_empty() {
        tools(plan, face, shown);
        plan.open("div.scroll").is("data-size", if face.model.look.size == Size::Full { "full" } else { "fit" });
        plan.open("div.canvas").is("--_w", &decimal(map.width)).is("--_h", &decimal(map.height));
        links(plan, face, map);
        rims(plan, face, map);
        labels(plan, face, map);
        nodes(plan, face, report, map);
        plan.close();
        plan.close();
        plan.leaf("p.hint\tid=hint", face.words.hint).close();
    }
    table(plan, face, Section::Map, report);
    plan.close();
}

fn tools(plan: &mut Plan, face: &Face<'_>, shown: &Shown) {
    plan.open("div.tools");
    plan.open("div.choice\trole=group").is("aria-label", face.words.measure);
    for measure in Measure::ALL {
        plan.button("measure", measure.name(), face.words.measure(measure)).is("key", measure.name());
        plan.is("aria-pressed", if measure == face.model.look.measure { "true" } else { "false" }).close();
    }
    plan.close();
    let drawn = drawn(face, shown);
    plan.open("label.slider");
    plan.say("span", face.words.edges);
    plan.open("input.input\ttype=range\tmin=0\tmax=100\tstep=5").is("value", &decimal(face.model.percent()));
    plan.is("aria-valuetext", &drawn).close();
    plan.close();
    plan.button("size", "", face.words.full);
    plan.is("aria-pressed", if face.model.look.size == Size::Full { "true" } else { "false" }).close();
    plan.say("span.drawn", &drawn);
    plan.close();
}

/// `36 of 115 edges, 91 % of all passages`, and before it how many nodes, where those are not all.
fn drawn(face: &Face<'_>, shown: &Shown) -> String {
    let count = |count: usize| face.count(count.try_into().unwrap_or_default());
    let (map, report) = (&shown.map, &shown.report);
    let [some, of, passages] = face.words.drawn;
    let (drawn, all) = map.passages;
    let part = permille(drawn, all).saturating_mul(1_000);
    let edges =
        [fill(some, &count(map.links.len())), fill(of, &count(map.link_count)), fill(passages, &face.percent(part))];
    let [most, nodes] = face.words.nodes;
    let are_all = report.node_count <= report.nodes.len().try_into().unwrap_or_default();
    let nodes = [fill(most, &count(report.nodes.len())), fill(nodes, &face.count(report.node_count))].concat();
    [if are_all { "" } else { &nodes }, &edges.concat() as &str].concat()
}

fn links(plan: &mut Plan, face: &Face<'_>, map: &Map) {
    let most = map.links.iter().map(|link| face.weight(link.count, link.times.as_ref())).max().unwrap_or_default();
    let view_box = ["0 0 ", &decimal(map.width), " ", &decimal(map.height)].concat();
    plan.open("svg.edges\taria-hidden=true").is("viewBox", &view_box);
    // The thickest last, on top of the others; those of what a person looks at above all.
    for is_near in [false, true] {
        for link in map.links.iter().rev().filter(|link| is_close(face, link) == is_near) {
            let width = width(face.weight(link.count, link.times.as_ref()), most);
            plan.open("path.edge").is("key", &key(link)).is("d", &link.path).is("stroke-width", &width);
            plan.is("data-way", way(link.way)).is("data-near", if is_near { "1" } else { "" }).close();
        }
    }
    plan.close();
}

/// Whether it is one of the node that a person looks at.
fn is_close(face: &Face<'_>, link: &Link) -> bool {
    face.model.look.is_open && (link.from == face.model.look.cursor || link.to == face.model.look.cursor)
}

fn key(link: &Link) -> String {
    let number = |at: usize| decimal(at.try_into().unwrap_or_default());
    [&number(link.from) as &str, "-", &number(link.to)].concat()
}

const fn way(way: Way) -> &'static str {
    match way {
        Way::On => "on",
        Way::Back => "back",
        Way::Loop => "loop",
        Way::Rim => "rim",
    }
}

/// From 1 to 8, in tenths: by the root, so that what is rare can still be seen beside what is frequent.
fn width(weight: u64, most: u64) -> String {
    let tenths = 10_u64.saturating_add(root_of_share(weight, most).saturating_mul(70) / 1_000);
    [&decimal(tenths / 10), ".", &decimal(tenths % 10)].map(|it| it as &str).concat()
}

/// The root of a share, of a thousand. By Newton's method: the library's own takes eight times as much code.
fn root_of_share(part: u64, whole: u64) -> u64 {
    let square = permille(part, whole).saturating_mul(1_000);
    (0..ROUNDS).fold(1_000, |root: u64, _| u64::midpoint(root, square.checked_div(root).unwrap_or_default()))
}

/// What edges tell, where there is room for it: the most important first, none over another one.
fn labels(plan: &mut Plan, face: &Face<'_>, map: &Map) {
    let mut sorted: Vec<&Link> = Vec::new();
    let weight = |link: &Link| (is_close(face, link), face.weight(link.count, link.times.as_ref()));
    for link in &map.links {
        let at = sorted.iter().rposition(|other| weight(other) >= weight(link));
        sorted.insert(at.map_or(0, |at| at.saturating_add(1)), link);
    }
    let mut taken: Vec<[u64; 4]> = Vec::new();
    for link in sorted {
        let words = face.told(link.count, link.times.as_ref());
        // Counted as the words of each language here are written: two bytes for a blank that does not break.
        let letters = u64::try_from(words.len()).unwrap_or_default();
        let half = letters.saturating_mul(LETTER).saturating_add(LETTER) / 2;
        let around = |(x, y): (u64, u64)| {
            [x.saturating_sub(half), y.saturating_sub(LINE / 2), x.saturating_add(half), y.saturating_add(LINE / 2)]
        };
        let free = link.labels.iter().find(|at| !taken.iter().any(|other| do_touch(&around(**at), other)));
        if let (Some((x, y)), false) = (free, words.is_empty()) {
            taken.push(around((*x, *y)));
            plan.open("span.label\taria-hidden=true").is("key", &key(link)).is("--_x", &decimal(*x));
            plan.is("--_y", &decimal(*y)).is("data-near", if is_close(face, link) { "1" } else { "" });
            plan.is("", &words).close();
        }
    }
}

fn do_touch([left, top, right, bottom]: &[u64; 4], other: &[u64; 4]) -> bool {
    left < &other[2] && &other[0] < right && top < &other[3] && &other[1] < bottom
}

/// Where all begin and end.
fn rims(plan: &mut Plan, face: &Face<'_>, map: &Map) {
    for (words, spot) in face.words.rims.into_iter().zip(map.spots.iter().skip(map.nodes())) {
        plan.open("span.rim\taria-hidden=true")
            .is("key", words)
            .is("--_x", &decimal(spot.x.saturating_add(BOX_WIDTH / 2)));
        plan.is("--_y", &decimal(spot.y.saturating_add(BOX_HEIGHT / 2))).is("", words).close();
    }
}

fn nodes(plan: &mut Plan, face: &Face<'_>, report: &Report, map: &Map) {
    let most = report.nodes.iter().map(|node| face.weight(node.times.count, Some(&node.times))).max();
    // A list without marks is none to some screen readers, unless its role is said.
    plan.open("ul.nodes\trole=list").is("aria-label", face.words.section(Section::Map));
    plan.is("aria-describedby", "hint");
    for at in map.order() {
        if let Some(node) = report.nodes.get(*at) {
            one(plan, face, (report, map), (*at, node), most.unwrap_or_default());
        }
    }
    plan.close();
}

fn one(plan: &mut Plan, face: &Face<'_>, (report, map): (&Report, &Map), (at, node): (usize, &Node), most: u64) {
    let number = decimal(at.try_into().unwrap_or_default());
    let look = &face.model.look;
    let is_cursor = look.cursor == at;
    let spot = map.spots.get(at).copied().unwrap_or_default();
    let heat = root_of_share(face.weight(node.times.count, Some(&node.times)), most) / 22;
    plan.open("li.item").is("key", &node.name).is("--_x", &decimal(spot.x)).is("--_y", &decimal(spot.y));
    plan.open(if is_cursor { "button.node cursor" } else { "button.node" }).is("key", "node");
    plan.is("type", "button").is("tabindex", if is_cursor { "0" } else { "-1" }).is("title", &node.name);
    plan.is("data-do", "pick").is("data-value", &number).is("aria-label", &face.aloud(report, map, at, node));
    plan.is("aria-expanded", if is_cursor && look.is_open { "true" } else { "false" }).is("aria-controls", "detail");
    plan.is("data-flagged", if node.flagged > 0 { "1" } else { "" });
    plan.is("--_heat", &decimal(heat)).is("--_hue", &decimal(hue(&node.name)));
    plan.say("span.name", &node.name);
    plan.say("span.note", &face.told(node.times.count, Some(&node.times)));
    plan.close();
    plan.close();
}

/// From 1,000 down to the root of what is not above a million.
const ROUNDS: u32 = 12;

/// Width of a letter of a label, in the map's units.
const LETTER: u64 = 7;

/// Height of a label.
const LINE: u64 = 16;
