//! What readers of a batch are answered beside its snapshot: items by page, all of them, a letter for each. Never changes the
//! batch.

use std::iter;
use std::rc::Rc;

use cxpulse_core::execution::Execution;
use cxpulse_core::validate::{BatchView, ItemFilter, ItemsQuery, parse_batch_query};
use cxpulse_core::wire::batch::{BatchGrid, BatchPage, ItemView, Pagination, asked_for};
use futures_util::stream;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Response;

use super::Conductor;
use super::reading::{snapshot, wait};
use super::work::BatchWork;
use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::reply;

/// Answers `GET /v1/batches/{id}`.
pub(super) async fn shown(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<Response, Problem> {
    let asked = parse_batch_query(incoming.query_text()).map_err(Problem::BadParameters)?;
    let wants_lines = incoming.header("accept").is_some_and(|accept| accept.contains("application/x-ndjson"));
    wait(conductor, incoming).await?;
    match asked {
        BatchView::Summary if wants_lines => results(conductor, &ItemFilter::all()),
        BatchView::Summary => snapshot(conductor, incoming),
        BatchView::Items(query) if wants_lines => results(conductor, &query.filter),
        BatchView::Items(query) => page(conductor, &query),
        BatchView::Grid => grid(conductor),
        BatchView::Results(filter) => results(conductor, &filter),
    }
}

fn page(conductor: &Rc<Conductor>, query: &ItemsQuery) -> Result<Response, Problem> {
    let kept = conductor.kept.borrow();
    let kept = kept.as_ref().ok_or(Problem::NotFound)?;
    let work = kept.work.batch()?;
    let (indices, mut pagination) = Pagination::of(&work.order, &work.batch, query, &kept.base);
    let (mut items, mut bytes) = (Vec::with_capacity(indices.len()), 0_usize);
    for index in &indices {
        let item = conductor.item_view(work, *index, &kept.base)?;
        bytes = bytes.saturating_add(item.result.as_ref().map_or(0, |result| result.as_str().len()));
        // One at least, so that whoever follows the links gets on.
        if let Some(last) = items.last().map(|last: &ItemView| last.index).filter(|_| bytes > RESULTS_MAX) {
            pagination = pagination.ending_with(last, &work.order, query, &kept.base);
            break;
        }
        items.push(item);
    }
    let batch = work.snapshot(conductor.waits(), &kept.base);
    reply::json(200, &[], &serde_json::to_string(&BatchPage { batch, items, pagination })?)
}

fn grid(conductor: &Rc<Conductor>) -> Result<Response, Problem> {
    let kept = conductor.kept.borrow();
    let kept = kept.as_ref().ok_or(Problem::NotFound)?;
    let work = kept.work.batch()?;
    let grid = BatchGrid { batch: work.snapshot(conductor.waits(), &kept.base), grid: work.batch.grid() };
    reply::json(200, &[], &serde_json::to_string(&grid)?)
}

/// All of them, a line each, written while they are read: never in memory together.
fn results(conductor: &Rc<Conductor>, filter: &ItemFilter) -> Result<Response, Problem> {
    let asked = {
        let kept = conductor.kept.borrow();
        asked_for(&kept.as_ref().ok_or(Problem::NotFound)?.work.batch()?.batch, filter)
    };
    let (conductor, mut asked) = (Rc::clone(conductor), asked.into_iter());
    let chunks = iter::from_fn(move || {
        let lines = conductor.lines(&mut asked).transpose()?;
        let lines = lines.map(|text| Uint8Array::from(text.as_bytes()).into());
        Some(lines.map_err(|problem| {
            problem.log();
            // After a fault nothing is left to be said: whoever reads sees that it was cut short.
            asked = Vec::new().into_iter();
            JsValue::from_str("the items could not be read to their end")
        }))
    });
    let body = wasm_streams::ReadableStream::from_stream(stream::iter(chunks)).into_raw().unchecked_into();
    reply::stream(&[("content-type", "application/x-ndjson"), ("cache-control", "no-store")], &body)
}

impl Conductor {
    /// Lines of the next items, until they are a chunk; `None` where no item is left.
    fn lines(&self, indices: &mut impl Iterator<Item = u32>) -> Result<Option<String>, Problem> {
        let kept = self.kept.borrow();
        let kept = kept.as_ref().ok_or(Problem::NotFound)?;
        let work = kept.work.batch()?;
        let mut lines = String::new();
        while lines.len() < CHUNK_BYTES
            && let Some(index) = indices.next()
        {
            lines.push_str(
                &serde_json::to_string(&self.item_view(work, index, &kept.base)?)?.replace(['\r', '\n'], " "),
            );
            lines.push('\n');
        }
        Ok((!lines.is_empty()).then_some(lines))
    }

    fn item_view(&self, work: &BatchWork, index: u32, base: &str) -> Result<ItemView, Problem> {
        let missing = || Problem::Fault("an item of a batch is missing".into());
        let run = ItemView::run_of(&work.batch, index).ok_or_else(missing)?.get();
        let view = |execution: Option<&Execution>| ItemView::of(&work.order, &work.batch, index, execution, base);
        self.with_execution(run, view)?.ok_or_else(missing)
    }
}

/// Bytes after which a chunk is sent.
const CHUNK_BYTES: usize = 65_536;

/// Bytes of the results of one page: they are in memory together.
const RESULTS_MAX: usize = 4_194_304;
