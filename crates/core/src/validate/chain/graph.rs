//! What the nodes of a chain need of each other: names that there are, no circle, not too many, not too deep. Never looks at a
//! template.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::node::Draft;
use crate::chain::graph::{circles, layers, order};
use crate::chain::{DEPTH_MAX, EDGES_MAX};
use crate::flow::Edges;
use crate::validate::Code;
use crate::validate::fields::Faults;

/// The node that each name is of; of a repeated name the first.
pub(super) fn places<'d>(drafts: &'d [Draft<'_>]) -> BTreeMap<&'d str, u32> {
    let mut places = BTreeMap::new();
    for (index, draft) in (0_u32..).zip(drafts) {
        places.entry(draft.name.as_str()).or_insert(index);
    }
    places
}

/// What each node needs, by index, in order, each once; what cannot be needed is told, and left out.
pub(super) fn needs_of(drafts: &[Draft<'_>], faults: &Faults) -> Vec<Vec<u32>> {
    let places = places(drafts);
    let mut needs = Vec::with_capacity(drafts.len());
    for (index, draft) in (0_u32..).zip(drafts) {
        let mut own = BTreeSet::new();
        for (at, name) in &draft.depends_on {
            let fault = |code, message: &str| faults.add(draft.dependency(*at), code, message);
            match places.get(name.as_str()) {
                None => fault(Code::UnknownNode, "is no node of this chain"),
                Some(need) if *need == index => fault(Code::Cycle, "is the node itself"),
                Some(need) if !own.insert(*need) => fault(Code::RepeatedField, "is named before"),
                Some(_) => {}
            }
        }
        needs.push(own.into_iter().collect());
    }
    needs
}

/// Dependencies without a circle.
pub(super) struct Sorted {
    pub(super) edges: Edges,
    /// Nodes such that each stands after all it needs.
    pub(super) order: Vec<u32>,
}

impl Sorted {
    /// `None` where there is a circle.
    pub(super) fn of(needs: &[Vec<u32>]) -> Option<Self> {
        let edges = Edges::new(needs.to_vec()).ok()?;
        let order = order(&edges)?;
        Some(Self { edges, order })
    }
}

/// Tells of circles and of limits that are passed.
pub(super) fn check(drafts: &[Draft<'_>], needs: &[Vec<u32>], sorted: Option<&Sorted>, faults: &Faults) {
    let count = needs.iter().fold(0_usize, |sum, needs| sum.saturating_add(needs.len()));
    if count > EDGES_MAX {
        faults.add("/nodes".into(), Code::OutOfRange, format!("must have at most {EDGES_MAX} dependencies together"));
        return;
    }
    let Some(sorted) = sorted else { return tell_circles(drafts, needs, faults) };
    let layers = layers(&sorted.edges, &sorted.order);
    let deepest = (0_u32..).zip(&layers).max_by_key(|(index, layer)| (**layer, core::cmp::Reverse(*index)));
    if let Some((index, layer)) = deepest.filter(|(_, layer)| **layer >= DEPTH_MAX) {
        let message = format!(
            "has {} nodes one after the other up to it, and must have at most {DEPTH_MAX}",
            layer.saturating_add(1)
        );
        faults.add(pointer_of(drafts, index), Code::OutOfRange, message);
    }
}

/// `a -> b -> c -> a`: the way that values would go.
fn tell_circles(drafts: &[Draft<'_>], needs: &[Vec<u32>], faults: &Faults) {
    for circle in circles(needs) {
        let name =
            |node: &u32| usize::try_from(*node).ok().and_then(|at| drafts.get(at)).map(|draft| draft.name.as_str());
        let names: Vec<&str> = circle.iter().chain(circle.first()).filter_map(name).collect();
        let at = circle.first().map(|first| pointer_of(drafts, *first)).unwrap_or_default();
        faults.add(format!("{at}/depends_on"), Code::Cycle, format!("goes in a circle: {}", names.join(" -> ")));
    }
}

fn pointer_of(drafts: &[Draft<'_>], node: u32) -> String {
    let draft = usize::try_from(node).ok().and_then(|at| drafts.get(at));
    draft.map(|draft| draft.pointer.clone()).unwrap_or_default()
}
