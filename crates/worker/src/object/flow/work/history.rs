//! A history query, as the conductor drives it: no nodes, only itself. Never chooses: the core does.

use cxpulse_core::audit::{Notification, Record, Who};
use cxpulse_core::flow::{Item, Standing};
use cxpulse_core::id::{FlowId, Run, TenantId};
use cxpulse_core::json::Json;
use cxpulse_core::listing::HistoryListing;
use cxpulse_core::outbox::Subscription;
use cxpulse_core::retrieval::{Effect, Event, HistoryEntry, HistoryOrder, Retrieval};
use cxpulse_core::time::{Rfc3339, Timestamp};
use cxpulse_core::trace::TraceContext;
use cxpulse_core::wire::Waiting;
use cxpulse_core::wire::history::{HistoryNotice, HistorySnapshot};
use serde::Serialize;

use super::{About, Deed, Face, FlowEntry, Happening, Next, Shown, Turned};
use crate::object::directory::Listed;
use crate::problem::Problem;

/// A history query, with what was asked for.
pub(in crate::object::flow) struct HistoryWork {
    pub(in crate::object::flow) order: HistoryOrder,
    pub(in crate::object::flow) retrieval: Retrieval,
}

/// The body of a notification, as Standard Webhooks recommends it.
#[derive(Serialize)]
struct Told {
    #[serde(rename = "type")]
    kind: String,
    timestamp: Rfc3339,
    data: HistoryNotice,
}

impl HistoryWork {
    pub(super) fn open(order: &Json) -> Result<Self, Problem> {
        let order: HistoryOrder = serde_json::from_str(order.as_str())?;
        let retrieval = Retrieval::open(&order);
        Ok(Self { order, retrieval })
    }

    /// `progress` is what [`Face::row`] gave; nothing before it changed.
    pub(super) fn restore(order: &Json, standing: Standing, progress: Option<&str>) -> Result<Self, Problem> {
        let order: HistoryOrder = serde_json::from_str(order.as_str())?;
        let progress = progress.map(serde_json::from_str).transpose()?.unwrap_or_default();
        Ok(Self { order, retrieval: Retrieval::restore(standing, progress) })
    }

    fn snapshot(&self, base: &str) -> HistorySnapshot {
        HistorySnapshot::of(&self.order, &self.retrieval, base)
    }
}

impl Face for HistoryWork {
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
        self.retrieval.standing()
    }

    fn item(&self, _: u32) -> Option<&Item> {
        None
    }

    fn row(&self, index: u32) -> Result<Option<String>, Problem> {
        Ok(if index == 0 { Some(serde_json::to_string(self.retrieval.progress())?) } else { None })
    }

    fn item_of(&self, _: u32) -> Option<u32> {
        None
    }

    fn running(&self) -> Vec<(u32, Run)> {
        Vec::new()
    }

    fn waits(&self) -> Vec<Waiting> {
        self.retrieval.waits()
    }

    fn next_wake_at(&self) -> Option<Timestamp> {
        self.retrieval.next_wake_at(&self.order)
    }

    fn step(&mut self, happening: Happening, next: Next, now: Timestamp) -> Turned {
        let event = match happening {
            Happening::Woken => Event::Woken,
            Happening::Page(event) => event,
            Happening::WaitChanged => Event::WaitChanged,
            Happening::CancelRequested => Event::CancelRequested,
            // It has no nodes.
            Happening::Bound { .. } | Happening::Ended { .. } | Happening::RedriveRequested { .. } => {
                return Turned::default();
            }
        };
        let turn = self.retrieval.step(&self.order, event.clone(), now);
        let entry = HistoryEntry::of(next.entry, now.into(), event, &turn, &self.retrieval);
        let mut turned = Turned {
            is_changed: turn.is_changed,
            entry: entry.map(|entry| FlowEntry::History(Box::new(entry))),
            ended: Record::history_ended(&self.order, &self.retrieval, &turn, next.record),
            items: turn.items,
            ..Turned::default()
        };
        for effect in turn.effects {
            match effect {
                Effect::Ask { call } => turned.deeds.push(Deed::Read { call }),
                Effect::Notify { topic } => turned.notices.push((topic, None)),
            }
        }
        turned
    }

    fn opened(&self, who: Who) -> (FlowEntry, Record) {
        let entry = HistoryEntry::opened(&self.order);
        (FlowEntry::History(Box::new(entry)), Record::history_opened(&self.order, who))
    }

    fn access(&self, number: u64, now: Timestamp, who: Who, verb: &str, refusal: Option<&str>) -> Record {
        Record::history_access(&self.order, number, now, who, verb, refusal)
    }

    fn redriven(&self, number: u64, now: Timestamp, who: Who, _: u32, _: u32) -> Record {
        // Never asked for: a history has no redrive.
        Record::history_access(&self.order, number, now, who, "redrive", Some("no_redrive"))
    }

    fn told(&self, number: u64, now: Timestamp, who: Who, notification: &Notification) -> Record {
        Record::history_notification(&self.order, number, now, who, notification)
    }

    fn shown(&self, _: Vec<Waiting>, base: &str) -> Result<Shown, Problem> {
        let snapshot = self.snapshot(base);
        Ok(Shown { json: serde_json::to_string(&snapshot)?, waiting: snapshot.waiting })
    }

    fn listing(&self, dead_letters: u64, base: &str) -> Listed {
        Listed::History(HistoryListing::of(&self.order, &self.retrieval, dead_letters, base))
    }

    fn notification(&self, about: &About<'_>, base: &str, now: Timestamp) -> Result<String, Problem> {
        let kind = format!("history.{}", about.topic.name());
        let data = HistoryNotice::of(&self.order, &self.retrieval, about.bottlenecks, base);
        Ok(serde_json::to_string(&Told { kind, timestamp: now.into(), data })?)
    }
}
