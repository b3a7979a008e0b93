//! What must hold of a batch after every step and at the end. Never steers anything.

use std::collections::BTreeMap;

use cxpulse_core::flow::NodeStatus;
use cxpulse_core::id::Run;

use super::{BatchReport, BatchShell};
use crate::oracle::Breach;

/// The invariants, in words.
pub const BATCH_INVARIANTS: [&str; 6] = [
    "the counts add up, and no more run than may",
    "an item has one execution at a time, and each execution begins once",
    "what runs by the batch has an execution that has not ended, and the other way round",
    "nothing is submitted twice within a generation",
    "every batch ends, and all of its executions",
    "an item shows what its latest execution came to",
];

impl BatchShell {
    pub(super) fn check_batch(&self) -> Result<(), Breach> {
        let Some(batch) = &self.batch else { return Ok(()) };
        let summary = batch.summary();
        let sum: u32 = NodeStatus::ALL.iter().map(|status| summary.count(*status)).sum();
        self.oracle.demand(sum == summary.total, || format!("{summary:?} does not add up"))?;
        let is_bounded = summary.running <= self.order.max_parallel;
        self.oracle.demand(is_bounded, || format!("{} run of {}", summary.running, self.order.max_parallel))?;
        let running: BTreeMap<u32, Run> = batch.running().collect();
        for (item, run) in &running {
            let process = self.executions.get(run).filter(|(of, _)| of == item);
            let lives = process.is_some_and(|(_, process)| process.execution.ending().is_none());
            self.oracle.demand(lives, || format!("item {item} runs without an execution {run}"))?;
        }
        let live = self.executions.iter().filter(|(_, (_, process))| process.execution.ending().is_none());
        for (run, (item, _)) in live {
            self.oracle.demand(running.get(item) == Some(run), || format!("execution {run} runs on its own"))?;
        }
        let is_over = batch.standing().ended().is_some();
        let is_idle = running.is_empty() && batch.next_wake_at().is_none();
        self.oracle.demand(is_over == is_idle, || format!("ended: {is_over}, idle: {is_idle}"))
    }

    pub(super) fn finish(mut self) -> Result<BatchReport, Breach> {
        self.check_batch()?;
        let Some(batch) = self.batch.clone() else {
            return self
                .oracle
                .demand(false, || "nothing is due and the object is dead".into())
                .map(|()| unreachable!());
        };
        let is_over = batch.standing().ended().is_some();
        self.oracle.demand(is_over, || format!("nothing is due and it has not ended: {:?}", batch.summary()))?;
        self.check_executions()?;
        for index in 0..batch.summary().total {
            let shown = batch.item(index).and_then(|item| item.shown_answer(batch.standing().floor()));
            let Some(answer) = shown else { continue };
            let (_, process) = &self.executions[&answer.run];
            let outcome = process.execution.ending().map(|(ending, _)| ending.outcome());
            self.oracle.demand(outcome == answer.outcome, || format!("item {index} shows {answer:?}"))?;
        }
        Ok(BatchReport {
            items: batch.summary().total,
            successful: batch.summary().successful,
            started: u64::try_from(self.executions.len()).unwrap_or(u64::MAX),
            generations: batch.standing().generation(),
            crashes: self.crashes,
            stop: batch.standing().stop(),
            calls: self.calls,
        })
    }

    /// Each ended, replays, and is on CXone once at most.
    fn check_executions(&mut self) -> Result<(), Breach> {
        for (run, (_, process)) in &self.executions {
            process.check_journal()?;
            let is_over = process.execution.ending().is_some() && !Self::is_submitting(process);
            self.oracle.demand(is_over, || format!("execution {run} never ends"))?;
            let count = self.upstream.truths(&process.order, false, self.now).len();
            self.oracle.demand(count <= 1, || format!("execution {run} was submitted {count} times"))?;
        }
        Ok(())
    }
}
