//! A batch, as the conductor drives it. Never chooses: the core does.

use cxpulse_core::audit::{Notification, Record, Who};
use cxpulse_core::batch::{Batch, BatchEntry, BatchOrder, Effect, Event};
use cxpulse_core::flow::{Item, Names, Standing};
use cxpulse_core::id::{FlowId, Run, TenantId};
use cxpulse_core::json::Json;
use cxpulse_core::listing::BatchListing;
use cxpulse_core::outbox::Subscription;
use cxpulse_core::time::{Rfc3339, Timestamp};
use cxpulse_core::trace::TraceContext;
use cxpulse_core::wire::Waiting;
use cxpulse_core::wire::batch::BatchSnapshot;
use serde::Serialize;

use super::{About, Deed, Face, FlowEntry, Happening, Next, Shown, Turned};
use crate::object::directory::Listed;
use crate::problem::Problem;

/// A batch, with what was asked for.
pub(in crate::object::flow) struct BatchWork {
    pub(in crate::object::flow) order: BatchOrder,
    pub(in crate::object::flow) batch: Batch,
}

/// The body of a notification, as Standard Webhooks recommends it.
#[derive(Serialize)]
struct Told {
    #[serde(rename = "type")]
    kind: String,
    timestamp: Rfc3339,
    data: BatchSnapshot,
}

impl BatchWork {
    pub(super) fn open(order: &Json, names: &[String]) -> Result<Self, Problem> {
        let order: BatchOrder = serde_json::from_str(order.as_str())?;
        let batch = Batch::open(&order, Names::new(names));
        Ok(Self { order, batch })
    }

    pub(super) fn restore(
        order: &Json,
        names: &[String],
        standing: Standing,
        row: impl FnMut(u32) -> Option<Item>,
    ) -> Result<Self, Problem> {
        let order: BatchOrder = serde_json::from_str(order.as_str())?;
        let batch = Batch::restore(&order, standing, Names::new(names), row);
        Ok(Self { order, batch })
    }

    /// The batch as it stands. `waits` is what its executions wait for.
    pub(in crate::object::flow) fn snapshot(&self, waits: Vec<Waiting>, base: &str) -> BatchSnapshot {
        BatchSnapshot::of(&self.order, &self.batch, waits, base)
    }
}

impl Face for BatchWork {
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
        self.batch.standing()
    }

    fn item(&self, index: u32) -> Option<&Item> {
        self.batch.item(index)
    }

    fn item_of(&self, run: u32) -> Option<u32> {
        self.batch.item_of(run)
    }

    fn running(&self) -> Vec<(u32, Run)> {
        self.batch.running().collect()
    }

    fn next_wake_at(&self) -> Option<Timestamp> {
        self.batch.next_wake_at()
    }

    fn step(&mut self, happening: Happening, next: Next, now: Timestamp) -> Turned {
        let event = match happening {
            Happening::Woken => Event::Woken,
            Happening::Ended { index, answer } => Event::ItemEnded { item: index, answer },
            Happening::WaitChanged => Event::WaitChanged,
            Happening::CancelRequested => Event::CancelRequested,
            Happening::RedriveRequested { indices } => Event::RedriveRequested { items: indices },
            // Nothing of a batch is bound, and it has no pages.
            Happening::Bound { .. } | Happening::Page(_) => return Turned::default(),
        };
        let turn = self.batch.step(&self.order, event.clone(), now);
        let entry = BatchEntry::of(next.entry, now.into(), event, &turn, &self.batch);
        let mut turned = Turned {
            is_changed: turn.is_changed,
            entry: entry.map(|entry| FlowEntry::Batch(Box::new(entry))),
            ended: Record::batch_ended(&self.order, &self.batch, &turn, next.record),
            items: turn.items,
            ..Turned::default()
        };
        for effect in turn.effects {
            match effect {
                Effect::Start { item, run } => turned.deeds.push(Deed::Start { index: item, run }),
                Effect::Cancel { run, .. } => turned.deeds.push(Deed::Cancel { run }),
                Effect::Notify { topic } => turned.notices.push((topic, None)),
            }
        }
        turned
    }

    fn opened(&self, who: Who) -> (FlowEntry, Record) {
        let entry = BatchEntry::opened(&self.order);
        (FlowEntry::Batch(Box::new(entry)), Record::batch_opened(&self.order, who))
    }

    fn access(&self, number: u64, now: Timestamp, who: Who, verb: &str, refusal: Option<&str>) -> Record {
        Record::batch_access(&self.order, number, now, who, verb, refusal)
    }

    fn redriven(&self, number: u64, now: Timestamp, who: Who, generation: u32, nodes: u32) -> Record {
        Record::batch_redriven(&self.order, number, now, who, generation, nodes)
    }

    fn told(&self, number: u64, now: Timestamp, who: Who, notification: &Notification) -> Record {
        Record::batch_notification(&self.order, number, now, who, notification)
    }

    fn shown(&self, waits: Vec<Waiting>, base: &str) -> Result<Shown, Problem> {
        let snapshot = self.snapshot(waits, base);
        Ok(Shown { json: serde_json::to_string(&snapshot)?, waiting: snapshot.waiting })
    }

    fn listing(&self, dead_letters: u64, base: &str) -> Listed {
        Listed::Batch(BatchListing::of(&self.order, &self.batch, dead_letters, base))
    }

    fn notification(&self, about: &About<'_>, base: &str, now: Timestamp) -> Result<String, Problem> {
        let kind = format!("batch.{}", about.topic.name());
        Ok(serde_json::to_string(&Told { kind, timestamp: now.into(), data: self.snapshot(Vec::new(), base) })?)
    }
}
