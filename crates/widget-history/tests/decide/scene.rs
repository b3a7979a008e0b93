//! A history on a stage: happenings in words, played on the core's machine, and what the Worker would answer of it. Nothing is made up
//! but what CXone's pages hold.
//!
//! Interactions in words are `a b c x3; a c! c x2`: nodes one after the other, a `!` where a step failed, and how many went so. A story is
//! `woken; page 20 of 100; +1500ms; waits 7000; fails 3; cancel; deadline`.

use cxpulse_core::execution::Reason;
use cxpulse_core::failure::Failure;
use cxpulse_core::history::{Filter, Log, Options};
use cxpulse_core::id::FlowId;
use cxpulse_core::profile::Profile;
use cxpulse_core::retrieval::{
    Effect, Event, Held, HistoryIdentity, HistoryOrder, PageAnswer, PageCall, PageRead, Retrieval,
};
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::trace::TraceContext;
use cxpulse_core::validate::parse_history;
use cxpulse_core::wire::history::HistorySnapshot;

#[derive(Debug)]
pub(crate) struct Scene {
    order: HistoryOrder,
    retrieval: Retrieval,
    calls: Vec<PageCall>,
    held: Held,
    log: Log,
    pub(crate) now: Timestamp,
}

impl Scene {
    /// As the Worker accepts it, by the profile `interactions-history`.
    pub(crate) fn open(interactions: &str) -> Self {
        let profile = Profile::built_in("interactions-history").expect("a built-in profile");
        let request =
            parse_history(REQUEST, NOON, |_| Some(&profile)).unwrap_or_else(|invalid| unreachable!("{invalid}"));
        let identity =
            HistoryIdentity { id: FlowId::history([0x44; 16]), trace: TraceContext::root([0x55; 16]), seed: 42 };
        let order = HistoryOrder::accept(request, identity, &profile, NOON).expect("a profile with a history");
        let retrieval = Retrieval::open(&order);
        let mut log = Log::new();
        for (place, row) in (0..).zip(rows(interactions)) {
            log.row(&row, place);
        }
        Self { order, retrieval, calls: Vec::new(), held: Held::default(), log, now: NOON }
    }

    /// Plays happenings, `;` between them.
    pub(crate) fn play(&mut self, story: &str) {
        for happening in story.split(';').map(str::trim).filter(|happening| !happening.is_empty()) {
            self.happen(happening);
        }
    }

    fn happen(&mut self, happening: &str) {
        let words: Vec<&str> = happening.split_whitespace().collect();
        if let Some(millis) = happening.strip_prefix('+') {
            self.now = self.now.plus(Span::from_millis(number(millis.trim_end_matches("ms"))));
            return;
        }
        let event = match words.as_slice() {
            ["woken"] => Event::Woken,
            ["deadline"] => {
                self.now = self.now.max(self.retrieval.standing().deadline_at());
                Event::Woken
            }
            ["cancel"] => Event::CancelRequested,
            ["waits", millis] => {
                let until = self.now.plus(Span::from_millis(number(millis)));
                Event::Postponed { call: self.call(), reason: Reason::RateLimited, until }
            }
            ["page", rows, "of", total] => self.page(number(rows), number(total)),
            ["refused"] => {
                let failure = Failure::of_answer(400, None, self.now).expect("a failure");
                Event::Answered { call: self.call(), answer: PageAnswer::Failed(failure) }
            }
            _ => unreachable!("no such happening: {happening}"),
        };
        let turn = self.retrieval.step(&self.order, event, self.now);
        let asked = turn.effects.into_iter().filter_map(|effect| match effect {
            Effect::Ask { call } => Some(call),
            Effect::Notify { .. } => None,
        });
        self.calls.extend(asked);
    }

    /// A page of so many rows, each an interaction of six steps.
    fn page(&mut self, rows: u64, total: u64) -> Event {
        let held = &mut self.held;
        (held.rows, held.interactions) = (held.rows + rows, held.interactions + rows);
        (held.steps, held.bytes) = (held.steps + 6 * rows, held.bytes + 900 * rows);
        let read = PageRead {
            rows: u32::try_from(rows).expect("a page"),
            foreign: 0,
            total: Some(total),
            next: None,
            held: self.held,
            full: None,
        };
        Event::Answered { call: self.call(), answer: PageAnswer::Read(read) }
    }

    fn call(&mut self) -> PageCall {
        assert!(!self.calls.is_empty(), "a page was asked for");
        self.calls.remove(0)
    }

    /// As the Worker answers it.
    pub(crate) fn snapshot(&self) -> String {
        let snapshot = HistorySnapshot::of(&self.order, &self.retrieval, "https://cxpulse.example");
        serde_json::to_string(&snapshot).expect("a snapshot")
    }

    /// What the Worker answers a question for a report with: `/report?variant=…`.
    pub(crate) fn report(&self, address: &str) -> String {
        let query = address.split_once('?').map_or("", |(_, query)| query);
        let mut filter = Filter::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let at = || Timestamp::parse_rfc3339(&value.replace("%3A", ":")).ok();
            match name {
                "variant" => filter.variant = Some(value.into()),
                "node" => filter.node = Some(value.replace("%20", " ")),
                "error" => filter.error = Some(value == "true"),
                "from" => filter.from = at(),
                "until" => filter.until = at(),
                other => unreachable!("no such parameter: {other}"),
            }
        }
        let report = self.log.report(&Options::default(), &filter).expect("a workflow's history");
        serde_json::to_string(&report).expect("a report")
    }
}

fn number(word: &str) -> u64 {
    word.parse().expect("a number")
}

/// Rows as CXone has them. Interactions begin an hour apart; a node takes as many seconds as its place in the alphabet says, the third
/// one minutes; a second passes between two.
fn rows(interactions: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for words in interactions.split(';').map(str::trim).filter(|words| !words.is_empty()) {
        let (nodes, count) = words.rsplit_once(" x").unwrap_or((words, "1"));
        for _ in 0..number(count) {
            let start = NOON.minus(Span::from_secs(86_400 * 2)).plus(Span::from_secs(3_600 * rows.len() as u64));
            rows.push(row(rows.len(), nodes, start));
        }
    }
    rows
}

fn row(at: usize, nodes: &str, mut start: Timestamp) -> String {
    let mut steps = Vec::new();
    for node in nodes.split_whitespace() {
        let name = node.trim_end_matches('!').replace('_', " ");
        let place = u64::from(name.bytes().next().unwrap_or(b'a').saturating_sub(b'a')) + 1;
        let took = if place == 3 { Span::from_secs(180) } else { Span::from_secs(place) };
        let end = start.plus(took);
        let kind = if place == 3 { "DECISION" } else { "ACTION" };
        steps.push(serde_json::json!({
            "nodeId": name, "nodeType": kind, "startTime": start.to_string(), "endTime": end.to_string(),
            "variablesBefore": {"seen": steps.len()}, "variablesAfter": {"seen": steps.len() + 1},
            "errorState": node.ends_with('!'),
        }));
        start = end.plus(Span::from_secs(1));
    }
    serde_json::json!({"interactionId": format!("case-{at}"), "steps": steps}).to_string()
}

const REQUEST: &str = "{\"start\":\"2026-11-18T00:00:00Z\"}";

/// 2026-11-21T12:00:00Z.
pub(crate) const NOON: Timestamp = Timestamp::from_millis(1_795_262_400_000);
