//! One step of a batch: what each event does, and how it goes on from there.

use super::event::{Effect, Event, Turn};
use super::{Answer, Batch, BatchOrder, FlowOutcome, GENERATIONS_MAX, Rate, Stop};
use crate::execution::Ignored;
use crate::flow::{Activity, End, NodeStatus};
use crate::id::Run;
use crate::outbox::Topic;
use crate::time::Timestamp;

impl Batch {
    /// What follows `event` at `now`: takes it in, starts what may start (a chunk at most), and ends the batch where nothing is
    /// left. What changed is in the [`Turn`], to be saved before its effects are carried out.
    ///
    /// Total: every event is answered at every moment. One that nobody waits for is `ignored`, with the reason.
    pub fn step(&mut self, order: &BatchOrder, event: Event, now: Timestamp) -> Turn {
        let now = now.max(self.standing.seen_at);
        self.standing.seen_at = now;
        let mut turn = Turn::default();
        let is_look = event == Event::WaitChanged;
        match event {
            Event::Woken => {}
            Event::WaitChanged => turn.is_changed = self.standing.ended.is_none(),
            Event::ItemEnded { item, answer } => self.item_ended(item, answer, now, &mut turn),
            Event::CancelRequested => self.cancel(&mut turn),
            Event::RedriveRequested { items } => self.redrive(order, &items, now, &mut turn),
        }
        if !is_look {
            self.go_on(order, now, &mut turn);
        }
        if turn.is_changed {
            self.standing.seq = self.standing.seq.saturating_add(1);
            self.standing.updated_at = now;
        } else if turn.ignored.is_none() {
            let is_over = self.standing.ended.is_some();
            turn.ignored = Some(if is_over { Ignored::Ended } else { Ignored::TooEarly });
        }
        turn
    }

    fn item_ended(&mut self, index: u32, answer: Answer, now: Timestamp, turn: &mut Turn) {
        let Some(item) = self.item(index) else { return turn.ignored = Some(Ignored::Stale) };
        if !item.is_running() || item.run != answer.run {
            let is_known = item.answer.as_ref().is_some_and(|known| *known == answer);
            turn.ignored = Some(if is_known { Ignored::Repeated } else { Ignored::Stale });
            return;
        }
        let (merged, end) = (item.clone().merge(answer.clone()), answer.end);
        self.replace(index, merged);
        let aftermath = self.flow.end(index, end).unwrap_or_default();
        self.count(index);
        self.standing.rate.ended(now);
        turn.is_changed = true;
        turn.items.push(index);
        if aftermath.is_intolerable && self.standing.stop.is_none() {
            self.stop(Stop::Tolerance);
        }
    }

    fn cancel(&mut self, turn: &mut Turn) {
        if self.standing.ended.is_some() {
            turn.ignored = Some(Ignored::Ended);
        } else if self.standing.stop == Some(Stop::Canceled) {
            turn.ignored = Some(Ignored::Repeated);
        } else {
            self.stop(Stop::Canceled);
            turn.is_changed = true;
            turn.effects.extend(self.running().map(|(item, run)| Effect::Cancel { item, run }));
        }
    }

    /// Plans these again, as a further generation. What is under way, planned or successful is left as it is.
    fn redrive(&mut self, order: &BatchOrder, items: &[u32], now: Timestamp, turn: &mut Turn) {
        let mut wanted: alloc::vec::Vec<u32> =
            items.iter().copied().filter(|index| self.may_be_redriven(*index)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() || self.standing.generation >= GENERATIONS_MAX {
            turn.ignored = Some(Ignored::Idle);
            return;
        }
        let is_over = self.standing.ended.is_some();
        self.standing.generation = self.standing.generation.saturating_add(1);
        wanted.iter().for_each(|index| self.discount(*index));
        for index in self.flow.redrive(&wanted) {
            self.plan_again(index);
            turn.items.push(index);
        }
        let standing = &mut self.standing;
        standing.excused = self.flow.excused();
        standing.deadline_at = now.plus(order.timeout);
        standing.began_at = now;
        standing.stop = None;
        standing.ended = None;
        if is_over {
            standing.started_at = None;
            standing.rate = Rate::new(now);
        }
        turn.is_changed = true;
    }

    fn plan_again(&mut self, index: u32) {
        let (Some(item), Some(run)) = (self.item(index), Run::new(self.standing.next_run)) else { return };
        let item = super::Item { run, generation: self.standing.generation, started_at: None, ..item.clone() };
        self.standing.next_run = self.standing.next_run.saturating_add(1);
        self.replace(index, item);
    }

    /// Whatever happened: stops what is out of time, starts what may start, ends what is over.
    fn go_on(&mut self, order: &BatchOrder, now: Timestamp, turn: &mut Turn) {
        if self.standing.ended.is_some() {
            return;
        }
        if self.standing.stop.is_none() && now >= self.standing.deadline_at && !self.flow.is_over() {
            self.stop(Stop::Deadline);
            turn.is_changed = true;
        }
        if self.standing.stop.is_none() {
            self.start(order, now, turn);
        }
        if self.flow.is_over() {
            let outcome = self.outcome();
            self.standing.ended = Some((outcome, now));
            turn.is_changed = true;
            notify(order, topic_of(outcome), turn);
        }
    }

    fn start(&mut self, order: &BatchOrder, now: Timestamp, turn: &mut Turn) {
        let started = self.flow.start();
        if started.is_empty() {
            return;
        }
        turn.is_changed = true;
        if self.standing.started_at.is_none() {
            self.standing.started_at = Some(now);
            notify(order, Topic::Started, turn);
        }
        for index in started {
            let Some(item) = self.item(index) else { continue };
            let (item, run) = (super::Item { started_at: Some(now), ..item.clone() }, item.run);
            self.replace(index, item);
            turn.items.push(index);
            turn.effects.push(Effect::Start { item: index, run });
        }
    }

    /// Starts nothing more. What was planned again and never began shows its old answer from now on.
    fn stop(&mut self, why: Stop) {
        self.standing.stop = Some(why);
        self.standing.stopped_at = Some(self.standing.seen_at);
        self.standing.floor = self.standing.generation.saturating_add(1);
        self.flow.halt();
        self.sources = super::Sources::default();
        self.faulty.clear();
        for index in 0..self.summary().total {
            self.count(index);
        }
    }

    fn outcome(&self) -> FlowOutcome {
        let summary = self.summary();
        if summary.successful == summary.total {
            return FlowOutcome::Completed;
        }
        match self.standing.stop {
            Some(Stop::Canceled) => FlowOutcome::Canceled,
            Some(Stop::Deadline) => FlowOutcome::TimedOut,
            Some(Stop::Tolerance) => FlowOutcome::Failed,
            None if self.sources == super::Sources::default() => FlowOutcome::Failed,
            None => FlowOutcome::Partial,
        }
    }

    /// Whether a redrive runs it again: it is idle, and not successful.
    pub(super) fn may_be_redriven(&self, index: u32) -> bool {
        let is_idle =
            |node: crate::flow::Node| node.activity == Activity::Idle && NodeStatus::REDRIVEN.contains(&node.status());
        self.flow.node(index).is_some_and(is_idle)
    }

    /// Counts what an item shows of its answer.
    pub(super) fn count(&mut self, index: u32) {
        let Some(answer) = self.shown_answer(index) else { return };
        let (source, is_faulty) = (answer.source, is_faulty(answer));
        if let Some(source) = source {
            self.sources.add(source);
        }
        if is_faulty {
            self.faulty.insert(index);
        }
    }

    /// Takes that back: it is to have another answer.
    fn discount(&mut self, index: u32) {
        if let Some(source) = self.shown_answer(index).and_then(|answer| answer.source) {
            self.sources.take(source);
        }
        self.faulty.remove(&index);
    }

    fn shown_answer(&self, index: u32) -> Option<&Answer> {
        self.item(index)?.shown_answer(self.standing.floor)
    }

    fn replace(&mut self, index: u32, item: super::Item) {
        if let Some(place) = usize::try_from(index).ok().and_then(|index| self.items.get_mut(index)) {
            *place = item;
        }
    }
}

/// What was stopped on purpose is no fault.
fn is_faulty(answer: &Answer) -> bool {
    matches!(answer.end, End::Failed | End::Degraded) && answer.fault.is_some()
}

fn notify(order: &BatchOrder, topic: Topic, turn: &mut Turn) {
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
