//! A chain from a seed, with templates that are evaluated for real. Never steers anything: see `host`.

use std::cell::RefCell;
use std::collections::BTreeMap;

use cxpulse_core::chain::{
    Answer, Bound, Chain, ChainEntry, ChainIdentity, ChainOrder, ChainReplay, Effect, Event, Item, NodeOrder, Standing,
    Stop, Turnout,
};
use cxpulse_core::execution::{Execution, Order};
use cxpulse_core::id::{FlowId, Run};
use cxpulse_core::json::Json;
use cxpulse_core::profile::Profile;
use cxpulse_core::time::Timestamp;
use cxpulse_core::trace::TraceContext;
use cxpulse_core::validate::{ChainRedrive, parse_chain};
use cxpulse_core::wire::chain::{ChainStatus, NodeMeta};
use cxpulse_template::{Jinja, Scope, bind, decide};

use super::BEGINNING;
use super::host::{Act, Face, FlowEvent, Host, Hosted};
use super::oracle::Breach;

mod plan;

pub use plan::ChainPlan;

/// The invariants, in words.
pub const CHAIN_INVARIANTS: [&str; 10] = [
    "the counts add up, and no more run than may",
    "a node has one execution at a time, and each execution begins once",
    "what runs by the chain has an execution that has not ended, and the other way round",
    "nothing is bound or begun before all it needs has ended, and none of that halts",
    "all that a node's templates read has ended when they are evaluated",
    "inputs that are made again after a crash are the same",
    "nothing is submitted twice within a generation",
    "every chain ends, and all of its executions",
    "a node shows what its latest execution came to",
    "the journal, run again, comes to the same",
];

/// How one chain went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// Nodes.
    pub nodes: u32,
    /// Nodes that stand so at last, by status.
    pub counts: Vec<(ChainStatus, u32)>,
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
    /// Inputs that could not be made.
    pub faults: u64,
}

/// The chain, and what its shell has stored of it.
pub struct ChainFace {
    order: ChainOrder,
    nodes: Vec<NodeOrder>,
    inputs: Json,
    chain: Chain,
    standing: String,
    rows: BTreeMap<u32, String>,
    journal: Vec<String>,
    /// What each run's templates came to, as the world remembers it.
    seen: RefCell<BTreeMap<Run, String>>,
    faults: RefCell<u64>,
}

/// Plays the chain of a plan to the end.
///
/// # Errors
/// [`Breach`]: the first invariant that did not hold, and where.
pub fn play(plan: &ChainPlan) -> Result<ChainReport, Breach> {
    let (fate, face) = Host::open(plan.fortune.clone(), |profile| ChainFace::open(plan, profile)).play()?;
    let summary = face.chain.summary();
    Ok(ChainReport {
        nodes: summary.total,
        counts: ChainStatus::ALL.map(|status| (status, summary.count(status))).to_vec(),
        started: fate.started,
        generations: fate.generations,
        crashes: fate.crashes,
        stop: fate.stop,
        calls: fate.calls,
        faults: face.faults.into_inner(),
    })
}

impl ChainFace {
    /// Accepts the plan's request, and opens the chain.
    fn open(plan: &ChainPlan, profile: &Profile) -> Self {
        let request = parse_chain(&plan.request.to_string(), &Jinja).expect("planned requests are well formed");
        let trace = TraceContext::root([3; 16]);
        let identity = ChainIdentity { id: FlowId::chain([1; 16]), trace, seed: plan.fortune.seed };
        let inputs = request.inputs.clone();
        let (order, nodes) = ChainOrder::accept(request, identity, profile, BEGINNING);
        let chain = Chain::open(&order).expect("a checked request has no circle");
        let standing = serde_json::to_string(chain.standing()).expect("a standing is JSON");
        let journal = vec![line(&ChainEntry::opened(&order))];
        let (rows, seen) = (BTreeMap::new(), RefCell::default());
        Self { order, nodes, inputs, chain, standing, rows, journal, seen, faults: RefCell::default() }
    }

    fn rows(&self) -> impl Iterator<Item = (u32, Item)> + '_ {
        self.rows.iter().map(|(index, row)| (*index, serde_json::from_str(row).expect("our own item")))
    }

    fn event(&self, event: FlowEvent<()>) -> Event {
        match event {
            FlowEvent::Woken => Event::Woken,
            FlowEvent::Bound(node, bound) => Event::NodeBound { node, bound },
            FlowEvent::Ended(node, answer) => Event::NodeEnded { node, answer },
            FlowEvent::Cancel => Event::CancelRequested,
            FlowEvent::Redrive(()) => {
                let plan = self.chain.plan(&ChainRedrive { nodes: None, is_preview: false });
                Event::RedriveRequested { nodes: plan.map(|plan| plan.nodes).unwrap_or_default() }
            }
        }
    }

    fn node(&self, index: u32) -> &NodeOrder {
        &self.nodes[usize::try_from(index).expect("an index")]
    }

    /// What a node's templates come to: its inputs, that it is to be skipped, or why they cannot be made.
    fn evaluated(&self, index: u32, hosted: &Hosted) -> Result<Json, Bound> {
        let node = self.node(index);
        let of = |read: &u32| {
            let answer = self.chain.answer(*read)?;
            let execution = hosted.get(&answer.run).map(|(_, process)| &process.execution);
            let meta = NodeMeta::of(&self.order, &self.chain, *read, execution)?;
            let held = self.chain.held(*read, execution, self.node(*read).fallback.as_ref());
            Some((self.order.node(*read)?.name.as_str(), held, Json::from_value(&meta).ok()?))
        };
        let found: Vec<_> = node.reads.iter().filter_map(of).collect();
        let mut scope = Scope::new().with_inputs(self.inputs.as_raw());
        for (name, held, meta) in &found {
            scope = scope.with_node(name, held.into(), meta.as_raw());
        }
        let fault = |fault: cxpulse_template::BindFault| Bound::Fault {
            code: fault.kind.code().into(),
            message: fault.to_string(),
        };
        match node.when.as_deref().map(|when| decide(when, &scope)) {
            Some(Ok(false)) => return Err(Bound::Skip),
            Some(Err(undecided)) => return Err(fault(undecided)),
            Some(Ok(true)) | None => {}
        }
        bind(&node.inputs, &scope).map_err(fault)
    }

    /// All that a node needs has ended, and none of it halts; all that it reads has ended.
    fn check_needs(&self, index: u32, hosted: &Hosted) -> Result<(), String> {
        let has_ended = |before: &u32| {
            let answer = self.chain.answer(*before)?;
            let execution = hosted.get(&answer.run).filter(|(_, process)| process.execution.ending().is_some());
            (answer.outcome.is_none() || execution.is_some()).then_some(answer)
        };
        let needs = &self.order.node(index).expect("a node that there is").needs;
        if let Some(need) = needs.iter().find(|need| !has_ended(need).is_some_and(|answer| answer.end.is_good())) {
            return Err(format!("node {index} begins on {need}, which is {:?}", self.chain.status(*need)));
        }
        match self.node(index).reads.iter().find(|read| has_ended(read).is_none()) {
            Some(read) => Err(format!("node {index} reads {read}, which is {:?}", self.chain.status(*read))),
            None => Ok(()),
        }
    }
}

impl Face for ChainFace {
    type Redrive = ();

    fn standing(&self) -> &Standing {
        self.chain.standing()
    }

    fn next_wake_at(&self) -> Option<Timestamp> {
        self.chain.next_wake_at()
    }

    fn step(&mut self, event: FlowEvent<()>, now: Timestamp) -> Vec<Act> {
        let event = self.event(event);
        let turn = self.chain.step(&self.order, event.clone(), now);
        let number = u64::try_from(self.journal.len()).expect("a count") + 1;
        self.journal.extend(ChainEntry::of(number, now.into(), event, &turn, &self.chain).as_ref().map(line));
        if turn.is_changed {
            self.standing = serde_json::to_string(self.chain.standing()).expect("a standing is JSON");
        }
        for index in &turn.items {
            let item = self.chain.item(*index).expect("a node that there is");
            self.rows.insert(*index, serde_json::to_string(item).expect("an item is JSON"));
        }
        let act = |effect: Effect| match effect {
            Effect::Bind { node } => Some(Act::Bind(node)),
            Effect::Start { node, run } => Some(Act::Start(node, run)),
            Effect::Cancel { run, .. } => Some(Act::Cancel(run)),
            Effect::Notify { .. } => None,
        };
        turn.effects.into_iter().filter_map(act).collect()
    }

    fn restore(&mut self) {
        let standing: Standing = serde_json::from_str(&self.standing).expect("our own standing");
        let rows: BTreeMap<u32, Item> = self.rows().collect();
        let row = |index| rows.get(&index).cloned();
        self.chain = Chain::restore(&self.order, standing, row).expect("a checked request has no circle");
    }

    fn running(&self) -> BTreeMap<u32, Run> {
        self.chain.running().collect()
    }

    fn parallel(&self) -> u32 {
        self.order.max_parallel
    }

    fn counts(&self) -> (u32, u32) {
        let summary = self.chain.summary();
        (summary.total, ChainStatus::ALL.iter().map(|status| summary.count(*status)).sum())
    }

    fn answers(&self) -> Vec<(u32, Answer)> {
        self.rows().filter_map(|(index, item)| Some((index, item.answer?))).collect()
    }

    fn shown(&self, index: u32) -> Option<&Answer> {
        self.chain.answer(index)
    }

    fn answer_of(&self, index: u32, execution: &Execution) -> Option<Answer> {
        Answer::of(self.chain.item(index)?, execution)
    }

    fn order_of(&self, index: u32, run: Run, now: Timestamp, hosted: &Hosted) -> Order {
        let inputs = self.evaluated(index, hosted).unwrap_or_else(|bound| unreachable!("it was to go: {bound:?}"));
        let item = self.chain.item(index).expect("a node that there is");
        let deadline_at = self.chain.standing().deadline_at();
        let turnout = Turnout { run, generation: item.generation, started_at: now, deadline_at };
        self.order.execution_order(index, self.node(index), inputs, &turnout).expect("a node that there is")
    }

    fn bind(&self, index: u32, hosted: &Hosted) -> Result<Bound, String> {
        self.check_needs(index, hosted)?;
        let evaluated = self.evaluated(index, hosted);
        let text = format!("{evaluated:?}");
        let run = self.chain.item(index).expect("a node that there is").run;
        let before = self.seen.borrow_mut().insert(run, text.clone());
        if before.is_some_and(|before| before != text) {
            return Err(format!("run {run} of node {index} comes to something else after a crash: {text}"));
        }
        if matches!(evaluated, Err(Bound::Fault { .. })) {
            *self.faults.borrow_mut() += 1;
        }
        Ok(evaluated.map_or_else(|bound| bound, |_| Bound::Go))
    }

    fn check_journal(&self) -> Result<(), String> {
        let entries = self.journal.iter().map(|line| serde_json::from_str::<ChainEntry>(line).expect("our own entry"));
        let mut replay: Option<ChainReplay> = None;
        for entry in entries {
            let followed = match &mut replay {
                None => ChainReplay::begin(&entry).map(|begun| replay = Some(begun)),
                Some(replay) => replay.follow(&entry),
            };
            followed.map_err(|error| format!("entry {}: {error}", entry.number))?;
        }
        let told = |chain: &Chain| format!("{:?} {:?}", chain.summary(), chain.standing().ended());
        let replayed = replay.map(|replay| told(replay.chain())).unwrap_or_default();
        if replayed == told(&self.chain) { Ok(()) } else { Err(format!("the journal comes to {replayed}")) }
    }

    fn check(&self, hosted: &Hosted) -> Result<(), String> {
        self.chain.running().try_for_each(|(index, _)| self.check_needs(index, hosted))
    }
}

fn line(entry: &ChainEntry) -> String {
    serde_json::to_string(entry).expect("an entry is JSON")
}
