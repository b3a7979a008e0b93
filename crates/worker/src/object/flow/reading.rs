//! What readers of a batch are answered: snapshot, items by page, all of them, a letter for each, stream and socket. Never
//! changes the batch.

use std::iter;
use std::rc::Rc;

use cxpulse_core::execution::Execution;
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::validate::{BatchView, ItemFilter, ItemsQuery, parse_batch_query};
use cxpulse_core::wire::Waiting;
use cxpulse_core::wire::batch::{BatchGrid, BatchPage, BatchSnapshot, ItemView, Pagination, asked_for};
use futures_util::stream;
use js_sys::Uint8Array;
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Response;

use super::Conductor;
use super::letters;
use super::store::Kept;
use crate::clock;
use crate::feed::{self, View, happens_within};
use crate::incoming::Incoming;
use crate::object::execution::{Life, first_seq, is_named, place, seconds, whole};
use crate::problem::Problem;
use crate::{reply, socket};

/// Of a saved standing of an execution what an item shows.
#[derive(Deserialize)]
struct Saved {
    execution: Execution,
}

/// Answers what readers ask for.
pub(super) async fn answer(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<Response, Problem> {
    let view = latest(conductor)?;
    let mut segments = incoming.path().rsplit('/');
    match (segments.next().unwrap_or_default(), segments.next().unwrap_or_default()) {
        ("events", _) => events(conductor, incoming, &view),
        ("socket", _) => open_socket(conductor, incoming, &view),
        ("journal", _) => log(conductor, incoming, "journal"),
        ("audit", _) => log(conductor, incoming, "audit"),
        ("notifications", _) => letters::show(conductor, incoming),
        (_, "batches") => shown(conductor, incoming).await,
        _ => Err(Problem::NotFound),
    }
}

/// Answers a start: at once, or after its end if that comes within the time that the caller gave.
pub(super) async fn opened(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<Response, Problem> {
    let span = seconds(incoming)?.unwrap_or(Span::ZERO);
    until(conductor, span, View::is_ended).await;
    let view = latest(conductor)?;
    reply::json(202, &[("etag", view.etag())], view.json())
}

fn latest(conductor: &Rc<Conductor>) -> Result<Rc<View>, Problem> {
    if !conductor.is_there()? {
        return Err(Problem::NotFound);
    }
    conductor.heal()?;
    conductor.look()?;
    conductor.view()?.ok_or(Problem::NotFound)
}

async fn shown(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<Response, Problem> {
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

/// Waits until there is news to the caller, or the time that they gave is over.
async fn wait(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<(), Problem> {
    let Some(span) = seconds(incoming)? else { return Ok(()) };
    let view = latest(conductor)?;
    let seen = match incoming.query("since") {
        Some(_) => Some(whole(incoming, "since", 0, u64::MAX, 0)?),
        None => incoming.header("if-none-match").and_then(|tags| first_seq(&tags)),
    };
    let seen = seen.unwrap_or_else(|| view.seq());
    until(conductor, span, |view| view.is_ended() || view.seq() != seen).await;
    Ok(())
}

async fn until(conductor: &Rc<Conductor>, span: Span, is_wanted: impl Fn(&View) -> bool) {
    let until = clock::now().plus(span);
    let mut changes = conductor.changes();
    while !conductor.view().is_ok_and(|view| view.is_none_or(|view| is_wanted(&view))) {
        let left = until.since(clock::now());
        if left == Span::ZERO || !happens_within(changes.changed(), left).await {
            return;
        }
    }
}

fn snapshot(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<Response, Problem> {
    let view = latest(conductor)?;
    match incoming.header("if-none-match") {
        Some(tags) if is_named(&tags, view.etag()) => {
            reply::empty(304, &[("etag", view.etag()), ("cache-control", "no-cache")])
        }
        Some(_) | None => view.answer(),
    }
}

fn events(conductor: &Rc<Conductor>, incoming: &Incoming, view: &View) -> Result<Response, Problem> {
    let told = incoming.header("last-event-id");
    let told = told.as_deref().or_else(|| incoming.query("last_event_id"));
    // A number that is ahead of ours is not one that we gave.
    let sent = told.and_then(|id| id.parse().ok()).filter(|seq| *seq <= view.seq());
    if view.is_ended() && sent == Some(view.seq()) {
        // The one answer after which a browser's `EventSource` does not come back.
        return reply::empty(204, &[]);
    }
    let changes = conductor.changes();
    let conductor = Rc::clone(conductor);
    let body = feed::stream(move || conductor.view().ok().flatten(), changes, sent);
    reply::stream(&[("content-type", "text/event-stream"), ("cache-control", "no-cache, no-transform")], &body)
}

fn open_socket(conductor: &Rc<Conductor>, incoming: &Incoming, view: &View) -> Result<Response, Problem> {
    let number = |name: &str| incoming.query(name).and_then(|value| value.parse::<u64>().ok());
    conductor.host.has_socket();
    let until = number("until").map(Timestamp::from_millis);
    let socket = conductor.sockets.open(view, number("after"), until)?;
    conductor.has_socket(until)?;
    socket::hand_over(&socket, socket::chosen_protocol(incoming)?)
}

/// Lines of the journal or the audit log of the flow itself, with a link to the next page where there are more.
fn log(conductor: &Rc<Conductor>, incoming: &Incoming, kind: &str) -> Result<Response, Problem> {
    let (after, limit) = place(incoming)?;
    let kept = conductor.kept.borrow();
    let kept = kept.as_ref().ok_or(Problem::NotFound)?;
    let book = &conductor.store.book;
    let (lines, total) = match kind {
        "journal" => (book.entries(after, limit)?, kept.own.entries),
        _ => (book.records(after, limit)?, kept.dispatch.last()),
    };
    let last = after.saturating_add(u64::try_from(lines.len()).unwrap_or(u64::MAX));
    let address = format!("{}/v1/batches/{}/{kind}", kept.base, kept.order.id);
    let is_more = !lines.is_empty() && last < total;
    let link = is_more.then(|| format!("<{address}?after={last}&limit={limit}>; rel=\"next\""));
    reply::lines(incoming, &lines, link.as_deref())
}

fn page(conductor: &Rc<Conductor>, query: &ItemsQuery) -> Result<Response, Problem> {
    let kept = conductor.kept.borrow();
    let kept = kept.as_ref().ok_or(Problem::NotFound)?;
    let (indices, mut pagination) = Pagination::of(&kept.order, &kept.batch, query, &kept.base);
    let (mut items, mut bytes) = (Vec::with_capacity(indices.len()), 0_usize);
    for index in &indices {
        let item = conductor.item_view(kept, *index)?;
        bytes = bytes.saturating_add(item.result.as_ref().map_or(0, |result| result.as_str().len()));
        // One at least, so that whoever follows the links gets on.
        if let Some(last) = items.last().map(|last: &ItemView| last.index).filter(|_| bytes > RESULTS_MAX) {
            pagination = pagination.ending_with(last, &kept.order, query, &kept.base);
            break;
        }
        items.push(item);
    }
    let batch = conductor.snapshot(kept);
    reply::json(200, &[], &serde_json::to_string(&BatchPage { batch, items, pagination })?)
}

fn grid(conductor: &Rc<Conductor>) -> Result<Response, Problem> {
    let kept = conductor.kept.borrow();
    let kept = kept.as_ref().ok_or(Problem::NotFound)?;
    let grid = BatchGrid { batch: conductor.snapshot(kept), grid: kept.batch.grid() };
    reply::json(200, &[], &serde_json::to_string(&grid)?)
}

/// All of them, a line each, written while they are read: never in memory together.
fn results(conductor: &Rc<Conductor>, filter: &ItemFilter) -> Result<Response, Problem> {
    let asked = {
        let kept = conductor.kept.borrow();
        asked_for(&kept.as_ref().ok_or(Problem::NotFound)?.batch, filter)
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
    /// The batch as it stands.
    pub(super) fn snapshot(&self, kept: &Kept) -> BatchSnapshot {
        BatchSnapshot::of(&kept.order, &kept.batch, self.waits(), &kept.base)
    }

    /// What those in memory wait for.
    pub(super) fn waits(&self) -> Vec<Waiting> {
        let waits_for = |life: &Rc<Life>| {
            let kept = life.kept.borrow();
            let kept = kept.as_ref()?;
            Waiting::of(&kept.order, &kept.standing.execution)
        };
        self.lives.borrow().values().filter_map(waits_for).collect()
    }

    /// Lines of the next items, until they are a chunk; `None` where no item is left.
    fn lines(&self, indices: &mut impl Iterator<Item = u32>) -> Result<Option<String>, Problem> {
        let kept = self.kept.borrow();
        let kept = kept.as_ref().ok_or(Problem::NotFound)?;
        let mut lines = String::new();
        while lines.len() < CHUNK_BYTES
            && let Some(index) = indices.next()
        {
            lines.push_str(&serde_json::to_string(&self.item_view(kept, index)?)?.replace(['\r', '\n'], " "));
            lines.push('\n');
        }
        Ok((!lines.is_empty()).then_some(lines))
    }

    fn item_view(&self, kept: &Kept, index: u32) -> Result<ItemView, Problem> {
        let missing = || Problem::Fault("an item of a batch is missing".into());
        let run = ItemView::run_of(&kept.batch, index).ok_or_else(missing)?.get();
        let held = self.lives.borrow().get(&run).map(Rc::clone);
        let view = |execution: Option<&Execution>| {
            ItemView::of(&kept.order, &kept.batch, index, execution, &kept.base).ok_or_else(missing)
        };
        if let Some(held) = held {
            let held = held.kept.borrow();
            if let Some(held) = held.as_ref() {
                return view(Some(&held.standing.execution));
            }
        }
        match self.store.standing_of(run)? {
            Some(saved) => view(Some(&serde_json::from_str::<Saved>(&saved)?.execution)),
            None => view(None),
        }
    }
}

/// Bytes after which a chunk is sent.
const CHUNK_BYTES: usize = 65_536;

/// Bytes of the results of one page: they are in memory together.
const RESULTS_MAX: usize = 4_194_304;
