//! An interaction's way through a small workflow, by chance. Never reads a clock.
//!
//! The workflow has what an analysis looks for: decisions that sometimes hold for long, a loop, a way back, errors.

use std::collections::BTreeMap;

use cxpulse_core::time::{Rfc3339, Span, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::row::{Row, Visit};

/// One contact's way through the workflow; never without a step.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Interaction {
    interaction_id: String,
    workflow_id: &'static str,
    steps: Vec<Step>,
}

/// One timed visit of a node.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    node_id: &'static str,
    node_type: &'static str,
    start_time: Rfc3339,
    end_time: Rfc3339,
    variables_before: Variables,
    variables_after: Variables,
    error_state: bool,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Variables {
    language: &'static str,
    customer_id: Option<u32>,
    attempts: u32,
    queue: Option<&'static str>,
    is_satisfied: Option<bool>,
    /// Those beside the usual ones.
    #[serde(flatten)]
    notes: BTreeMap<String, String>,
}

impl Interaction {
    /// One way through the workflow that ended before `end`: half of all within the last four days, as busy times
    /// are looked at most.
    pub(super) fn walk(chance: &mut fastrand::Rng, notes: usize, end: Timestamp) -> Self {
        let id = uuid::Builder::from_random_bytes(chance.u128(..).to_be_bytes()).into_uuid();
        let age = Span::from_secs_f64(AGE_SECONDS_MAX * chance.f64().powi(3));
        let mut walker = Walker::new(chance, Notes::new(id, notes), end.minus(age).minus(LENGTH_MAX));
        let mut node = Some(Node::Entry);
        while let Some(visited) = node {
            node = walker.visit(visited);
        }
        Self { interaction_id: id.hyphenated().to_string(), workflow_id: "inbound-service", steps: walker.steps }
    }

    /// The same later, so that its last step starts at `at`.
    pub(super) fn ending_at(mut self, at: Timestamp) -> Self {
        let later = at.since(self.node_timestamp());
        for step in &mut self.steps {
            step.start_time.0 = step.start_time.0.plus(later);
            step.end_time.0 = step.end_time.0.plus(later);
        }
        self
    }

    pub(super) fn into_row(self) -> Row {
        let visit = |step: &Step| Visit { start: Some(step.start_time.0), has_error: step.error_state };
        // Every map in it has text keys, so it cannot fail; an empty row would show.
        let text = serde_json::to_string(&self).unwrap_or_default();
        Row::new(self.node_timestamp(), self.steps.iter().map(visit).collect(), text, self.interaction_id)
    }

    /// The start of its latest step.
    fn node_timestamp(&self) -> Timestamp {
        self.steps.last().map_or(Timestamp::default(), |step| step.start_time.0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Entry,
    Greet,
    Identify,
    AskAgain,
    Route,
    Queue,
    Serve,
    Satisfied,
    WrapUp,
    Exit,
}

impl Node {
    /// (id, type, seconds in the mean).
    const fn row(self) -> (&'static str, &'static str, f64) {
        match self {
            Self::Entry => ("entry", "START", 0.1),
            Self::Greet => ("greet", "ACTION", 4.0),
            Self::Identify => ("identify-customer", "DECISION", 3.0),
            Self::AskAgain => ("ask-again", "ACTION", 8.0),
            Self::Route => ("route-by-skill", "ROUTING", 2.0),
            Self::Queue => ("queue", "QUEUE", 40.0),
            Self::Serve => ("serve", "ACTION", 150.0),
            Self::Satisfied => ("is-satisfied", "CONDITION", 1.0),
            Self::WrapUp => ("wrap-up", "ACTION", 20.0),
            Self::Exit => ("exit", "END", 0.1),
        }
    }
}

struct Walker<'a> {
    chance: &'a mut fastrand::Rng,
    notes: Notes,
    at: Timestamp,
    variables: Variables,
    steps: Vec<Step>,
}

impl<'a> Walker<'a> {
    fn new(chance: &'a mut fastrand::Rng, mut notes: Notes, at: Timestamp) -> Self {
        let language = ["en", "de", "es"].into_iter().nth(chance.usize(..3)).unwrap_or("en");
        let variables = Variables {
            language,
            customer_id: None,
            attempts: 0,
            queue: None,
            is_satisfied: None,
            notes: notes.first(),
        };
        Self { chance, notes, at, variables, steps: Vec::new() }
    }

    /// Visits a node; gives the next.
    fn visit(&mut self, node: Node) -> Option<Node> {
        let (node_id, node_type, mean) = node.row();
        let start_time = self.at;
        let end_time = start_time.plus(self.dwell(mean));
        let variables_before = self.variables.clone();
        let next = self.decide(node);
        self.notes.change(&mut self.variables.notes);
        let error_state = self.happens(0.03);
        self.steps.push(Step {
            node_id,
            node_type,
            start_time: Rfc3339(start_time),
            end_time: Rfc3339(end_time),
            variables_before,
            variables_after: self.variables.clone(),
            error_state,
        });
        self.at = end_time.plus(Span::from_millis(self.chance.u64(..400)));
        next
    }

    /// Most visits are short; one in twenty takes ten times as long. Never so long that the whole exceeds
    /// [`LENGTH_MAX`].
    fn dwell(&mut self, mean: f64) -> Span {
        let stretch = if self.happens(0.05) { 10.0 } else { 1.0 };
        let share = -(1.0 - self.chance.f64()).ln();
        Span::from_secs_f64(mean * stretch * share.min(4.0))
    }

    /// What a visit changes, and where it leads.
    fn decide(&mut self, node: Node) -> Option<Node> {
        match node {
            Node::Entry => Some(Node::Greet),
            Node::Greet => Some(Node::Identify),
            Node::Identify => Some(self.identify()),
            Node::AskAgain => Some(Node::Identify),
            Node::Route => {
                let queues = ["billing", "support", "sales"];
                self.variables.queue = queues.into_iter().nth(self.chance.usize(..queues.len()));
                Some(Node::Queue)
            }
            Node::Queue => Some(if self.happens(0.08) { Node::Exit } else { Node::Serve }),
            Node::Serve => Some(Node::Satisfied),
            Node::Satisfied => Some(self.judge()),
            Node::WrapUp => Some(Node::Exit),
            Node::Exit => None,
        }
    }

    fn identify(&mut self) -> Node {
        self.variables.attempts = self.variables.attempts.saturating_add(1);
        if self.happens(0.7) {
            self.variables.customer_id = Some(self.chance.u32(10_000..100_000));
            return Node::Route;
        }
        if self.variables.attempts < ATTEMPTS_MAX { Node::AskAgain } else { Node::Route }
    }

    /// One in seven is not satisfied the first time, and is routed again, once.
    fn judge(&mut self) -> Node {
        let is_second = self.variables.is_satisfied == Some(false);
        let is_satisfied = self.happens(0.85);
        self.variables.is_satisfied = Some(is_satisfied);
        if is_satisfied || is_second { Node::WrapUp } else { Node::Route }
    }

    fn happens(&mut self, share: f64) -> bool {
        self.chance.f64() < share
    }
}

/// The variables beside the usual ones: their luck is their own, so that an interaction goes the same way with and
/// without them.
struct Notes {
    chance: fastrand::Rng,
    count: usize,
}

impl Notes {
    fn new(interaction: Uuid, count: usize) -> Self {
        Self { chance: fastrand::Rng::with_seed(interaction.as_u64_pair().0), count }
    }

    fn first(&mut self) -> BTreeMap<String, String> {
        (0..self.count).map(|number| (name(number), self.words())).collect()
    }

    /// A visit writes one anew, or, one time in ten, takes it away.
    fn change(&mut self, notes: &mut BTreeMap<String, String>) {
        if self.count == 0 {
            return;
        }
        let name = name(self.chance.usize(..self.count));
        if self.chance.u8(..10) == 0 {
            notes.remove(&name);
        } else {
            notes.insert(name, self.words());
        }
    }

    fn words(&mut self) -> String {
        std::iter::repeat_with(|| self.chance.lowercase()).take(NOTE_LETTERS).collect()
    }
}

fn name(number: usize) -> String {
    format!("note{number:03}")
}

const NOTE_LETTERS: usize = 20;
const ATTEMPTS_MAX: u32 = 3;
/// 29 days less the longest way, so that every step is within CXone's retention of 30 days.
const AGE_SECONDS_MAX: f64 = 28.0 * 86_400.0;
/// Longer than the slowest visits of the longest way together.
const LENGTH_MAX: Span = Span::from_secs(8 * 3_600);
