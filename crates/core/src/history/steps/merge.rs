//! Which steps the rows of one interaction have in common, as `gather` puts them together, of rows that come one by one and
//! twice. Never holds a text: fingerprints of 64 bits, which chance never makes equal, and whoever makes equal ones hides what is
//! his own.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::super::number::{number, place};

/// What the first look at all rows tells.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes {
    /// Whose each row is.
    rows: Vec<u64>,
    /// Of every step, where they are asked for.
    steps: Vec<Noted>,
}

#[derive(Debug, Clone, Copy)]
struct Noted {
    id: u64,
    row: u32,
    start: i64,
    mark: u64,
}

/// What is to be known at the second look.
#[derive(Debug, Clone, Default)]
pub(super) struct Merge {
    /// Interactions with several rows of which some are still to come.
    shared: BTreeMap<u64, Shared>,
    /// Fingerprints that are held.
    held: usize,
    /// Where rows are looked at once only.
    once: Option<Once>,
}

/// All that was told so far, of interactions with one row: eight bytes for each step.
#[derive(Debug, Clone, Default)]
struct Once {
    marks: Vec<u64>,
    /// Where those of an interaction are.
    rows: BTreeMap<u64, (u32, u32)>,
}

#[derive(Debug, Clone, Default)]
struct Shared {
    rows_left: u32,
    /// How often each step was told.
    told: Tally<u64>,
    /// How many steps are still to be told, by start.
    left: Tally<i64>,
}

type Tally<K> = BTreeMap<K, u32>;

/// More is to be held than [`HELD_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMany;

impl Notes {
    /// Another row of this interaction, with the start and the fingerprint of each step.
    pub(super) fn add(&mut self, id: u64, steps: impl Iterator<Item = (i64, u64)>) -> Result<(), TooMany> {
        let row = number(self.rows.len());
        self.rows.push(id);
        self.steps.extend(steps.map(|(start, mark)| Noted { id, row, start, mark }));
        if self.rows.len().max(self.steps.len()) > HELD_MAX { Err(TooMany) } else { Ok(()) }
    }

    pub(super) fn finish(mut self) -> Merge {
        self.rows.sort_unstable();
        let several = self.rows.chunk_by(|one, other| one == other).filter(|rows| rows.len() > 1);
        let shared = several
            .filter_map(|rows| Some((*rows.first()?, Shared { rows_left: number(rows.len()), ..Shared::default() })));
        let mut merge = Merge { shared: shared.collect(), held: 0, once: None };
        self.steps.retain(|step| merge.shared.contains_key(&step.id));
        self.steps.sort_by_key(|step| (step.id, step.row));
        for rows in self.steps.chunk_by(|one, other| one.id == other.id) {
            merge.expect(rows);
        }
        merge
    }
}

impl Merge {
    /// For rows that nobody looked at before. What is held is less than a tenth of the text that they are.
    pub(super) fn at_once() -> Self {
        Self { once: Some(Once::default()), ..Self::default() }
    }

    /// Whether no interaction has several rows.
    pub(super) fn is_empty(&self) -> bool {
        self.shared.is_empty() && self.once.is_none()
    }

    /// How many steps of one interaction are to be told, by start.
    fn expect(&mut self, steps: &[Noted]) {
        let Some(shared) = steps.first().and_then(|step| self.shared.get_mut(&step.id)) else { return };
        let mut told = Tally::new();
        for row in steps.chunk_by(|one, other| one.row == other.row) {
            let mut here = Tally::new();
            for step in row {
                if is_new(&mut told, &mut here, step.mark) {
                    raise(&mut shared.left, step.start);
                }
            }
        }
    }

    /// Says of each step of a row whether an earlier row told it, and otherwise which start comes next in its interaction, where
    /// that was noted. Nothing of a row whose interaction has no other.
    pub(super) fn row(
        &mut self,
        id: u64,
        steps: impl Iterator<Item = (i64, u64)>,
        mut say: impl FnMut(Told),
    ) -> Result<(), TooMany> {
        let steps = match &mut self.once {
            Some(once) if !self.shared.contains_key(&id) => match once.earlier(id) {
                Some(told) => {
                    self.shared.insert(id, Shared { told, rows_left: u32::MAX, ..Shared::default() });
                    steps
                }
                None => {
                    once.add(id, steps);
                    return Ok(());
                }
            },
            Some(_) | None => steps,
        };
        let Some(shared) = self.shared.get_mut(&id) else { return Ok(()) };
        let (mut here, before) = (Tally::new(), shared.told.len());
        for (start, mark) in steps {
            if is_new(&mut shared.told, &mut here, mark) {
                say(Told::First { next: shared.next_after(start) });
            } else {
                say(Told::Again);
            }
        }
        self.held = self.held.saturating_add(shared.told.len().saturating_sub(before));
        shared.rows_left = shared.rows_left.saturating_sub(1);
        if shared.rows_left == 0 {
            self.held = self.held.saturating_sub(shared.told.len());
            self.shared.remove(&id);
        }
        if self.held > HELD_MAX && self.once.is_none() { Err(TooMany) } else { Ok(()) }
    }
}

impl Once {
    fn add(&mut self, id: u64, steps: impl Iterator<Item = (i64, u64)>) {
        let from = number(self.marks.len());
        self.marks.extend(steps.map(|(_, mark)| mark));
        self.rows.insert(id, (from, number(self.marks.len())));
    }

    /// What the one row so far of an interaction told; `None` if there is none.
    fn earlier(&self, id: u64) -> Option<Tally<u64>> {
        let (from, to) = *self.rows.get(&id)?;
        let mut told = Tally::new();
        for mark in self.marks.get(place(from)..place(to)).unwrap_or_default() {
            raise(&mut told, *mark);
        }
        Some(told)
    }
}

/// What is to be said of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// No row told it before; the start of the interaction's next step.
    First { next: Option<i64> },
    /// An earlier row told it.
    Again,
}

impl Shared {
    /// Takes a step from those that are left, and gives the start of the next one: steps that start together stand in the order
    /// in which they come.
    fn next_after(&mut self, start: i64) -> Option<i64> {
        if let Some(left) = self.left.get_mut(&start) {
            *left = left.saturating_sub(1);
            if *left > 0 {
                return Some(start);
            }
        }
        self.left.range(start.saturating_add(1)..).next().map(|(next, _)| *next)
    }
}

/// What a row has twice is there twice; what two rows have is there as often as the one that has it more often.
fn is_new(told: &mut Tally<u64>, here: &mut Tally<u64>, mark: u64) -> bool {
    let count = raise(here, mark);
    let known = told.entry(mark).or_default();
    let is_new = count > *known;
    *known = count.max(*known);
    is_new
}

fn raise<K: Ord>(tally: &mut Tally<K>, key: K) -> u32 {
    let count = tally.entry(key).or_default();
    *count = count.saturating_add(1);
    *count
}

/// Rows or steps that are held in mind.
pub(super) const HELD_MAX: usize = 1_000_000;
