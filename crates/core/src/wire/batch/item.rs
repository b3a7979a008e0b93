//! The JSON of a batch's items, and of a page of them. Never reads a row.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use super::{BatchLinks, count, count_to};
use crate::batch::{AnswerSource, Batch, BatchOrder, Degradation};
use crate::execution::Execution;
use crate::flow::NodeStatus;
use crate::id::Run;
use crate::json::Json;
use crate::status::Outcome;
use crate::time::Rfc3339;
use crate::validate::{ItemFilter, ItemsQuery, PageStart};
use crate::wire::{ErrorView, error_of, found_of};

/// One item of a batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "BatchItem"))]
pub struct ItemView {
    /// The caller's.
    pub id: String,
    /// Its place in the batch, 0 and up.
    pub index: u32,
    /// How it is counted.
    pub status: NodeStatus,
    /// How its execution ended; null before.
    pub outcome: Option<Outcome>,
    /// Where its result is from; null where there is none.
    pub source: Option<AnswerSource>,
    /// Why it is degraded; null where it is not.
    pub reason: Option<Degradation>,
    /// Attempts of its execution; 0 before it began.
    pub attempts: u32,
    /// The generation that this is of, 1 and up.
    pub generation: u32,
    /// The result, as CXone sent it; null before, and where there is none.
    pub result: Option<Json>,
    /// Why there is no fresh result; null where there is one, and before the end.
    pub error: Option<ErrorView>,
    /// When its execution began; null before.
    pub started_at: Option<Rfc3339>,
    /// When that ended; null before.
    pub ended_at: Option<Rfc3339>,
    /// Where to go from here.
    pub links: ItemLinks,
}

/// Where to go from an item: absolute URLs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ItemLinks {
    /// Its execution.
    pub execution: String,
}

/// Which page of how many items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pagination {
    /// Items before this page, of those that were asked for.
    pub offset: u32,
    /// Items of a page, at most: it has fewer where their results are long.
    pub limit: u32,
    /// Items that were asked for.
    pub total: u32,
    /// The address of the next page; null after the last.
    pub next: Option<String>,
}

impl ItemView {
    /// An item by its index; `None` where there is none. `execution` is that of [`Self::run_of`], where it has begun.
    #[must_use]
    pub fn of(
        order: &BatchOrder,
        batch: &Batch,
        index: u32,
        execution: Option<&Execution>,
        base: &str,
    ) -> Option<Self> {
        let (item, status) = (batch.item(index)?, batch.status(index)?);
        let answer = item.shown_answer(batch.standing().floor());
        let started_at = answer.map_or(item.started_at, |answer| Some(answer.started_at));
        let ending = execution.filter(|_| answer.is_some()).and_then(Execution::ending);
        let run = Self::run_of(batch, index)?;
        Some(Self {
            id: batch.names().id(index)?.to_string(),
            index,
            status,
            outcome: answer.and_then(|answer| answer.outcome),
            source: answer.and_then(|answer| answer.source),
            reason: answer.and_then(crate::batch::Answer::degradation),
            attempts: answer.map_or_else(|| attempts_of(execution), |answer| answer.attempts),
            generation: answer.map_or(item.generation, |answer| answer.generation),
            result: ending.and(execution).and_then(found_of).map(|found| found.result),
            error: ending.and_then(|(ending, _)| error_of(ending)),
            started_at: started_at.map(Rfc3339),
            ended_at: answer.map(|answer| answer.ended_at.into()),
            links: ItemLinks { execution: format!("{base}/v1/executions/{}", order.id.execution(run)) },
        })
    }

    /// The execution that shows what is known of an item: the one that ended, else the one under way or to come.
    #[must_use]
    pub fn run_of(batch: &Batch, index: u32) -> Option<Run> {
        batch.item(index).map(|item| item.shown_run(batch.standing().floor()))
    }
}

/// The indices of those items, in order.
#[must_use]
pub fn asked_for(batch: &Batch, filter: &ItemFilter) -> Vec<u32> {
    let has_status = |index: &u32| batch.status(*index).is_some_and(|status| filter.statuses.contains(&status));
    match &filter.code {
        Some(code) => {
            let coded = batch.faults().filter(|(_, fault)| fault.code == code.as_str());
            coded.map(|(index, _)| index).filter(has_status).collect()
        }
        None => (0..batch.summary().total).filter(has_status).collect(),
    }
}

impl Pagination {
    /// The indices of a page's items, in order, and where it goes on.
    #[must_use]
    pub fn of(order: &BatchOrder, batch: &Batch, query: &ItemsQuery, base: &str) -> (Vec<u32>, Self) {
        let asked = asked_for(batch, &query.filter);
        let total = count(&asked);
        let offset = match query.start {
            PageStart::Offset(offset) => offset.min(total),
            PageStart::After(last) => count_to(asked.partition_point(|index| *index <= last)),
        };
        let to_usize = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        let page: Vec<u32> = asked.into_iter().skip(to_usize(offset)).take(to_usize(query.limit)).collect();
        let has_more = offset.saturating_add(count(&page)) < total;
        let next = page.last().filter(|_| has_more).map(|last| next_page(order, query, *last, base));
        (page, Self { offset, limit: query.limit, total, next })
    }

    /// A page that ends with the item of index `last`, before its limit: what follows would make it too long.
    #[must_use]
    pub fn ending_with(self, last: u32, order: &BatchOrder, query: &ItemsQuery, base: &str) -> Self {
        Self { next: Some(next_page(order, query, last, base)), ..self }
    }
}

fn next_page(order: &BatchOrder, query: &ItemsQuery, last: u32, base: &str) -> String {
    let this = BatchLinks::new(base, &order.id).this;
    let ItemFilter { statuses, code } = &query.filter;
    let names: Vec<&str> = statuses.iter().map(|status| status.name()).collect();
    let status =
        if names.len() < NodeStatus::ALL.len() { format!("&status={}", names.join(",")) } else { String::new() };
    let code = code.as_ref().map(|code| format!("&code={}", encode(code.as_str()))).unwrap_or_default();
    format!("{this}?cursor={last}&limit={}{status}{code}", query.limit)
}

/// For the value of a query's parameter: RFC 3986, section 2.1.
fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte);
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

fn attempts_of(execution: Option<&Execution>) -> u32 {
    execution.map_or(0, |execution| execution.attempt().get())
}
