//! A chain, as the conductor drives it. Never chooses: the core does.

use cxpulse_core::audit::{Notification, Record, Who};
use cxpulse_core::chain::{Chain, ChainEntry, ChainOrder, Effect, Event};
use cxpulse_core::flow::{Item, Standing};
use cxpulse_core::id::{FlowId, Run, TenantId};
use cxpulse_core::json::Json;
use cxpulse_core::listing::ChainListing;
use cxpulse_core::outbox::Subscription;
use cxpulse_core::time::{Rfc3339, Timestamp};
use cxpulse_core::trace::TraceContext;
use cxpulse_core::wire::Waiting;
use cxpulse_core::wire::chain::{ChainNodeNotice, ChainSnapshot};
use serde::{Deserialize, Serialize};

use super::{About, Deed, Face, FlowEntry, Happening, Next, Shown, Turned};
use crate::object::directory::Listed;
use crate::problem::Problem;

/// A chain, with what was asked for.
pub(in crate::object::flow) struct ChainWork {
    pub(in crate::object::flow) order: ChainOrder,
    pub(in crate::object::flow) chain: Chain,
    pub(in crate::object::flow) given: Given,
}

/// What a chain was given for its templates to read.
#[derive(Serialize, Deserialize)]
pub(crate) struct Given {
    /// A JSON object.
    pub(crate) inputs: Json,
    /// What this and the chain's context have `[redacted]` for, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sealed: Option<String>,
}

/// The body of a notification, as Standard Webhooks recommends it.
#[derive(Serialize)]
struct Told<T> {
    #[serde(rename = "type")]
    kind: String,
    timestamp: Rfc3339,
    data: T,
}

impl ChainWork {
    pub(super) fn open(order: &Json, given: Option<Given>) -> Result<Self, Problem> {
        let order: ChainOrder = serde_json::from_str(order.as_str())?;
        let chain = Chain::open(&order).map_err(unsound)?;
        Ok(Self { order, chain, given: given.ok_or_else(not_given)? })
    }

    pub(super) fn restore(
        order: &Json,
        given: Option<Given>,
        standing: Standing,
        row: impl FnMut(u32) -> Option<Item>,
    ) -> Result<Self, Problem> {
        let order: ChainOrder = serde_json::from_str(order.as_str())?;
        let chain = Chain::restore(&order, standing, row).map_err(unsound)?;
        Ok(Self { order, chain, given: given.ok_or_else(not_given)? })
    }

    /// The chain as it stands. `waits` is what its executions wait for.
    fn snapshot(&self, waits: Vec<Waiting>, base: &str) -> ChainSnapshot {
        ChainSnapshot::of(&self.order, &self.chain, waits, base)
    }
}

impl Face for ChainWork {
    fn id(&self) -> &FlowId {
        &self.order.id
    }

    fn tenant(&self) -> &TenantId {
        &self.order.tenant
    }

    fn seed(&self) -> u64 {
        self.order.seed
    }

    fn notify(&self) -> Option<&Subscription> {
        self.order.notify.as_ref()
    }

    fn span_of_delivery(&self, number: u64, attempt: u32) -> TraceContext {
        self.order.span_of_delivery(number, attempt)
    }

    fn standing(&self) -> &Standing {
        self.chain.standing()
    }

    fn item(&self, index: u32) -> Option<&Item> {
        self.chain.item(index)
    }

    fn item_of(&self, run: u32) -> Option<u32> {
        self.chain.node_of(run)
    }

    fn running(&self) -> Vec<(u32, Run)> {
        self.chain.running().collect()
    }

    fn next_wake_at(&self) -> Option<Timestamp> {
        self.chain.next_wake_at()
    }

    fn step(&mut self, happening: Happening, next: Next, now: Timestamp) -> Turned {
        let Some(event) = event_of(happening) else { return Turned::default() };
        let turn = self.chain.step(&self.order, event.clone(), now);
        let entry = ChainEntry::of(next.entry, now.into(), event, &turn, &self.chain);
        let mut turned = Turned {
            is_changed: turn.is_changed,
            entry: entry.map(|entry| FlowEntry::Chain(Box::new(entry))),
            ended: Record::chain_ended(&self.order, &self.chain, &turn, next.record),
            items: turn.items,
            ..Turned::default()
        };
        for effect in turn.effects {
            match effect {
                Effect::Bind { node } => turned.deeds.push(Deed::Bind { index: node }),
                Effect::Start { node, run } => turned.deeds.push(Deed::Start { index: node, run }),
                Effect::Cancel { run, .. } => turned.deeds.push(Deed::Cancel { run }),
                Effect::Notify { topic, node } => turned.notices.push((topic, node)),
            }
        }
        turned
    }

    fn opened(&self, who: Who) -> (FlowEntry, Record) {
        let entry = ChainEntry::opened(&self.order);
        (FlowEntry::Chain(Box::new(entry)), Record::chain_opened(&self.order, who))
    }

    fn access(&self, number: u64, now: Timestamp, who: Who, verb: &str, refusal: Option<&str>) -> Record {
        Record::chain_access(&self.order, number, now, who, verb, refusal)
    }

    fn redriven(&self, number: u64, now: Timestamp, who: Who, generation: u32, nodes: u32) -> Record {
        Record::chain_redriven(&self.order, number, now, who, generation, nodes)
    }

    fn told(&self, number: u64, now: Timestamp, who: Who, notification: &Notification) -> Record {
        Record::chain_notification(&self.order, number, now, who, notification)
    }

    fn shown(&self, waits: Vec<Waiting>, base: &str) -> Result<Shown, Problem> {
        let snapshot = self.snapshot(waits, base);
        Ok(Shown { json: serde_json::to_string(&snapshot)?, waiting: snapshot.waiting })
    }

    fn listing(&self, dead_letters: u64, base: &str) -> Listed {
        Listed::Chain(ChainListing::of(&self.order, &self.chain, dead_letters, base))
    }

    fn notification(&self, about: &About<'_>, base: &str, now: Timestamp) -> Result<String, Problem> {
        let kind = format!("chain.{}", about.topic.name());
        let timestamp = now.into();
        let Some(seen) = &about.node else {
            let data = self.snapshot(Vec::new(), base);
            return Ok(serde_json::to_string(&Told { kind, timestamp, data })?);
        };
        let data = ChainNodeNotice::of(&self.order, &self.chain, seen.index, seen.execution, seen.fallback, base);
        let data = data.ok_or_else(|| Problem::Fault("a chain tells of a node that is not there".into()))?;
        Ok(serde_json::to_string(&Told { kind, timestamp, data })?)
    }
}

/// `None` of what a chain does not have.
fn event_of(happening: Happening) -> Option<Event> {
    Some(match happening {
        Happening::Woken => Event::Woken,
        Happening::Bound { index, bound } => Event::NodeBound { node: index, bound },
        Happening::Ended { index, answer } => Event::NodeEnded { node: index, answer },
        Happening::WaitChanged => Event::WaitChanged,
        Happening::CancelRequested => Event::CancelRequested,
        Happening::RedriveRequested { indices } => Event::RedriveRequested { nodes: indices },
        Happening::Page(_) => return None,
    })
}

fn unsound(error: cxpulse_core::chain::EdgeError) -> Problem {
    Problem::Fault(format!("a chain's dependencies are not sound: {error}"))
}

fn not_given() -> Problem {
    Problem::Fault("what a chain was given is missing".into())
}
