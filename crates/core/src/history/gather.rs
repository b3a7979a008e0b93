//! Interactions put together from their parts: rows of any pages. Never drops what only looks alike within one row.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::log::{Log, Step};
use super::number::{number, place};

/// Steps of one interaction that stood in one row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) interaction: u32,
    /// Where the row stands in its source.
    pub(super) source: u64,
    /// The steps, by place.
    pub(super) from: u32,
    pub(super) to: u32,
}

/// The steps of an interaction in the order of their source.
#[derive(Debug)]
pub(super) struct Gathered<'l> {
    pub(super) steps: Cow<'l, [Step]>,
    /// Such as an earlier row had already; they are left out.
    pub(super) repeated: Vec<Step>,
}

/// Each interaction once. The first error ends it.
pub(super) fn each<E>(log: &Log, take: impl FnMut(u32, Gathered<'_>) -> Result<(), E>) -> Result<(), E> {
    // In order already, unless an interaction is in several rows or pages came in another order.
    each_by(log, |interaction| interaction, take)
}

/// The same, by the names of the interactions.
pub(super) fn each_by_name<E>(log: &Log, take: impl FnMut(u32, Gathered<'_>) -> Result<(), E>) -> Result<(), E> {
    let mut names: Vec<u32> = (0..number(log.names.interactions.len())).collect();
    names.sort_by_key(|interaction| log.names.interactions.text(*interaction));
    let mut ranks = vec![0; names.len()];
    for (rank, interaction) in (0..).zip(names) {
        if let Some(slot) = ranks.get_mut(place(interaction)) {
            *slot = rank;
        }
    }
    each_by(log, |interaction| ranks.get(place(interaction)).copied().unwrap_or_default(), take)
}

fn each_by<E>(
    log: &Log,
    rank: impl Fn(u32) -> u32,
    mut take: impl FnMut(u32, Gathered<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut order: Vec<u32> = (0..number(log.parts.len())).collect();
    order.sort_by_key(|at| log.parts.get(place(*at)).map(|part| (rank(part.interaction), part.source)));
    let mut rest = order.as_slice();
    while let Some(first) = rest.first().and_then(|at| log.parts.get(place(*at))) {
        let is_same = |at: &&u32| log.parts.get(place(**at)).is_some_and(|part| part.interaction == first.interaction);
        let len = rest.iter().take_while(is_same).count();
        let (parts, others) = rest.split_at_checked(len).unwrap_or_default();
        rest = others;
        take(first.interaction, gathered(log, parts))?;
    }
    Ok(())
}

fn gathered<'l>(log: &'l Log, parts: &[u32]) -> Gathered<'l> {
    let steps_of = |at: &u32| {
        let part = log.parts.get(place(*at));
        part.and_then(|part| log.steps.get(place(part.from)..place(part.to))).unwrap_or_default()
    };
    if let [only] = parts {
        return Gathered { steps: Cow::Borrowed(steps_of(only)), repeated: Vec::new() };
    }
    let mut seen: BTreeMap<Key<'_>, u32> = BTreeMap::new();
    let (mut steps, mut repeated) = (Vec::new(), Vec::new());
    for part in parts {
        // What a row has twice is there twice; what two rows have is there as often as the one that has it more often.
        let mut here: BTreeMap<Key<'_>, u32> = BTreeMap::new();
        for step in steps_of(part) {
            let count = here.entry(key(log, step)).or_default();
            *count = count.saturating_add(1);
            let known = seen.entry(key(log, step)).or_default();
            if *count > *known {
                *known = *count;
                steps.push(*step);
            } else {
                repeated.push(*step);
            }
        }
    }
    Gathered { steps: Cow::Owned(steps), repeated }
}

/// What two steps have in common that are the same one.
type Key<'l> = (i64, i64, u32, u16, bool, &'l [u32]);

fn key<'l>(log: &'l Log, step: &Step) -> Key<'l> {
    (step.start, step.end, step.node, step.kind, step.is_error, log.changes_of(step))
}
