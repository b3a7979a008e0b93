//! Opens executions of a flow's nodes, and goes on with those that ran when a process was lost. Never decides which: the core
//! does.

use std::rc::Rc;

use cxpulse_core::batch::ItemOrder;
use cxpulse_core::chain::{Answer, Bound, ItemFault, Stop, Turnout};
use cxpulse_core::execution::{Event, Order};
use cxpulse_core::flow::End;
use cxpulse_core::id::Run;

use super::Conductor;
use super::binding::Made;
use super::work::{Happening, Work};
use crate::clock;
use crate::object::execution::Opening;
use crate::problem::Problem;

impl Conductor {
    /// Opens the execution of a node, in the write that says that it runs. `made` is what a chain's node came to.
    pub(super) fn start(self: &Rc<Self>, index: u32, run: Run, made: Option<Made>) -> Result<(), Problem> {
        let opening = {
            let kept = self.kept.borrow();
            let Some(kept) = kept.as_ref() else { return Ok(()) };
            let face = kept.work.face();
            let Some(place) = face.item(index) else { return Ok(()) };
            let turnout = Turnout {
                run,
                generation: place.generation,
                started_at: place.started_at.unwrap_or_else(clock::now),
                deadline_at: face.standing().deadline_at(),
            };
            let (order, sealed) = self.order_of(&kept.work, index, made, &turnout)?;
            Opening { order, base: kept.base.clone(), fingerprints: Vec::new(), sealed, who: kept.who.clone() }
        };
        self.member(run.get()).create(opening)
    }

    /// What an execution is opened with, and what that has `[redacted]` for, sealed.
    fn order_of(
        &self,
        work: &Work,
        index: u32,
        made: Option<Made>,
        turnout: &Turnout,
    ) -> Result<(Order, Option<String>), Problem> {
        match (work, made) {
            (Work::Batch(work), _) => {
                let item = self.store.item::<ItemOrder>(index)?;
                Ok((work.order.execution_order(&item.order, turnout), item.sealed))
            }
            (Work::Chain(work), Some(made)) => self.order_of_node(work, index, made, turnout),
            (Work::Chain(_) | Work::History(_), _) => Err(Problem::Fault("a node starts without its inputs".into())),
        }
    }

    /// Goes on after a restart with what ran: its executions say for themselves what became of them.
    pub(super) fn resume(self: &Rc<Self>) -> Result<(), Problem> {
        let (running, is_canceled) = {
            let kept = self.kept.borrow();
            let Some(kept) = kept.as_ref() else { return Ok(()) };
            let face = kept.work.face();
            (face.running(), face.standing().stop() == Some(Stop::Canceled))
        };
        self.resume_pages()?;
        self.owing.replace(self.store.owing()?.into_iter().collect());
        for (index, run) in running {
            let life = self.member(run.get());
            if !life.is_there()? {
                self.start_again(index, run)?;
                continue;
            }
            let execution = life.kept.borrow().as_ref().map(|kept| kept.standing.execution.clone());
            match execution {
                Some(execution) if execution.ending().is_some() => self.hear(run.get(), &execution)?,
                Some(_) if is_canceled => life.begin(Event::CancelRequested)?,
                Some(_) | None => {}
            }
        }
        self.settle()
    }

    /// Opens one that was saved as running without it. What a node of a chain is opened with is made of the same once more; where
    /// that cannot be done any more, the node has failed.
    fn start_again(self: &Rc<Self>, index: u32, run: Run) -> Result<(), Problem> {
        let is_chain = self.kept.borrow().as_ref().is_some_and(|kept| matches!(kept.work, Work::Chain(_)));
        if !is_chain {
            return self.start(index, run, None);
        }
        let fault = match self.bind(index)? {
            (_, Some(made)) => return self.start(index, run, Some(made)),
            (Bound::Fault { code, message }, None) => ItemFault { code, message },
            (Bound::Go | Bound::Skip, None) => {
                ItemFault { code: "INPUTS_LOST".into(), message: "its inputs are not known any more".into() }
            }
        };
        let answer = {
            let kept = self.kept.borrow();
            let item = kept.as_ref().and_then(|kept| kept.work.face().item(index).cloned());
            item.map(|item| Answer::without_execution(&item, End::Failed, Some(Box::new(fault)), clock::now()))
        };
        match answer {
            Some(answer) => self.step(Happening::Ended { index, answer }),
            None => Ok(()),
        }
    }
}
