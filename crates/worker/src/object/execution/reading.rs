//! What readers of an execution are answered: snapshot, wait, stream, journal, bundle. Never changes the execution.

use std::rc::Rc;

use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::validate::{Code, Violation};
use web_sys::Response;

use super::bundle;
use super::letters;
use super::life::Life;
use super::store::Kept;
use crate::clock;
use crate::feed::{self, View, happens_within};
use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::{reply, socket};

/// Whether a snapshot is waited for. A stream, a journal and a bundle take no `wait`: they are answered at once.
pub(super) fn is_wait(incoming: &Incoming) -> bool {
    is_of_snapshot(incoming) && incoming.query("wait").is_some()
}

/// Whether the path is an execution's own, `/v1/executions/{id}`, and of nothing below it.
fn is_of_snapshot(incoming: &Incoming) -> bool {
    incoming.path().rsplit('/').nth(1) == Some("executions")
}

/// Answers what needs no waiting.
pub(super) fn answer(life: &Rc<Life>, incoming: &Incoming) -> Result<Response, Problem> {
    let view = latest(life)?;
    match incoming.path().rsplit('/').next().unwrap_or_default() {
        "events" => events(life, incoming, &view),
        "journal" => journal(life, incoming),
        "audit" => audit(life, incoming),
        "bundle" => bundle::answer(life),
        "notifications" => letters::show(life, incoming),
        "socket" => socket(life, incoming, &view),
        _ if is_of_snapshot(incoming) => snapshot(incoming, &view),
        _ => Err(Problem::NotFound),
    }
}

/// Answers with the snapshot, as soon as it is news to the caller or the time that they gave is over.
pub(super) async fn wait(life: &Rc<Life>, incoming: &Incoming) -> Result<Response, Problem> {
    let span = seconds(incoming)?.unwrap_or(Span::ZERO);
    let view = latest(life)?;
    let seen = match incoming.query("since") {
        Some(_) => Some(whole(incoming, "since", 0, u64::MAX, 0)?),
        None => incoming.header("if-none-match").and_then(|tags| first_seq(&tags)),
    };
    let seen = seen.unwrap_or_else(|| view.seq());
    until(life, span, |view| view.is_ended() || view.seq() != seen).await;
    let view = latest(life)?;
    snapshot(incoming, &view)
}

/// Answers a start: at once, or after its end if that comes within the time that the caller gave.
pub(super) async fn opened(life: &Rc<Life>, incoming: &Incoming) -> Result<Response, Problem> {
    let span = seconds(incoming)?.unwrap_or(Span::ZERO);
    until(life, span, View::is_ended).await;
    let view = latest(life)?;
    reply::json(202, &[("etag", view.etag())], view.json())
}

/// The seconds of `?wait=`; `None` where there is none.
pub(crate) fn seconds(incoming: &Incoming) -> Result<Option<Span>, Problem> {
    match incoming.query("wait") {
        Some(_) => whole(incoming, "wait", 0, WAIT_MAX, 0).map(|seconds| Some(Span::from_secs(seconds))),
        None => Ok(None),
    }
}

fn latest(life: &Rc<Life>) -> Result<Rc<View>, Problem> {
    if !life.is_there()? {
        return Err(Problem::NotFound);
    }
    life.heal()?;
    life.view()?.ok_or(Problem::NotFound)
}

fn snapshot(incoming: &Incoming, view: &View) -> Result<Response, Problem> {
    match incoming.header("if-none-match") {
        Some(tags) if is_named(&tags, view.etag()) => {
            reply::empty(304, &[("etag", view.etag()), ("cache-control", "no-cache")])
        }
        Some(_) | None => view.answer(),
    }
}

fn events(life: &Rc<Life>, incoming: &Incoming, view: &View) -> Result<Response, Problem> {
    let told = incoming.header("last-event-id");
    let told = told.as_deref().or_else(|| incoming.query("last_event_id"));
    // A number that is ahead of ours is not one that we gave.
    let sent = told.and_then(|id| id.parse().ok()).filter(|seq| *seq <= view.seq());
    if view.is_ended() && sent == Some(view.seq()) {
        // The one answer after which a browser's `EventSource` does not come back.
        return reply::empty(204, &[]);
    }
    let changes = life.changes();
    let life = Rc::clone(life);
    let body = feed::stream(move || life.view().ok().flatten(), changes, sent);
    reply::stream(&[("content-type", "text/event-stream"), ("cache-control", "no-cache, no-transform")], &body)
}

fn socket(life: &Rc<Life>, incoming: &Incoming, view: &View) -> Result<Response, Problem> {
    let number = |name: &str| incoming.query(name).and_then(|value| value.parse::<u64>().ok());
    life.host.has_socket();
    let until = number("until").map(Timestamp::from_millis);
    let socket = life.sockets.open(view, number("after"), until)?;
    if let Some(flow) = life.conductor() {
        flow.has_socket(until)?;
    }
    life.settle()?;
    socket::hand_over(&socket, socket::chosen_protocol(incoming)?)
}

fn journal(life: &Rc<Life>, incoming: &Incoming) -> Result<Response, Problem> {
    let (after, limit) = place(incoming)?;
    let entries = life.store.entries(after, limit)?;
    page(life, incoming, &entries, |kept| kept.standing.entries)
}

fn audit(life: &Rc<Life>, incoming: &Incoming) -> Result<Response, Problem> {
    let (after, limit) = place(incoming)?;
    let records = life.store.records(after, limit)?;
    page(life, incoming, &records, |kept| kept.dispatch.last())
}

/// After which number, and how many.
pub(in crate::object) fn place(incoming: &Incoming) -> Result<(u64, u64), Problem> {
    Ok((whole(incoming, "after", 0, u64::MAX, 0)?, whole(incoming, "limit", 1, PAGE_MAX, PAGE_MAX)?))
}

/// Lines, with a link to the next page where there are more.
fn page(
    life: &Rc<Life>,
    incoming: &Incoming,
    lines: &[String],
    total: impl FnOnce(&Kept) -> u64,
) -> Result<Response, Problem> {
    let (after, limit) = place(incoming)?;
    let count = u64::try_from(lines.len()).unwrap_or(u64::MAX);
    let last = after.saturating_add(count);
    let kind = incoming.path().rsplit('/').next().unwrap_or_default();
    let (address, total) = {
        let kept = life.kept.borrow();
        // Of one that has not begun there is nothing to tell.
        let Some(kept) = kept.as_ref() else { return reply::lines(incoming, lines, None) };
        (format!("{}/v1/executions/{}/{kind}", kept.base, kept.order.id), total(kept))
    };
    let link = (count > 0 && last < total).then(|| format!("<{address}?after={last}&limit={limit}>; rel=\"next\""));
    reply::lines(incoming, lines, link.as_deref())
}

/// Waits until the latest snapshot is as wanted, for `span` at most.
async fn until(life: &Rc<Life>, span: Span, is_wanted: impl Fn(&View) -> bool) {
    let until = clock::now().plus(span);
    let mut changes = life.changes();
    while !life.view().is_ok_and(|view| view.is_none_or(|view| is_wanted(&view))) {
        let left = until.since(clock::now());
        if left == Span::ZERO || !happens_within(changes.changed(), left).await {
            return;
        }
    }
}

/// A whole number in the query.
pub(in crate::object) fn whole(
    incoming: &Incoming,
    name: &str,
    least: u64,
    most: u64,
    default: u64,
) -> Result<u64, Problem> {
    let Some(text) = incoming.query(name) else { return Ok(default) };
    let value = text.parse().ok().filter(|value| (least..=most).contains(value));
    value.ok_or_else(|| {
        let message = match most {
            u64::MAX => "must be a whole number".into(),
            _ => format!("must be a whole number from {least} to {most}"),
        };
        Problem::BadParameter(Violation { pointer: format!("?{name}"), code: Code::OutOfRange, message })
    })
}

/// RFC 9110 section 13.1.2: any of a list, compared weakly; `*` names whatever there is.
pub(in crate::object) fn is_named(tags: &str, etag: &str) -> bool {
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

pub(in crate::object) fn first_seq(tags: &str) -> Option<u64> {
    tags.split(',').find_map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"').parse().ok())
}

/// Seconds of a wait: less than what proxies on the way allow a connection to be silent.
const WAIT_MAX: u64 = 85;

/// Entries, records or letters of one page.
const PAGE_MAX: u64 = 1_000;
