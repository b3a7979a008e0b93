//! An interaction's steps put in order: a stable sort by start, as process mining does it. What is wrong with them is counted; never
//! guessed, but where the options say so.

use alloc::format;
use alloc::vec::Vec;

use super::super::anomaly::{Anomalies, AnomalyKind};
use super::super::log::{Log, NO_END, Step};
use super::super::options::{MissingEnd, Options};
use super::Case;

/// The steps of the case that count, in order: its own where nothing is to be done, else those in `room`.
pub(super) fn arrange<'s>(
    room: &'s mut Vec<Step>,
    case: &'s Case<'_>,
    mut notes: Notes<'_>,
    options: &Options,
) -> &'s [Step] {
    for step in &case.steps.repeated {
        notes.add(AnomalyKind::RepeatedStep, Some(step));
    }
    let is_arranged = notes.check(&case.steps.steps);
    if is_arranged && !case.steps.steps.is_empty() && case.steps.steps.len() <= super::super::STEPS_MAX {
        return &case.steps.steps;
    }
    room.clear();
    room.extend_from_slice(&case.steps.steps);
    room.sort_by_key(|step| step.start);
    for step in room.iter().skip(super::super::STEPS_MAX) {
        notes.add(AnomalyKind::TooManySteps, Some(step));
    }
    room.truncate(super::super::STEPS_MAX);
    if options.missing_end == MissingEnd::TakeNextStart {
        take_next_starts(room);
    }
    room.retain(|step| step.end != NO_END);
    if room.is_empty() {
        notes.add(AnomalyKind::EmptyInteraction, None);
    }
    room
}

fn take_next_starts(steps: &mut [Step]) {
    let mut next = NO_END;
    for step in steps.iter_mut().rev() {
        if step.end == NO_END {
            step.end = next;
        }
        next = step.start;
    }
}

/// Where what is wrong with an interaction is noted.
pub(super) struct Notes<'a> {
    pub(super) interaction: u32,
    pub(super) log: &'a Log,
    /// By number of the type.
    pub(super) traits: &'a [Traits],
    pub(super) anomalies: &'a mut Anomalies,
}

/// What is to be known of a type of node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Traits {
    pub(super) is_decision: bool,
    pub(super) is_known: bool,
}

impl Notes<'_> {
    /// In the order of the source. Whether they are in order, and all have both times.
    fn check(&mut self, steps: &[Step]) -> bool {
        let (mut latest, mut is_arranged) = (i64::MIN, true);
        for step in steps {
            if step.start < latest {
                is_arranged = false;
                self.add(AnomalyKind::OutOfOrder, Some(step));
            }
            latest = latest.max(step.start);
            if step.end == NO_END {
                is_arranged = false;
                self.add(AnomalyKind::MissingEnd, Some(step));
            } else if step.end < step.start {
                self.add(AnomalyKind::EndBeforeStart, Some(step));
            }
            if !self.is_known(step) {
                self.add(AnomalyKind::UnknownNodeType, Some(step));
            }
        }
        is_arranged
    }

    fn is_known(&self, step: &Step) -> bool {
        self.traits.get(usize::from(step.kind)).is_some_and(|traits| traits.is_known)
    }

    fn add(&mut self, kind: AnomalyKind, step: Option<&Step>) {
        let names = &self.log.names;
        let interaction = names.interactions.text(self.interaction);
        let node = step.and_then(|step| names.nodes.text(step.node));
        let found = match (kind, step) {
            (AnomalyKind::UnknownNodeType, Some(step)) => {
                names.kinds.text(u32::from(step.kind)).unwrap_or_default().into()
            }
            (AnomalyKind::EndBeforeStart, Some(step)) => {
                format!("ends {} ms before it starts", step.start.saturating_sub(step.end))
            }
            (_, Some(step)) => format!("starts at {}", super::show::instant(step.start)),
            (_, None) => "no step with both times".into(),
        };
        self.anomalies.add(kind, interaction, node, &found);
    }
}
