//! One execution's process: what of it outlives a crash, and what is checked at every step. Never performs anything.

use std::hash::{DefaultHasher, Hash, Hasher};

use cxpulse_core::callback::Inbox;
use cxpulse_core::execution::{Effect, Event, Execution, Order};
use cxpulse_core::journal::Entry;
use cxpulse_core::time::{Span, Timestamp};

use super::oracle::{Breach, Oracle, Seen};

/// The process and what it has stored.
#[derive(Debug)]
pub struct Process {
    /// What was asked for.
    pub order: Order,
    /// Where it stands, as stored.
    pub execution: Execution,
    /// Which callbacks were here, as stored in one write with the step that they led to.
    pub inbox: Inbox,
    /// Who watches it.
    pub oracle: Oracle,
    /// When it is woken, by its own clock.
    pub alarm_at: Option<Timestamp>,
    /// Which life of the process this is; `None` while it is dead.
    pub epoch: Option<u64>,
    /// Times that it died.
    pub crashes: u64,
    /// Anomalies found.
    pub anomalies: u64,
    journal: Vec<String>,
    epochs: u64,
}

impl Process {
    /// Opens an execution; its first effects are still to be performed, and its alarm to be set.
    #[must_use]
    pub fn open(order: Order, seed: u64) -> (Self, Vec<Effect>) {
        let step = Execution::open(&order);
        let journal = vec![line(&Entry::opened(&order, &step))];
        let process = Self {
            order,
            execution: step.next,
            inbox: Inbox::default(),
            oracle: Oracle::new(seed),
            alarm_at: None,
            epoch: Some(0),
            crashes: 0,
            anomalies: 0,
            journal,
            epochs: 0,
        };
        (process, step.effects)
    }

    /// Steps and saves; gives what is to be performed.
    ///
    /// # Errors
    /// [`Breach`], where an invariant does not hold.
    pub fn step(&mut self, event: Event, now: Timestamp) -> Result<Vec<Effect>, Breach> {
        let before = self.execution.clone();
        let step = before.step(&self.order, event.clone(), now);
        self.oracle.watch(Seen { order: &self.order, before: &before, event: &event, now, step: &step })?;
        self.anomalies += u64::try_from(step.anomalies.len()).unwrap_or(u64::MAX);
        let number = u64::try_from(self.journal.len()).unwrap_or(u64::MAX) + 1;
        self.journal.extend(Entry::of(number, now.into(), event, &before, &step).as_ref().map(line));
        self.execution = step.next;
        self.arm(now);
        Ok(step.effects)
    }

    /// Sets the alarm. What is due already has been asked for; if nothing comes of it, it is asked for again.
    pub fn arm(&mut self, now: Timestamp) {
        let soonest = now.plus(REPEAT_AFTER);
        self.alarm_at = self.execution.next_wake_at(&self.order).map(|at| at.max(soonest));
    }

    /// Loses everything that is not stored.
    pub const fn crash(&mut self) {
        self.epoch = None;
        self.crashes += 1;
    }

    /// Lives again. Everything that survives a crash has been through its JSON.
    ///
    /// # Errors
    /// [`Breach`], where something loads otherwise than it was saved.
    pub fn restart(&mut self) -> Result<(), Breach> {
        self.epochs += 1;
        self.epoch = Some(self.epochs);
        let order = serde_json::to_string(&self.order).and_then(|text| serde_json::from_str::<Order>(&text));
        let is_same = order.as_ref().is_ok_and(|order| *order == self.order);
        self.oracle.demand(is_same, || format!("the order loads otherwise: {order:?}"))?;
        let saved = serde_json::to_string(&self.execution).and_then(|text| serde_json::from_str::<Execution>(&text));
        let is_same = saved.as_ref().is_ok_and(|saved| *saved == self.execution);
        self.oracle.demand(is_same, || format!("the state loads otherwise: {saved:?}"))?;
        let inbox = serde_json::to_string(&self.inbox).and_then(|text| serde_json::from_str::<Inbox>(&text));
        let is_same = inbox.as_ref().is_ok_and(|inbox| *inbox == self.inbox);
        self.oracle.demand(is_same, || format!("the inbox loads otherwise: {inbox:?}"))
    }

    /// Checks that the journal replays to where it stands.
    ///
    /// # Errors
    /// [`Breach`], where it does not.
    pub fn check_journal(&self) -> Result<(), Breach> {
        self.oracle.check_journal(&self.journal, &self.execution)
    }

    /// A digest of every journal line.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.journal.hash(&mut hasher);
        hasher.finish()
    }
}

fn line(entry: &Entry) -> String {
    serde_json::to_string(entry).expect("an entry is JSON")
}

/// How soon a shell asks again for what is due.
const REPEAT_AFTER: Span = Span::from_millis(1_000);
