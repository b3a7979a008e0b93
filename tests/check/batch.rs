//! A batch on a stage: happenings in words, played on the machine.
//!
//! | words | happening |
//! | --- | --- |
//! | `+7s`, `-5s` | time passes, or the clock goes back; nothing else |
//! | `woken`, `deadline` | the alarm; the same once the deadline has passed |
//! | `a successful`, `a failed CODE`, … | the latest execution of item `a` ends so: [`end`] has the words |
//! | `first a failed` | the same of its first execution, whatever became of it |
//! | `waits` | what its executions wait for is something else |
//! | `cancel`, `redrive`, `redrive a,b`, `redrive failed` | the caller's wishes |
//! | `restart` | the batch is stored, and read again |

use std::collections::BTreeMap;

use cxpulse_core::batch::{
    Answer, AnswerSource, Batch, BatchIdentity, BatchOrder, Effect, Event, Item, ItemFault, ItemOrder, Names, Standing,
    Turn,
};
use cxpulse_core::flow::{End, NodeStatus, Summary};
use cxpulse_core::id::{FlowId, Run};
use cxpulse_core::status::Outcome;
use cxpulse_core::time::Timestamp;
use cxpulse_core::trace::TraceContext;
use cxpulse_core::validate::{BatchRedrive, parse_batch};
use cxpulse_core::wire::batch::BatchSnapshot;

use super::{NOON, parse_span, profile};

/// Accepts a request as the Worker would, by the profile `dataactions`.
pub(crate) fn batch_order(request: &str) -> (BatchOrder, Vec<ItemOrder>) {
    let request = parse_batch(request).expect("the table's request is well formed");
    let identity = BatchIdentity { id: FlowId::batch([0x44; 16]), trace: TraceContext::root([0x55; 16]), seed: 42 };
    BatchOrder::accept(request, identity, &profile(), NOON)
}

/// A batch, its order, the clock, and what its shell has stored.
#[derive(Debug, Clone)]
pub(crate) struct BatchScene {
    pub(crate) order: BatchOrder,
    pub(crate) items: Vec<ItemOrder>,
    pub(crate) batch: Batch,
    pub(crate) now: Timestamp,
    standing: String,
    rows: BTreeMap<u32, String>,
}

impl BatchScene {
    pub(crate) fn open(request: &str) -> Self {
        let (order, items) = batch_order(request);
        let batch = Batch::open(&order, names(&items));
        let standing = serde_json::to_string(batch.standing()).expect("a standing is JSON");
        Self { order, items, batch, now: NOON, standing, rows: BTreeMap::new() }
    }

    pub(crate) fn after(request: &str, script: &str) -> Self {
        let mut scene = Self::open(request);
        script.split(';').map(str::trim).filter(|line| !line.is_empty()).for_each(|line| drop(scene.play(line)));
        scene
    }

    pub(crate) fn snapshot(&self) -> BatchSnapshot {
        BatchSnapshot::of(&self.order, &self.batch, [], "https://cxpulse.example")
    }

    /// What a happening led to.
    pub(crate) fn play(&mut self, happening: &str) -> String {
        if happening == "restart" {
            self.restart();
            return format!("restart => {}", self.place());
        }
        let Some(event) = self.event(happening) else { return format!("{happening} => time passes") };
        let turn = self.step(event);
        format!("{happening} => {}", self.told(&turn))
    }

    /// Steps, and stores what the turn names as a shell would: nothing else.
    pub(crate) fn step(&mut self, event: Event) -> Turn {
        let turn = self.batch.step(&self.order, event, self.now);
        if turn.is_changed {
            self.standing = serde_json::to_string(self.batch.standing()).expect("a standing is JSON");
        }
        for index in &turn.items {
            let item = self.batch.item(*index).expect("an item that there is");
            self.rows.insert(*index, serde_json::to_string(item).expect("an item is JSON"));
        }
        turn
    }

    /// Forgets what is not stored.
    pub(crate) fn restart(&mut self) {
        let standing: Standing = serde_json::from_str(&self.standing).expect("our own standing");
        let row = |index| self.rows.get(&index).map(|row| serde_json::from_str::<Item>(row).expect("our own item"));
        self.batch = Batch::restore(&self.order, standing, names(&self.items), row);
    }

    pub(crate) fn event(&mut self, happening: &str) -> Option<Event> {
        let (verb, rest) = happening.split_once(' ').unwrap_or((happening, ""));
        if let Some(span) = verb.strip_prefix('+') {
            self.now = self.now.plus(parse_span(span));
            return None;
        }
        if let Some(span) = verb.strip_prefix('-') {
            self.now = self.now.minus(parse_span(span));
            return None;
        }
        Some(match verb {
            "woken" => Event::Woken,
            "deadline" => {
                self.now = self.now.max(self.batch.standing().deadline_at());
                Event::Woken
            }
            "waits" => Event::WaitChanged,
            "cancel" => Event::CancelRequested,
            "redrive" => self.redrive(rest),
            "first" => {
                let (id, end) = rest.split_once(' ').expect("an item and its end");
                self.ended(id, end, true)
            }
            id => self.ended(id, rest, false),
        })
    }

    fn redrive(&self, words: &str) -> Event {
        let named: Vec<String> = words.split(',').filter(|word| !word.is_empty()).map(String::from).collect();
        let statuses: Vec<NodeStatus> =
            NodeStatus::ALL.into_iter().filter(|status| named.iter().any(|name| name == status.name())).collect();
        let is_by_id = !named.is_empty() && statuses.is_empty();
        let request = BatchRedrive {
            items: is_by_id.then_some(named),
            statuses: if statuses.is_empty() { NodeStatus::REDRIVEN.to_vec() } else { statuses },
            is_preview: false,
        };
        let plan = self.batch.plan(&request).expect("the table names items that there are");
        Event::RedriveRequested { items: plan.items }
    }

    fn ended(&self, id: &str, words: &str, is_first: bool) -> Event {
        let item = self.batch.names().index(id).expect("an item that there is");
        let known = self.batch.item(item).expect("an item that there is");
        let run = if is_first { Run::new(item).expect("a run") } else { known.run };
        let generation = if is_first { 1 } else { known.generation };
        Event::ItemEnded { item, answer: answer(run, generation, words, self.now) }
    }

    /// `start a#0, notify started | running, 1 of 3 running, …`
    fn told(&self, turn: &Turn) -> String {
        if let Some(ignored) = turn.ignored.filter(|_| !turn.is_changed) {
            return format!("ignored {}", serde_json::to_string(&ignored).expect("JSON").trim_matches('"'));
        }
        let told: Vec<String> = turn.effects.iter().map(|effect| self.effect(effect)).collect();
        let told = if told.is_empty() { "nothing".to_owned() } else { told.join(", ") };
        format!("{told} | {}", self.place())
    }

    fn effect(&self, effect: &Effect) -> String {
        let name = |item: &u32| self.batch.names().id(*item).expect("an item that there is");
        match effect {
            Effect::Start { item, run } => format!("start {}#{run}", name(item)),
            Effect::Cancel { item, run } => format!("cancel {}#{run}", name(item)),
            Effect::Notify { topic } => format!("notify {}", topic.name()),
        }
    }

    /// Status, outcome, and the counts that are not zero.
    pub(crate) fn place(&self) -> String {
        let standing = self.batch.standing();
        let outcome = standing.ended().map(|(outcome, _)| format!(" {}", outcome.name())).unwrap_or_default();
        let summary = self.batch.summary();
        let counts = NodeStatus::ALL.map(|status| (summary.count(status), status.name()));
        let counts: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
        format!("{}{outcome}: {}", standing.status().name(), counts.join(", "))
    }
}

/// The ids of items, as the machine has them.
fn names(items: &[ItemOrder]) -> Names {
    Names::new(items.iter().map(|item| &item.id))
}

/// Whether the parts make the whole.
pub(crate) fn adds_up(summary: &Summary) -> bool {
    NodeStatus::ALL.iter().map(|status| summary.count(*status)).sum::<u32>() == summary.total
}

/// An end in words: a status, for degraded ones `degraded` (no result) or `fallback`, for answers also `cached` and `retried`;
/// after `failed` a code.
pub(crate) fn answer(run: Run, generation: u32, words: &str, now: Timestamp) -> Answer {
    let (word, code) = words.split_once(' ').unwrap_or((words, "UPSTREAM_FAILED"));
    let (end, outcome, source) = match word {
        "successful" => (End::Successful, Outcome::Completed, Some(AnswerSource::Fresh)),
        "retried" => (End::Successful, Outcome::Completed, Some(AnswerSource::Retried)),
        "cached" => (End::Successful, Outcome::Completed, Some(AnswerSource::Cached)),
        "failed" => (End::Failed, Outcome::Failed, None),
        "degraded" => (End::Degraded, Outcome::Unknown, None),
        "fallback" => (End::Degraded, Outcome::TimedOut, Some(AnswerSource::Degraded)),
        "canceled" => (End::Canceled, Outcome::Canceled, None),
        _ => unreachable!("no such end: {words}"),
    };
    let code = match end {
        End::Successful | End::Skipped => None,
        End::Failed | End::Excused | End::Replaced => Some(code),
        End::Degraded => Some("FATE_UNKNOWN"),
        End::Canceled => Some("CANCELED"),
    };
    let fault = |code: &str| Box::new(ItemFault { code: code.into(), message: format!("{code} it says") });
    Answer {
        run,
        generation,
        end,
        outcome: Some(outcome),
        source,
        attempts: 2,
        may_have_run: word == "degraded",
        started_at: now,
        ended_at: now,
        fault: code.map(fault),
    }
}
