//! What a flow is, a batch, a chain or a history query: all in which they differ for the conductor. Never waits, never writes.

use cxpulse_core::audit::{Notification, Record, Who};
use cxpulse_core::batch::BatchEntry;
use cxpulse_core::chain::{Bound, ChainEntry};
use cxpulse_core::execution::Execution;
use cxpulse_core::flow::{Answer, Item, Standing};
use cxpulse_core::id::{FlowId, FlowKind, Run, TenantId};
use cxpulse_core::json::Json;
use cxpulse_core::outbox::{Subscription, Topic};
use cxpulse_core::retrieval::{Event as PageEvent, HistoryEntry, PageCall};
use cxpulse_core::time::Timestamp;
use cxpulse_core::trace::TraceContext;
use cxpulse_core::wire::Waiting;
use serde::{Deserialize, Serialize};

use crate::object::directory::Listed;
use crate::problem::Problem;

mod batch;
mod chain;
mod history;

pub(super) use batch::BatchWork;
pub(super) use chain::ChainWork;
pub(crate) use chain::Given;
pub(super) use history::HistoryWork;

/// A batch, a chain or a history query, with what was asked for.
pub(super) enum Work {
    Batch(Box<BatchWork>),
    Chain(Box<ChainWork>),
    History(Box<HistoryWork>),
}

/// What the conductor asks of any.
pub(super) trait Face {
    /// Ours.
    fn id(&self) -> &FlowId;
    /// Whose CXone account.
    fn tenant(&self) -> &TenantId;
    /// Decides all chance.
    fn seed(&self) -> u64;
    /// Who is told of it.
    fn notify(&self) -> Option<&Subscription>;
    /// The span of a try (1 and up) to deliver the notification of that number.
    fn span_of_delivery(&self, number: u64, attempt: u32) -> TraceContext;
    /// What changes of it beside its nodes.
    fn standing(&self) -> &Standing;
    /// A node's executions by its index; `None` where there is none.
    fn item(&self, index: u32) -> Option<&Item>;
    /// What is stored under that index, where something is: of a batch or a chain a node, of a history how far it is.
    fn row(&self, index: u32) -> Result<Option<String>, Problem> {
        Ok(self.item(index).map(serde_json::to_string).transpose()?)
    }
    /// What it waits for itself, beside its executions.
    fn waits(&self) -> Vec<Waiting> {
        Vec::new()
    }
    /// The node that this is the latest run of; `None` where it is none's.
    fn item_of(&self, run: u32) -> Option<u32>;
    /// Nodes under way, each with its execution.
    fn running(&self) -> Vec<(u32, Run)>;
    /// When to wake it; `None` where nothing is due but by a node's end.
    fn next_wake_at(&self) -> Option<Timestamp>;
    /// Takes an event; `next` are the numbers of what is written down of it.
    fn step(&mut self, happening: Happening, next: Next, now: Timestamp) -> Turned;
    /// What is written down of its beginning.
    fn opened(&self, who: Who) -> (FlowEntry, Record);
    /// That `who` used it; `refusal` says why not, where they were not allowed to.
    fn access(&self, number: u64, now: Timestamp, who: Who, verb: &str, refusal: Option<&str>) -> Record;
    /// That `who` had so many nodes run again, as this generation.
    fn redriven(&self, number: u64, now: Timestamp, who: Who, generation: u32, nodes: u32) -> Record;
    /// That something became of a notification.
    fn told(&self, number: u64, now: Timestamp, who: Who, notification: &Notification) -> Record;
    /// Its snapshot.
    fn shown(&self, waits: Vec<Waiting>, base: &str) -> Result<Shown, Problem>;
    /// How lists show it.
    fn listing(&self, dead_letters: u64, base: &str) -> Listed;
    /// The body of a notification of it, or of a node of it, whose execution is at hand.
    fn notification(&self, about: &About<'_>, base: &str, now: Timestamp) -> Result<String, Problem>;
}

/// One happening, as the conductor sees it.
pub(super) enum Happening {
    Woken,
    /// Of a chain: what a node's condition and inputs came to.
    Bound {
        index: u32,
        bound: Bound,
    },
    Ended {
        index: u32,
        answer: Answer,
    },
    /// Of a history: something became of a page.
    Page(PageEvent),
    WaitChanged,
    CancelRequested,
    RedriveRequested {
        indices: Vec<u32>,
    },
}

/// Something to do once what led to it is to be written.
pub(super) enum Deed {
    /// Of a chain: look at the node's condition, and make its inputs.
    Bind { index: u32 },
    /// Open this execution.
    Start { index: u32, run: Run },
    /// Cancel this execution.
    Cancel { run: Run },
    /// Of a history: ask for this page.
    Read { call: PageCall },
}

/// What followed a happening.
#[derive(Default)]
pub(super) struct Turned {
    pub(super) is_changed: bool,
    /// Nodes whose rows are to be saved.
    pub(super) items: Vec<u32>,
    pub(super) deeds: Vec<Deed>,
    /// What the caller's webhook is to be told, and of which node.
    pub(super) notices: Vec<(Topic, Option<u32>)>,
    pub(super) entry: Option<FlowEntry>,
    /// That it is over, where it is since now.
    pub(super) ended: Option<Record>,
}

/// The numbers of what is written down next.
pub(super) struct Next {
    pub(super) entry: u64,
    pub(super) record: u64,
}

/// An entry of the journal of any.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum FlowEntry {
    Batch(Box<BatchEntry>),
    Chain(Box<ChainEntry>),
    History(Box<HistoryEntry>),
}

/// A snapshot, rendered.
pub(super) struct Shown {
    pub(super) json: String,
    /// What it says that is waited for.
    pub(super) waiting: Option<Waiting>,
}

/// What a notification is about.
pub(super) struct About<'a> {
    pub(super) topic: Topic,
    /// Of a chain: the node, with the execution of its answer, where there was one, and what its order says.
    pub(super) node: Option<Seen<'a>>,
    /// Of a history that has ended: its visits beyond the threshold.
    pub(super) bottlenecks: Option<u64>,
}

/// A node of a chain, with what is stored of it.
pub(super) struct Seen<'a> {
    pub(super) index: u32,
    pub(super) execution: Option<&'a Execution>,
    pub(super) fallback: Option<&'a Json>,
}

/// An order that was stored: its id says of what.
#[derive(Deserialize)]
struct Named {
    id: FlowId,
}

impl Work {
    /// A new one. `names` are those of its nodes, in order; `given` is what a chain was given.
    pub(super) fn open(order: &Json, names: &[String], given: Option<Given>) -> Result<Self, Problem> {
        Ok(match kind_of(order)? {
            FlowKind::Batch => Self::Batch(Box::new(BatchWork::open(order, names)?)),
            FlowKind::Chain => Self::Chain(Box::new(ChainWork::open(order, given)?)),
            FlowKind::History => Self::History(Box::new(HistoryWork::open(order)?)),
        })
    }

    /// One as it was saved. `row` gives what is stored under an index.
    pub(super) fn restore(
        order: &Json,
        names: &[String],
        given: Option<Given>,
        standing: Standing,
        mut row: impl FnMut(u32) -> Option<String>,
    ) -> Result<Self, Problem> {
        let kind = kind_of(order)?;
        if kind == FlowKind::History {
            return Ok(Self::History(Box::new(HistoryWork::restore(order, standing, row(0).as_deref())?)));
        }
        let mut fault = None;
        let item = |index| {
            let item = row(index).map(|text| serde_json::from_str::<Item>(&text)).transpose();
            item.unwrap_or_else(|error| {
                fault = Some(error);
                None
            })
        };
        let work = match kind {
            FlowKind::Batch => Self::Batch(Box::new(BatchWork::restore(order, names, standing, item)?)),
            FlowKind::Chain | FlowKind::History => {
                Self::Chain(Box::new(ChainWork::restore(order, given, standing, item)?))
            }
        };
        fault.map_or(Ok(work), |error| Err(Problem::from(error)))
    }

    pub(super) fn face(&self) -> &dyn Face {
        match self {
            Self::Batch(work) => &**work,
            Self::Chain(work) => &**work,
            Self::History(work) => &**work,
        }
    }

    pub(super) fn face_mut(&mut self) -> &mut dyn Face {
        match self {
            Self::Batch(work) => &mut **work,
            Self::Chain(work) => &mut **work,
            Self::History(work) => &mut **work,
        }
    }

    /// Where its kind is found, as in `/v1/chains`.
    pub(super) const fn collection(&self) -> &'static str {
        match self {
            Self::Batch(_) => "batches",
            Self::Chain(_) => "chains",
            Self::History(_) => "histories",
        }
    }

    /// The batch; not there where it is none.
    pub(super) fn batch(&self) -> Result<&BatchWork, Problem> {
        match self {
            Self::Batch(work) => Ok(work),
            Self::Chain(_) | Self::History(_) => Err(Problem::NotFound),
        }
    }

    /// The chain; not there where it is none.
    pub(super) fn chain(&self) -> Result<&ChainWork, Problem> {
        match self {
            Self::Chain(work) => Ok(work),
            Self::Batch(_) | Self::History(_) => Err(Problem::NotFound),
        }
    }

    /// The history query; not there where it is none.
    pub(super) fn history(&self) -> Result<&HistoryWork, Problem> {
        match self {
            Self::History(work) => Ok(work),
            Self::Batch(_) | Self::Chain(_) => Err(Problem::NotFound),
        }
    }
}

fn kind_of(order: &Json) -> Result<FlowKind, Problem> {
    Ok(serde_json::from_str::<Named>(order.as_str())?.id.kind())
}
