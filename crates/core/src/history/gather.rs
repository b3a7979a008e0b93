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

/// All interactions of a log as it was, in some order: each is put together when its turn comes.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Parts by their places, those of one interaction one after the other.
    parts: Vec<u32>,
    next: usize,
}

/// Each interaction once. The first error ends it.
pub(super) fn each<E>(log: &Log, mut take: impl FnMut(u32, Gathered<'_>) -> Result<(), E>) -> Result<(), E> {
    let mut line = Line::as_they_came(log);
    while let Some((interaction, gathered)) = line.next(log) {
        take(interaction, gathered)?;
    }
    Ok(())
}

impl Line {
    /// As they first came.
    fn as_they_came(log: &Log) -> Self {
        // In order already, unless an interaction is in several rows or pages came in another order.
        Self::by(log, |interaction| interaction)
    }

    /// By their names.
    pub(super) fn by_name(log: &Log) -> Self {
        let mut names: Vec<u32> = (0..number(log.names.interactions.len())).collect();
        names.sort_by_key(|interaction| log.names.interactions.text(*interaction));
        let mut ranks = vec![0; names.len()];
        for (rank, interaction) in (0..).zip(names) {
            if let Some(slot) = ranks.get_mut(place(interaction)) {
                *slot = rank;
            }
        }
        Self::by(log, |interaction| ranks.get(place(interaction)).copied().unwrap_or_default())
    }

    fn by(log: &Log, rank: impl Fn(u32) -> u32) -> Self {
        let mut parts: Vec<u32> = (0..number(log.parts.len())).collect();
        parts.sort_by_key(|at| log.parts.get(place(*at)).map(|part| (rank(part.interaction), part.source)));
        Self { parts, next: 0 }
    }

    /// The one whose turn it is; `None` after the last. `log` is the one that it was made of, with more in it or not.
    pub(super) fn next<'l>(&mut self, log: &'l Log) -> Option<(u32, Gathered<'l>)> {
        let rest = self.parts.get(self.next..)?;
        let first = log.parts.get(place(*rest.first()?))?;
        let is_same = |at: &&u32| log.parts.get(place(**at)).is_some_and(|part| part.interaction == first.interaction);
        let len = rest.iter().take_while(is_same).count();
        self.next = self.next.saturating_add(len);
        Some((first.interaction, gathered(log, rest.get(..len)?)))
    }
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
