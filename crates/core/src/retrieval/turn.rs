//! One step of a history query: what each event does, and how it goes on from there.

use alloc::string::String;

use super::event::{Effect, Event, PageAnswer, PageRead, Turn};
use super::order::{HistoryOrder, Paging};
use super::page::{Asked, PageCall, PageState};
use super::progress::OddityKind;
use super::{BARREN_MAX, FlowOutcome, PASSES_MAX, Retrieval, Shortfall};
use crate::backoff::{Cause, Chance};
use crate::call::Credential;
use crate::execution::{Ignored, Reason};
use crate::failure::{Failure, FailureKind};
use crate::outbox::Topic;
use crate::random::draw;
use crate::time::Timestamp;

impl Retrieval {
    /// What follows `event` at `now`: takes it in, asks for what may be asked for, and ends where nothing is left. What changed is
    /// to be saved before the effects are carried out.
    ///
    /// Total: every event is answered at every moment. One that nobody waits for is `ignored`, with the reason.
    pub fn step(&mut self, order: &HistoryOrder, event: Event, now: Timestamp) -> Turn {
        let now = self.standing.see(now);
        let mut turn = Turn::default();
        match event {
            Event::WaitChanged => turn.is_changed = self.standing.ended.is_none(),
            Event::Woken => self.go_on(order, now, &mut turn),
            Event::Interrupted => {
                self.ask_again(now, &mut turn);
                self.go_on(order, now, &mut turn);
            }
            Event::Postponed { call, reason, until } => {
                if self.expect(call, &mut turn).is_some() {
                    self.postpone(call.page, reason, until.max(now), &mut turn);
                }
                self.go_on(order, now, &mut turn);
            }
            Event::Answered { call, answer } => {
                self.answered(order, call, answer, now, &mut turn);
                self.go_on(order, now, &mut turn);
            }
            Event::CancelRequested => {
                let shortfall = Shortfall::new("CANCELED", "the caller stopped it");
                self.finish(order, FlowOutcome::Canceled, Some(shortfall), now, &mut turn);
            }
        }
        if turn.is_changed {
            // The row that has the progress.
            turn.items.push(0);
        }
        self.standing.conclude(&mut turn, now);
        turn
    }

    /// The page that this is the call of; `None`, and why, where nobody waits for it.
    fn expect(&mut self, call: PageCall, turn: &mut Turn) -> Option<&mut Asked> {
        let is_over = self.standing.ended.is_some();
        let asked = self.progress.pages.get_mut(&call.page);
        let asked = asked.filter(|asked| !is_over && asked.is_under_way() && asked.call == call);
        if asked.is_none() {
            turn.ignored = Some(if is_over { Ignored::Ended } else { Ignored::Stale });
        }
        asked
    }

    /// What was under way is due again, with a token of whoever holds one now.
    fn ask_again(&mut self, now: Timestamp, turn: &mut Turn) {
        for asked in self.progress.pages.values_mut().filter(|asked| asked.is_under_way()) {
            asked.call.credential = Credential::Held;
            asked.wait(Reason::Retry, now);
            turn.is_changed = true;
        }
    }

    fn postpone(&mut self, page: u32, reason: Reason, until: Timestamp, turn: &mut Turn) {
        if let Some(asked) = self.progress.pages.get_mut(&page) {
            asked.wait(reason, until);
            turn.is_changed = true;
        }
    }

    fn answered(&mut self, order: &HistoryOrder, call: PageCall, answer: PageAnswer, now: Timestamp, turn: &mut Turn) {
        if self.expect(call, turn).is_none() {
            return;
        }
        turn.is_changed = true;
        match answer {
            PageAnswer::Read(read) => self.read(order, call, read, now, turn),
            PageAnswer::Failed(failure) => self.failed(order, call, &failure, now, turn),
        }
    }

    fn read(&mut self, order: &HistoryOrder, call: PageCall, read: PageRead, now: Timestamp, turn: &mut Turn) {
        self.progress.pages.remove(&call.page);
        self.progress.pages_read = self.progress.pages_read.saturating_add(1);
        self.progress.hold(read.held);
        self.standing.rate.ended(now);
        if call.pass == 1 {
            self.progress.duplicates = self.progress.duplicates.saturating_add(read.foreign.into());
        }
        if let Some(message) = read.full {
            let shortfall = Shortfall { code: "TOO_LARGE".into(), message };
            return self.finish(order, FlowOutcome::Partial, Some(shortfall), now, turn);
        }
        match order.paging {
            Paging::Offset => self.read_by_offset(order, call, &read, now),
            Paging::Cursor => {
                self.progress.cursor = read.next;
                if self.progress.cursor.is_none() {
                    self.progress.end = Some(call.page.saturating_add(1));
                }
                self.progress.total = read.total.or(self.progress.total);
            }
            Paging::Contact | Paging::Whole => self.progress.total = read.total.or(self.progress.total),
        }
        self.check_barren(order, call, read.rows, read.foreign, now);
    }

    fn read_by_offset(&mut self, order: &HistoryOrder, call: PageCall, read: &PageRead, now: Timestamp) {
        let asked_for = self.progress.window(order, call.page).map_or(0, |window| window.limit);
        let known = self.progress.total;
        let has_moved = match (known, read.total) {
            (Some(known), Some(total)) => known != total,
            _ => false,
        };
        // Where rows were moved by others that came or went, they turn up on two pages, or on none.
        if has_moved || (call.pass == 1 && read.foreign > 0) {
            self.progress.is_moved = true;
            self.progress.notice(OddityKind::HistoryChanged, now);
        }
        self.progress.total = read.total.or(known);
        let offset = u64::from(call.page).saturating_mul(self.progress.page_size(order).into());
        let seen = offset.saturating_add(read.rows.into());
        if read.rows >= asked_for {
            // Full to the end that it says: only the page after it shows whether that is the end.
            if self.progress.total.is_some_and(|total| seen >= total) {
                self.progress.beyond = self.progress.beyond.max(Some(call.page.saturating_add(1)));
            }
            return;
        }
        let says_more = self.progress.expected(order).is_some_and(|expected| seen < expected);
        let is_first = call.page == 0 && call.pass == 1 && self.progress.page_size.is_none();
        if says_more && is_first && read.rows > 0 {
            // It gives fewer than it is asked for: from now on it is asked for what it gives.
            self.progress.page_size = Some(read.rows);
            self.progress.notice(OddityKind::ShortPages, now);
        } else if says_more && read.rows > 0 {
            self.progress.is_moved = true;
            self.progress.notice(OddityKind::ShortPages, now);
        } else {
            let end = call.page.saturating_add(u32::from(read.rows > 0));
            self.progress.end = Some(self.progress.end.map_or(end, |known| known.min(end)));
        }
    }

    /// One that has no end repeats itself.
    fn check_barren(&mut self, order: &HistoryOrder, call: PageCall, rows: u32, foreign: u32, now: Timestamp) {
        let may_repeat = matches!(order.paging, Paging::Offset | Paging::Cursor) && call.pass == 1;
        // By offset, there is nothing past the end.
        let is_barren = foreign >= rows && (rows > 0 || order.paging == Paging::Cursor);
        self.progress.barren = if may_repeat && is_barren { self.progress.barren.saturating_add(1) } else { 0 };
        if self.progress.barren >= BARREN_MAX {
            self.progress.end = Some(self.progress.next);
            self.progress.cursor = None;
            // Whatever moved, another pass would go the same way.
            self.progress.is_moved = false;
            if rows > 0 || self.progress.expected(order).is_some_and(|expected| self.progress.rows < expected) {
                self.progress.notice(OddityKind::PagesRepeat, now);
                self.progress.unsay(OddityKind::HistoryChanged);
                self.progress.rows_before = self.progress.rows;
            }
        }
    }

    fn failed(&mut self, order: &HistoryOrder, call: PageCall, failure: &Failure, now: Timestamp, turn: &mut Turn) {
        self.progress.failures = self.progress.failures.saturating_add(1);
        match failure.kind {
            FailureKind::AuthExpired if call.credential == Credential::Held => {
                let again = PageCall { credential: Credential::Fresh, ..call };
                self.ask(again, now, turn);
            }
            FailureKind::NotFound if order.paging == Paging::Contact => {
                self.progress.pages.remove(&call.page);
                self.progress.pages_read = self.progress.pages_read.saturating_add(1);
                self.progress.notice(OddityKind::UnknownContact, now);
            }
            FailureKind::AuthExpired | FailureKind::ScopeDenied | FailureKind::NotFound | FailureKind::ClientError => {
                self.give_up(order, "REJECTED", failure, now, turn)
            }
            FailureKind::RateLimited | FailureKind::Transient | FailureKind::Malformed => {
                self.try_later(order, call, failure, now, turn);
            }
        }
    }

    fn try_later(&mut self, order: &HistoryOrder, call: PageCall, failure: &Failure, now: Timestamp, turn: &mut Turn) {
        let Some(asked) = self.progress.pages.get_mut(&call.page) else { return };
        let is_malformed = failure.kind == FailureKind::Malformed;
        asked.malformed = if is_malformed { asked.malformed.saturating_add(1) } else { 0 };
        if order.backoff.is_spent(call.attempt) || asked.malformed >= MALFORMED_MAX {
            return self.give_up(order, "UPSTREAM_FAILED", failure, now, turn);
        }
        let seed = draw(order.seed, (1 << 50) | (u64::from(call.pass) << 32) | u64::from(call.page));
        let chance = Chance { seed, previous: asked.previous_wait };
        let wait = order.backoff.wait(Cause::Failed(failure.kind), call.attempt, chance);
        let wait = failure.retry_after.map_or(wait, |told| told.max(wait));
        asked.previous_wait = wait;
        asked.call = PageCall { attempt: call.attempt.next(), credential: Credential::Held, ..call };
        let reason = if failure.kind == FailureKind::RateLimited { Reason::RateLimited } else { Reason::Retry };
        asked.wait(reason, now.plus(wait));
    }

    fn give_up(&mut self, order: &HistoryOrder, code: &str, failure: &Failure, now: Timestamp, turn: &mut Turn) {
        let shortfall = Shortfall::new(code, &failure.message);
        let outcome = if self.progress.rows > 0 { FlowOutcome::Partial } else { FlowOutcome::Failed };
        self.finish(order, outcome, Some(shortfall), now, turn);
    }

    /// Whatever happened: ends what is out of time, asks for what is due, ends what is over.
    fn go_on(&mut self, order: &HistoryOrder, now: Timestamp, turn: &mut Turn) {
        if self.standing.ended.is_some() {
            return;
        }
        if now >= self.standing.deadline_at {
            let shortfall = Shortfall::new("DEADLINE_PASSED", "its time was up before all of it was there");
            return self.finish(order, FlowOutcome::TimedOut, Some(shortfall), now, turn);
        }
        self.give_up_unanswered(order, now, turn);
        self.ask_what_is_due(order, now, turn);
        if self.standing.ended.is_none() && self.progress.pages.is_empty() {
            self.end_pass(order, now, turn);
        }
    }

    /// Whoever was to answer is gone.
    fn give_up_unanswered(&mut self, order: &HistoryOrder, now: Timestamp, turn: &mut Turn) {
        let is_lost = |asked: &&Asked| asked.is_under_way() && asked.due_at().is_some_and(|at| at <= now);
        let lost: alloc::vec::Vec<PageCall> =
            self.progress.pages.values().filter(is_lost).map(|asked| asked.call).collect();
        for call in lost {
            turn.is_changed = true;
            self.failed(order, call, &Failure::unanswered("no answer came"), now, turn);
        }
    }

    fn ask_what_is_due(&mut self, order: &HistoryOrder, now: Timestamp, turn: &mut Turn) {
        let is_due = |asked: &&Asked| matches!(asked.state, PageState::Waiting { until, .. } if until <= now);
        let due: alloc::vec::Vec<PageCall> =
            self.progress.pages.values().filter(is_due).map(|asked| asked.call).collect();
        for call in due {
            self.ask(call, now, turn);
        }
        while self.standing.ended.is_none() && self.progress.can_ask_more(order) {
            if self.standing.started_at.is_none() {
                self.standing.started_at = Some(now);
                notify(order, Topic::Started, turn);
            }
            let page = self.progress.next;
            let asked = Asked::new(page, self.progress.pass, now);
            let call = asked.call;
            self.progress.next = page.saturating_add(1);
            self.progress.pages.insert(page, asked);
            self.ask(call, now, turn);
        }
    }

    fn ask(&mut self, call: PageCall, now: Timestamp, turn: &mut Turn) {
        if let Some(asked) = self.progress.pages.get_mut(&call.page) {
            asked.call = call;
            asked.state = PageState::UnderWay { since: now };
            turn.is_changed = true;
            turn.effects.push(Effect::Ask { call });
        }
    }

    /// All pages of this pass are there.
    fn end_pass(&mut self, order: &HistoryOrder, now: Timestamp, turn: &mut Turn) {
        let is_missing = self.progress.expected(order).is_some_and(|expected| self.progress.rows < expected);
        let has_news = self.progress.rows > self.progress.rows_before;
        let is_unsure = self.progress.is_moved || (is_missing && has_news);
        if order.paging == Paging::Offset && is_unsure && self.progress.pass < PASSES_MAX {
            self.progress.begin_pass();
            turn.is_changed = true;
            return self.ask_what_is_due(order, now, turn);
        }
        if self.progress.is_moved {
            self.progress.notice(OddityKind::StillChanging, now);
        }
        if is_missing {
            self.progress.notice(OddityKind::RowsMissing, now);
        }
        let is_beyond = self.progress.expected(order).is_some_and(|expected| self.progress.rows > expected);
        if is_beyond && self.progress.pass == 1 {
            self.progress.notice(OddityKind::RowsBeyondTotal, now);
        }
        self.finish(order, FlowOutcome::Completed, None, now, turn);
    }

    fn finish(
        &mut self,
        order: &HistoryOrder,
        outcome: FlowOutcome,
        shortfall: Option<Shortfall>,
        now: Timestamp,
        turn: &mut Turn,
    ) {
        if self.standing.ended.is_some() {
            turn.ignored = Some(Ignored::Ended);
            return;
        }
        self.progress.pages.clear();
        self.progress.shortfall = shortfall;
        self.standing.ended = Some((outcome, now));
        turn.is_changed = true;
        // What was to be asked for is wanted no more.
        turn.effects.retain(|effect| !matches!(effect, Effect::Ask { .. }));
        notify(order, topic_of(outcome), turn);
    }
}

impl Shortfall {
    pub(super) fn new(code: &str, message: &str) -> Self {
        Self { code: code.into(), message: String::from(message) }
    }
}

fn notify(order: &HistoryOrder, topic: Topic, turn: &mut Turn) {
    if order.notify.as_ref().is_some_and(|subscription| subscription.wants(topic)) {
        turn.effects.push(Effect::Notify { topic });
    }
}

const fn topic_of(outcome: FlowOutcome) -> Topic {
    match outcome {
        FlowOutcome::Completed | FlowOutcome::Partial => Topic::Completed,
        FlowOutcome::Failed => Topic::Failed,
        FlowOutcome::Canceled => Topic::Canceled,
        FlowOutcome::TimedOut => Topic::TimedOut,
    }
}

/// Answers in a row that are not the schema.
const MALFORMED_MAX: u32 = 5;
