//! One step of a batch: what each event does, and how it goes on from there.

use super::event::{Effect, Event, Turn};
use super::{Answer, Batch, BatchOrder, FlowOutcome, GENERATIONS_MAX, Stop};
use crate::execution::Ignored;
use crate::flow::{Activity, End, NodeStatus};
use crate::outbox::Topic;
use crate::time::Timestamp;

impl Batch {
    /// What follows `event` at `now`: takes it in, starts what may start (a chunk at most), and ends the batch where nothing is
    /// left. What changed is in the [`Turn`], to be saved before its effects are carried out.
    ///
    /// Total: every event is answered at every moment. One that nobody waits for is `ignored`, with the reason.
    pub fn step(&mut self, order: &BatchOrder, event: Event, now: Timestamp) -> Turn {
        let now = self.board.see(now);
        let mut turn = Turn::default();
        let is_look = event == Event::WaitChanged;
        match event {
            Event::Woken => {}
            Event::WaitChanged => turn.is_changed = !self.board.is_over(),
            Event::ItemEnded { item, answer } => self.item_ended(item, answer, now, &mut turn),
            Event::CancelRequested => self.cancel(&mut turn),
            Event::RedriveRequested { items } => self.redrive(order, &items, now, &mut turn),
        }
        if !is_look {
            self.go_on(order, now, &mut turn);
        }
        self.board.conclude(&mut turn, now);
        turn
    }

    fn item_ended(&mut self, index: u32, answer: Answer, now: Timestamp, turn: &mut Turn) {
        if let Err(why) = self.board.expects(index, &answer) {
            return turn.ignored = Some(why);
        }
        let aftermath = self.board.take_end(index, answer, now);
        self.count(index);
        turn.is_changed = true;
        turn.items.push(index);
        if aftermath.is_intolerable && self.standing().stop.is_none() {
            self.stop(Stop::Tolerance);
        }
    }

    fn cancel(&mut self, turn: &mut Turn) {
        match self.board.cancel() {
            Err(why) => turn.ignored = Some(why),
            Ok(running) => {
                self.recount();
                turn.is_changed = true;
                turn.effects.extend(running.into_iter().map(|(item, run)| Effect::Cancel { item, run }));
            }
        }
    }

    /// Plans these again, as a further generation. What is under way, planned or successful is left as it is.
    fn redrive(&mut self, order: &BatchOrder, items: &[u32], now: Timestamp, turn: &mut Turn) {
        let mut wanted: alloc::vec::Vec<u32> =
            items.iter().copied().filter(|index| self.may_be_redriven(*index)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() || self.standing().generation >= GENERATIONS_MAX {
            turn.ignored = Some(Ignored::Idle);
            return;
        }
        wanted.iter().for_each(|index| self.discount(*index));
        let planned = self.board.flow.redrive(&wanted);
        self.board.regenerate(&planned, order.timeout, now);
        turn.items.extend(planned);
        turn.is_changed = true;
    }

    /// Whatever happened: stops what is out of time, starts what may start, ends what is over.
    fn go_on(&mut self, order: &BatchOrder, now: Timestamp, turn: &mut Turn) {
        if self.board.is_over() {
            return;
        }
        let is_late = now >= self.standing().deadline_at && !self.board.flow.is_over();
        if self.standing().stop.is_none() && is_late {
            self.stop(Stop::Deadline);
            turn.is_changed = true;
        }
        if self.standing().stop.is_none() {
            self.start(order, now, turn);
        }
        if self.board.flow.is_over() {
            let outcome = self.outcome();
            self.board.standing.ended = Some((outcome, now));
            turn.is_changed = true;
            notify(order, topic_of(outcome), turn);
        }
    }

    fn start(&mut self, order: &BatchOrder, now: Timestamp, turn: &mut Turn) {
        let started = self.board.flow.start();
        if started.is_empty() {
            return;
        }
        turn.is_changed = true;
        if self.standing().started_at.is_none() {
            self.board.standing.started_at = Some(now);
            notify(order, Topic::Started, turn);
        }
        for index in started {
            let Some(run) = self.board.begin(index, now) else { continue };
            turn.items.push(index);
            turn.effects.push(Effect::Start { item: index, run });
        }
    }

    /// Starts nothing more.
    fn stop(&mut self, why: Stop) {
        self.board.stop(why);
        self.recount();
    }

    /// What was planned again and never began shows its old answer from now on.
    fn recount(&mut self) {
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
        match self.standing().stop {
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
        self.board.flow.node(index).is_some_and(is_idle)
    }

    /// Counts what an item shows of its answer.
    pub(super) fn count(&mut self, index: u32) {
        let Some(answer) = self.board.shown_answer(index) else { return };
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
        if let Some(source) = self.board.shown_answer(index).and_then(|answer| answer.source) {
            self.sources.take(source);
        }
        self.faulty.remove(&index);
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
