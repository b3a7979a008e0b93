//! One step of a chain: what each event does, and how it goes on from there.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::event::{Bound, Effect, Event, Turn};
use super::judgment::judge;
use super::{Answer, Chain, ChainOrder, GENERATIONS_MAX, ItemFault, Stop};
use crate::execution::Ignored;
use crate::flow::{End, FlowOutcome};
use crate::outbox::Topic;
use crate::time::Timestamp;

impl Chain {
    /// What follows `event` at `now`: takes it in, asks for what may start to be bound, and ends the chain where nothing is
    /// left. What changed is in the [`Turn`], to be saved before its effects are carried out.
    ///
    /// Total: every event is answered at every moment. One that nobody waits for is `ignored`, with the reason.
    pub fn step(&mut self, order: &ChainOrder, event: Event, now: Timestamp) -> Turn {
        let now = self.board.see(now);
        let mut turn = Turn::default();
        let is_look = event == Event::WaitChanged;
        match event {
            Event::Woken => self.ask_again(&mut turn),
            Event::WaitChanged => turn.is_changed = !self.board.is_over(),
            Event::NodeBound { node, bound } => self.node_bound(order, node, bound, now, &mut turn),
            Event::NodeEnded { node, answer } => self.node_ended(order, node, answer, now, &mut turn),
            Event::CancelRequested => self.cancel(&mut turn),
            Event::RedriveRequested { nodes } => self.redrive(order, &nodes, now, &mut turn),
        }
        if !is_look {
            self.go_on(order, now, &mut turn);
        }
        self.board.conclude(&mut turn, now);
        turn
    }

    /// What was asked of a shell that did not live to answer.
    fn ask_again(&self, turn: &mut Turn) {
        turn.effects.extend(self.binding().map(|node| Effect::Bind { node }));
    }

    fn node_bound(&mut self, order: &ChainOrder, index: u32, bound: Bound, now: Timestamp, turn: &mut Turn) {
        if !self.board.standing.binding.remove(&index) {
            let is_over = self.board.is_over();
            return turn.ignored = Some(if is_over { Ignored::Ended } else { Ignored::Stale });
        }
        turn.is_changed = true;
        turn.items.push(index);
        match bound {
            Bound::Go => {
                self.board.flow.begin(index);
                let Some(run) = self.board.begin(index, now) else { return };
                notify(order, Topic::NodeStarted, Some(index), turn);
                turn.effects.push(Effect::Start { node: index, run });
            }
            Bound::Skip => self.pass(index, End::Skipped, None, now),
            Bound::Fault { code, message } => {
                let Some(node) = order.node(index) else { return };
                let fault = Box::new(ItemFault { code, message });
                self.pass(index, judge(node.on_failure, End::Failed), Some(fault), now);
                notify(order, Topic::NodeFailed, Some(index), turn);
            }
        }
    }

    /// A node that may start ends without an execution.
    fn pass(&mut self, index: u32, end: End, fault: Option<Box<ItemFault>>, now: Timestamp) {
        let Some(item) = self.item(index) else { return };
        let answer = Answer::without_execution(item, end, fault, now);
        self.board.take_pass(index, answer);
    }

    fn node_ended(&mut self, order: &ChainOrder, index: u32, answer: Answer, now: Timestamp, turn: &mut Turn) {
        if let Err(why) = self.board.expects(index, &answer) {
            return turn.ignored = Some(why);
        }
        let Some(node) = order.node(index) else { return };
        let end = match (answer.end, answer.source) {
            // What we stopped ourselves is no failure that others could do without.
            (End::Canceled, _) if self.standing().stop == Some(Stop::Canceled) => End::Canceled,
            (End::Successful, _) => End::Successful,
            (End::Degraded, Some(_)) => End::Degraded,
            (End::Degraded, None) => judge(node.on_failure, End::Failed),
            (bad, _) => judge(node.on_failure, bad),
        };
        self.board.take_end(index, Answer { end, ..answer }, now);
        turn.is_changed = true;
        turn.items.push(index);
        let is_well = matches!(end, End::Successful | End::Degraded);
        notify(order, if is_well { Topic::NodeCompleted } else { Topic::NodeFailed }, Some(index), turn);
    }

    fn cancel(&mut self, turn: &mut Turn) {
        match self.board.cancel() {
            Err(why) => turn.ignored = Some(why),
            Ok(running) => {
                turn.is_changed = true;
                turn.effects.extend(running.into_iter().map(|(node, run)| Effect::Cancel { node, run }));
            }
        }
    }

    /// Plans these again, as a further generation, with all that depends on them. What is under way, planned or successful is
    /// left as it is, unless it depends on one of them.
    fn redrive(&mut self, order: &ChainOrder, nodes: &[u32], now: Timestamp, turn: &mut Turn) {
        let roots: BTreeSet<u32> = nodes.iter().copied().filter(|index| self.may_be_redriven(*index)).collect();
        let is_spent = self.standing().generation >= GENERATIONS_MAX;
        let wanted = if is_spent { Vec::new() } else { self.with_dependents(&roots) };
        let planned = self.board.flow.renew(&wanted);
        if planned.is_empty() {
            turn.ignored = Some(Ignored::Idle);
            return;
        }
        self.board.forget_answers(&planned);
        self.board.regenerate(&planned, order.timeout, now);
        // What was to be bound by old outputs waits for new ones.
        let ready: BTreeSet<u32> = self.board.flow.ready().collect();
        self.board.standing.binding.retain(|index| ready.contains(index));
        turn.items.extend(planned);
        turn.is_changed = true;
    }

    /// Whatever happened: stops what is out of time, has bound what may start, ends what is over.
    fn go_on(&mut self, order: &ChainOrder, now: Timestamp, turn: &mut Turn) {
        if self.board.is_over() {
            return;
        }
        // The executions that run have the same deadline, and may end by it just before this is noticed.
        let is_late = now >= self.standing().deadline_at && !self.is_completed();
        if self.standing().stop.is_none() && is_late {
            self.board.stop(Stop::Deadline);
            turn.is_changed = true;
            turn.effects.retain(|effect| !matches!(effect, Effect::Bind { .. }));
        }
        if self.standing().stop.is_none() {
            self.pick(order, now, turn);
        }
        if self.board.flow.is_over() {
            let outcome = self.outcome();
            self.board.standing.ended = Some((outcome, now));
            turn.is_changed = true;
            notify(order, topic_of(outcome), None, turn);
        }
    }

    /// Skips what has nothing to go by, and asks for the rest to be bound, as far as there is room.
    fn pick(&mut self, order: &ChainOrder, now: Timestamp, turn: &mut Turn) {
        while let Some(idle) = self.next_idle() {
            self.pass(idle, End::Skipped, None, now);
            turn.items.push(idle);
            turn.is_changed = true;
        }
        let chosen: BTreeSet<u32> = self.may_bind().collect();
        if chosen.is_empty() {
            return;
        }
        turn.is_changed = true;
        if self.standing().started_at.is_none() {
            self.board.standing.started_at = Some(now);
            notify(order, Topic::Started, None, turn);
        }
        turn.effects.extend(chosen.iter().map(|node| Effect::Bind { node: *node }));
        self.board.standing.binding.extend(chosen);
    }

    fn next_idle(&self) -> Option<u32> {
        self.board.flow.ready().find(|index| self.is_skipped_by_needs(*index))
    }
}

fn notify(order: &ChainOrder, topic: Topic, node: Option<u32>, turn: &mut Turn) {
    if order.notify.as_ref().is_some_and(|subscription| subscription.wants(topic)) {
        turn.effects.push(Effect::Notify { topic, node });
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
