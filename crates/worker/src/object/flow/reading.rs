//! What readers of a flow are answered: snapshot, stream, socket, journal. Never changes the flow.

use std::rc::Rc;

use cxpulse_core::chain::{NodeOrder, OnFailure};
use cxpulse_core::execution::Execution;
use cxpulse_core::json::Json;
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::wire::Waiting;
use serde::Deserialize;
use web_sys::Response;

use super::Conductor;
use super::work::ChainWork;
use super::{graph, history, items, letters, results};
use crate::clock;
use crate::feed::{self, View, happens_within};
use crate::incoming::Incoming;
use crate::object::execution::{Life, first_seq, is_named, place, seconds, whole};
use crate::problem::Problem;
use crate::{reply, socket};

/// Of a saved standing of an execution what is shown of it here.
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
        ("results", _) => results::answer(conductor, incoming),
        ("graph", _) => graph::answer(conductor, incoming, &view),
        (_, "batches") => items::shown(conductor, incoming).await,
        ("report", _) => history::report(conductor, incoming),
        ("steps", _) => history::steps(conductor, incoming),
        ("export", _) => history::export(conductor, incoming),
        (_, "chains" | "histories") => {
            wait(conductor, incoming).await?;
            snapshot(conductor, incoming)
        }
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

/// Waits until there is news to the caller, or the time that they gave is over.
pub(super) async fn wait(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<(), Problem> {
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

/// Answers with the snapshot.
pub(super) fn snapshot(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<Response, Problem> {
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
    let address = format!("{}/v1/{}/{}/{kind}", kept.base, kept.work.collection(), kept.work.face().id());
    let is_more = !lines.is_empty() && last < total;
    let link = is_more.then(|| format!("<{address}?after={last}&limit={limit}>; rel=\"next\""));
    reply::lines(incoming, &lines, link.as_deref())
}

impl Conductor {
    /// What those in memory wait for.
    pub(super) fn waits(&self) -> Vec<Waiting> {
        let waits_for = |life: &Rc<Life>| {
            let kept = life.kept.borrow();
            let kept = kept.as_ref()?;
            Waiting::of(&kept.order, &kept.standing.execution)
        };
        let own = self.kept.borrow().as_ref().map(|kept| kept.work.face().waits()).unwrap_or_default();
        self.lives.borrow().values().filter_map(waits_for).chain(own).collect()
    }

    /// Looks at the execution of that number as it stands; `None` of one that has not begun.
    pub(super) fn with_execution<T>(&self, run: u32, look: impl FnOnce(Option<&Execution>) -> T) -> Result<T, Problem> {
        let held = self.lives.borrow().get(&run).map(Rc::clone);
        if let Some(held) = held {
            let held = held.kept.borrow();
            if let Some(held) = held.as_ref() {
                return Ok(look(Some(&held.standing.execution)));
            }
        }
        match self.store.standing_of(run)? {
            Some(saved) => Ok(look(Some(&serde_json::from_str::<Saved>(&saved)?.execution))),
            None => Ok(look(None)),
        }
    }

    /// Looks at the execution that a node of a chain has its answer of; `None` where there was none.
    pub(super) fn with_answer<T>(
        &self,
        work: &ChainWork,
        index: u32,
        look: impl FnOnce(Option<&Execution>) -> T,
    ) -> Result<T, Problem> {
        match work.chain.answer(index).filter(|answer| answer.outcome.is_some()) {
            Some(answer) => self.with_execution(answer.run.get(), look),
            None => Ok(look(None)),
        }
    }

    /// What stands in for the output of a node of a chain that failed; `None` where nothing does.
    pub(super) fn fallback(&self, work: &ChainWork, index: u32) -> Result<Option<Json>, Problem> {
        let has_one = work.order.node(index).is_some_and(|node| node.on_failure == OnFailure::Fallback);
        let has_failed = work.chain.failure(index).is_some();
        if !has_one || !has_failed {
            return Ok(None);
        }
        Ok(self.store.item::<NodeOrder>(index)?.order.fallback)
    }
}
