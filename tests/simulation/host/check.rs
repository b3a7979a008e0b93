//! What must hold of a flow after every step and at the end. Never steers anything.

use super::{Face, Fate, Host};
use crate::oracle::Breach;

impl<F: Face> Host<F> {
    pub(super) fn check_flow(&self) -> Result<(), Breach> {
        if !self.is_up {
            return Ok(());
        }
        let (total, sum) = self.face.counts();
        self.oracle.demand(sum == total, || format!("{sum} are counted of {total}"))?;
        let running = self.face.running();
        let is_bounded = running.len() <= usize::try_from(self.face.parallel()).unwrap_or(usize::MAX);
        self.oracle.demand(is_bounded, || format!("{} run of {}", running.len(), self.face.parallel()))?;
        for (index, run) in &running {
            let process = self.hosted.get(run).filter(|(of, _)| of == index);
            let lives = process.is_some_and(|(_, process)| process.execution.ending().is_none());
            self.oracle.demand(lives, || format!("{index} runs without an execution {run}"))?;
        }
        let live = self.hosted.iter().filter(|(_, (_, process))| process.execution.ending().is_none());
        for (run, (index, _)) in live {
            self.oracle.demand(running.get(index) == Some(run), || format!("execution {run} runs on its own"))?;
        }
        let is_over = self.face.standing().ended().is_some();
        let is_idle = running.is_empty() && self.face.next_wake_at().is_none();
        self.oracle.demand(is_over == is_idle, || format!("ended: {is_over}, idle: {is_idle}"))?;
        let checked = self.face.check(&self.hosted);
        self.oracle.demand(checked.is_ok(), || format!("{checked:?}"))
    }

    pub(super) fn finish(mut self) -> Result<(Fate, F), Breach> {
        self.oracle.demand(self.is_up, || "nothing is due and the object is dead".into())?;
        self.check_flow()?;
        let is_over = self.face.standing().ended().is_some();
        self.oracle.demand(is_over, || format!("nothing is due and it has not ended: {:?}", self.face.counts()))?;
        self.check_executions()?;
        for index in 0..self.face.counts().0 {
            let Some(answer) = self.face.shown(index) else { continue };
            let execution = self.hosted.get(&answer.run).and_then(|(_, process)| process.execution.ending());
            let outcome = execution.map(|(ending, _)| ending.outcome());
            self.oracle.demand(outcome == answer.outcome, || format!("{index} shows {answer:?}"))?;
        }
        let journal = self.face.check_journal();
        self.oracle.demand(journal.is_ok(), || format!("{journal:?}"))?;
        let standing = self.face.standing();
        let fate = Fate {
            started: u64::try_from(self.hosted.len()).unwrap_or(u64::MAX),
            generations: standing.generation(),
            crashes: self.crashes,
            stop: standing.stop(),
            calls: self.calls,
        };
        Ok((fate, self.face))
    }

    /// Each ended, replays, and is on CXone once at most.
    fn check_executions(&mut self) -> Result<(), Breach> {
        for (run, (_, process)) in &self.hosted {
            process.check_journal()?;
            let is_over = process.execution.ending().is_some() && !Self::is_submitting(process);
            self.oracle.demand(is_over, || format!("execution {run} never ends"))?;
            let count = self.upstream.truths(&process.order, false, self.now).len();
            self.oracle.demand(count <= 1, || format!("execution {run} was submitted {count} times"))?;
        }
        Ok(())
    }
}
