//! What the executions of one object ask their tenant's gate in the same moment goes there in one message. Never decides
//! anything, and holds nobody up: whoever is answered goes, and for the others it is asked again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use cxpulse_core::id::TenantId;
use tokio::sync::oneshot;
use wasm_bindgen_futures::spawn_local;
use worker::Env;

use super::client;
use super::message::{Answered, Petition};
use crate::problem::Problem;

/// Those who ask, of one object and so of one tenant.
#[derive(Default)]
pub(in crate::object) struct Bunch {
    waiting: RefCell<Vec<Waiting>>,
    /// Whether somebody is about to leave with them.
    is_leaving: Cell<bool>,
}

/// One who asks.
struct Waiting {
    petition: Petition,
    answer: oneshot::Sender<Result<Answered, Problem>>,
}

impl Bunch {
    /// Asks, together with whoever asks in this moment.
    ///
    /// # Errors
    /// Where the tenant's object cannot be reached, or does not answer in time.
    pub(in crate::object) async fn ask(
        self: &Rc<Self>,
        env: &Env,
        tenant: &TenantId,
        petition: Petition,
    ) -> Result<Answered, Problem> {
        let (answer, answered) = oneshot::channel();
        self.waiting.borrow_mut().push(Waiting { petition, answer });
        if !self.is_leaving.replace(true) {
            let (bunch, env, tenant) = (Rc::clone(self), env.clone(), tenant.clone());
            // It begins after those have asked who are about to.
            spawn_local(async move { bunch.leave(&env, &tenant).await });
        }
        answered.await.unwrap_or_else(|_| Err(unanswered("nobody asked")))
    }

    async fn leave(&self, env: &Env, tenant: &TenantId) {
        self.is_leaving.set(false);
        let mut waiting = self.waiting.take();
        while !waiting.is_empty() {
            let petitions: Vec<&Petition> = waiting.iter().map(|waiting| &waiting.petition).collect();
            match client::acquire_all(env, tenant, &petitions).await {
                Ok(answers) => waiting = hand_out(waiting, answers),
                Err(problem) => {
                    problem.log();
                    // Nobody is there to be told where the execution has gone meanwhile.
                    waiting.drain(..).for_each(|waiting| drop(waiting.answer.send(Err(unanswered("the gate")))));
                }
            }
        }
    }
}

/// Gives those their answers who have one; gives back the others.
fn hand_out(waiting: Vec<Waiting>, answers: Vec<Option<Answered>>) -> Vec<Waiting> {
    let mut answers = answers.into_iter();
    let mut left = Vec::new();
    for one in waiting {
        match answers.next() {
            Some(Some(answered)) => drop(one.answer.send(Ok(answered))),
            Some(None) => left.push(one),
            None => drop(one.answer.send(Err(unanswered("the gate")))),
        }
    }
    left
}

fn unanswered(who: &str) -> Problem {
    Problem::Unavailable(format!("no answer came from {who}"))
}
