//! A batch from a seed. Never steers anything: see `host`.

use std::collections::BTreeMap;

use cxpulse_core::batch::{
    Answer, Batch, BatchIdentity, BatchOrder, Effect, Event, Item, ItemOrder, Names, Standing, Stop, Turnout,
};
use cxpulse_core::chain::Bound;
use cxpulse_core::execution::{Execution, Order};
use cxpulse_core::flow::NodeStatus;
use cxpulse_core::id::{FlowId, Run};
use cxpulse_core::profile::Profile;
use cxpulse_core::time::Timestamp;
use cxpulse_core::trace::TraceContext;
use cxpulse_core::validate::{BatchRedrive, parse_batch};

use super::BEGINNING;
use super::host::{Act, Face, FlowEvent, Host, Hosted};
use super::oracle::Breach;

mod plan;

pub use plan::BatchPlan;

/// The invariants, in words.
pub const BATCH_INVARIANTS: [&str; 6] = [
    "the counts add up, and no more run than may",
    "an item has one execution at a time, and each execution begins once",
    "what runs by the batch has an execution that has not ended, and the other way round",
    "nothing is submitted twice within a generation",
    "every batch ends, and all of its executions",
    "an item shows what its latest execution came to",
];

/// How one batch went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchReport {
    /// Items.
    pub items: u32,
    /// Items that are successful at last.
    pub successful: u32,
    /// Executions that were begun, over all generations.
    pub started: u64,
    /// Generations.
    pub generations: u32,
    /// Times that the object died.
    pub crashes: u64,
    /// Why it was stopped, at last.
    pub stop: Option<Stop>,
    /// Calls sent.
    pub calls: u64,
}

/// The batch, and what its shell has stored of it.
pub struct BatchFace {
    order: BatchOrder,
    items: Vec<ItemOrder>,
    batch: Batch,
    standing: String,
    rows: BTreeMap<u32, String>,
}

/// Plays the batch of a plan to the end.
///
/// # Errors
/// [`Breach`]: the first invariant that did not hold, and where.
pub fn play(plan: &BatchPlan) -> Result<BatchReport, Breach> {
    let (fate, face) = Host::open(plan.fortune.clone(), |profile| BatchFace::open(plan, profile)).play()?;
    Ok(BatchReport {
        items: face.batch.summary().total,
        successful: face.batch.summary().successful,
        started: fate.started,
        generations: fate.generations,
        crashes: fate.crashes,
        stop: fate.stop,
        calls: fate.calls,
    })
}

impl BatchFace {
    /// Accepts the plan's request, and opens the batch.
    fn open(plan: &BatchPlan, profile: &Profile) -> Self {
        let request = parse_batch(&plan.request.to_string()).expect("planned requests are well formed");
        let trace = TraceContext::root([3; 16]);
        let identity = BatchIdentity { id: FlowId::batch([1; 16]), trace, seed: plan.fortune.seed };
        let (order, items) = BatchOrder::accept(request, identity, profile, BEGINNING);
        let batch = Batch::open(&order, names(&items));
        let standing = serde_json::to_string(batch.standing()).expect("a standing is JSON");
        Self { order, items, batch, standing, rows: BTreeMap::new() }
    }

    fn rows(&self) -> impl Iterator<Item = (u32, Item)> + '_ {
        self.rows.iter().map(|(index, row)| (*index, serde_json::from_str(row).expect("our own item")))
    }

    fn event(&self, event: FlowEvent<Vec<NodeStatus>>) -> Event {
        match event {
            FlowEvent::Woken => Event::Woken,
            FlowEvent::Bound(..) => unreachable!("a batch binds nothing"),
            FlowEvent::Ended(item, answer) => Event::ItemEnded { item, answer },
            FlowEvent::Cancel => Event::CancelRequested,
            FlowEvent::Redrive(statuses) => {
                let plan = self.batch.plan(&BatchRedrive { items: None, statuses, is_preview: false });
                Event::RedriveRequested { items: plan.map(|plan| plan.items).unwrap_or_default() }
            }
        }
    }
}

impl Face for BatchFace {
    type Redrive = Vec<NodeStatus>;

    fn standing(&self) -> &Standing {
        self.batch.standing()
    }

    fn next_wake_at(&self) -> Option<Timestamp> {
        self.batch.next_wake_at()
    }

    fn step(&mut self, event: FlowEvent<Self::Redrive>, now: Timestamp) -> Vec<Act> {
        let event = self.event(event);
        let turn = self.batch.step(&self.order, event, now);
        if turn.is_changed {
            self.standing = serde_json::to_string(self.batch.standing()).expect("a standing is JSON");
        }
        for index in &turn.items {
            let item = self.batch.item(*index).expect("an item that there is");
            self.rows.insert(*index, serde_json::to_string(item).expect("an item is JSON"));
        }
        let act = |effect: Effect| match effect {
            Effect::Start { item, run } => Some(Act::Start(item, run)),
            Effect::Cancel { run, .. } => Some(Act::Cancel(run)),
            Effect::Notify { .. } => None,
        };
        turn.effects.into_iter().filter_map(act).collect()
    }

    fn restore(&mut self) {
        let standing: Standing = serde_json::from_str(&self.standing).expect("our own standing");
        let rows: BTreeMap<u32, Item> = self.rows().collect();
        self.batch = Batch::restore(&self.order, standing, names(&self.items), |index| rows.get(&index).cloned());
    }

    fn running(&self) -> BTreeMap<u32, Run> {
        self.batch.running().collect()
    }

    fn parallel(&self) -> u32 {
        self.order.max_parallel
    }

    fn counts(&self) -> (u32, u32) {
        let summary = self.batch.summary();
        (summary.total, NodeStatus::ALL.iter().map(|status| summary.count(*status)).sum())
    }

    fn answers(&self) -> Vec<(u32, Answer)> {
        self.rows().filter_map(|(index, item)| Some((index, item.answer?))).collect()
    }

    fn shown(&self, index: u32) -> Option<&Answer> {
        self.batch.item(index)?.shown_answer(self.batch.standing().floor())
    }

    fn answer_of(&self, index: u32, execution: &Execution) -> Option<Answer> {
        Answer::of(self.batch.item(index)?, execution)
    }

    fn order_of(&self, index: u32, run: Run, now: Timestamp, _: &Hosted) -> Order {
        let item = self.batch.item(index).expect("an item that there is");
        let deadline_at = self.batch.standing().deadline_at();
        let turnout = Turnout { run, generation: item.generation, started_at: now, deadline_at };
        self.order.execution_order(&self.items[usize::try_from(index).expect("an index")], &turnout)
    }

    fn bind(&self, index: u32, _: &Hosted) -> Result<Bound, String> {
        Err(format!("item {index} was to be bound"))
    }

    fn check_journal(&self) -> Result<(), String> {
        Ok(())
    }

    fn check(&self, _: &Hosted) -> Result<(), String> {
        Ok(())
    }
}

fn names(items: &[ItemOrder]) -> Names {
    Names::new(items.iter().map(|item| &item.id))
}
