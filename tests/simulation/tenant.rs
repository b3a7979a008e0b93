//! A tenant's object as the Worker has it: decides, saves, answers, holds who is nearly there, and loses its memory when
//! told to. Never knows what the calls are for.

use std::collections::BTreeMap;

use cxpulse_core::call::Call;
use cxpulse_core::credential::{Grant, Token, Trouble};
use cxpulse_core::execution::Reason;
use cxpulse_core::gate::{Ask, Decision, Gate, GateView, Report, Rules, hears_reports};
use cxpulse_core::limiter::Lease;
use cxpulse_core::time::Timestamp;

/// The object.
#[derive(Debug)]
pub struct Tenant {
    rules: Rules,
    gate: Gate,
    is_up: bool,
    /// Who waits at the gate, by ticket.
    held: BTreeMap<u64, (Caller, Reason)>,
    tickets: u64,
    /// Who waits for the token that is being fetched; `None` while none is.
    fetching: Option<Vec<Caller>>,
    /// Until then something other than the limits stood in the way: no call could go.
    pub hindered_until: Timestamp,
}

/// A question under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Which execution.
    pub member: usize,
    /// In which life of its process.
    pub epoch: u64,
    /// The call that it wants to make.
    pub call: Call,
    /// The question.
    pub ask: Ask,
}

/// What a question came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Go, under this lease and with this token.
    Granted(Lease, Token),
    /// Come again then.
    Postponed(Reason, Timestamp),
    /// The object cannot be reached.
    Unreachable,
}

/// What the object does.
#[derive(Debug)]
pub enum Deed {
    /// It answers.
    Tell(Caller, Told),
    /// It asks for a token.
    Fetch,
    /// It looks again at who is held under that ticket, then.
    Wake(u64, Timestamp),
}

impl Tenant {
    /// An object that has seen nothing yet.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        let gate = Gate::new(&rules);
        let hindered_until = Timestamp::default();
        Self { rules, gate, is_up: true, held: BTreeMap::new(), tickets: 0, fetching: None, hindered_until }
    }

    /// Whether it can be reached.
    #[must_use]
    pub const fn is_up(&self) -> bool {
        self.is_up
    }

    /// How its gate stands.
    #[must_use]
    pub fn view(&self, now: Timestamp) -> GateView {
        self.gate.view(&self.rules, now)
    }

    /// Answers a question, or keeps it.
    ///
    /// # Errors
    /// What a gate must never do, in words.
    pub fn ask(&mut self, caller: Caller, now: Timestamp) -> Result<Vec<Deed>, String> {
        let before = self.view(now);
        let decision = self.gate.acquire(&self.rules, &caller.ask, now);
        self.check(&before, &decision, now)?;
        Ok(match decision {
            Decision::Granted { lease, token } => vec![Deed::Tell(caller, Told::Granted(lease, token))],
            Decision::Leave { reason, until } => vec![Deed::Tell(caller, Told::Postponed(reason, until))],
            Decision::Hold { until, reason } => {
                self.tickets += 1;
                self.held.insert(self.tickets, (caller, reason));
                vec![Deed::Wake(self.tickets, until)]
            }
            Decision::Fetch => match &mut self.fetching {
                Some(waiting) => {
                    waiting.push(caller);
                    Vec::new()
                }
                None => {
                    self.fetching = Some(vec![caller]);
                    vec![Deed::Fetch]
                }
            },
        })
    }

    /// Takes reports; if one was news, those who are held and hear of it ask again.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn report(&mut self, reports: &[Report], now: Timestamp) -> Result<Vec<Deed>, String> {
        let news = reports.iter().filter(|report| self.gate.report(&self.rules, report, now)).count();
        let hears = |reason: Reason| news > 0 && hears_reports(reason);
        let woken: BTreeMap<_, _> = self.held.extract_if(.., |_, (_, reason)| hears(*reason)).collect();
        self.ask_all(woken.into_values().map(|(caller, _)| caller), now)
    }

    /// Looks again at who is held under that ticket, if it still is.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn wake(&mut self, ticket: u64, now: Timestamp) -> Result<Vec<Deed>, String> {
        let held = self.held.remove(&ticket);
        self.ask_all(held.into_iter().map(|(caller, _)| caller), now)
    }

    /// A fetch came back.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn fetched(&mut self, result: Result<Grant, Trouble>, now: Timestamp) -> Result<Vec<Deed>, String> {
        let Some(waiting) = self.fetching.take() else { return Ok(Vec::new()) };
        match result {
            Ok(grant) => self.gate.granted(grant, now),
            Err(trouble) => self.gate.troubled(trouble, now),
        }
        self.ask_all(waiting.into_iter(), now)
    }

    /// A caller is gone, and its question with it; the gate learns nothing of it.
    pub fn hang_up(&mut self, member: usize) {
        self.held.retain(|_, (caller, _)| caller.member != member);
        if let Some(waiting) = &mut self.fetching {
            waiting.retain(|caller| caller.member != member);
        }
    }

    /// Loses everything that is not stored; whoever waits is cut off.
    pub fn crash(&mut self) -> Vec<Deed> {
        self.is_up = false;
        let held = std::mem::take(&mut self.held).into_values().map(|(caller, _)| caller);
        let waiting = self.fetching.take().unwrap_or_default();
        held.chain(waiting).map(|caller| Deed::Tell(caller, Told::Unreachable)).collect()
    }

    /// Lives again: the gate from its JSON, the leases from their rows.
    ///
    /// # Errors
    /// Where something loads otherwise than it was saved.
    pub fn restart(&mut self) -> Result<(), String> {
        let text = serde_json::to_string(&self.gate).map_err(|error| error.to_string())?;
        let mut loaded: Gate = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
        let again = serde_json::to_string(&loaded).map_err(|error| error.to_string())?;
        loaded.restore(self.gate.leases());
        if again != text {
            return Err(format!("the gate loads otherwise: {again} from {text}"));
        }
        self.gate = loaded;
        self.is_up = true;
        Ok(())
    }

    fn ask_all(&mut self, callers: impl Iterator<Item = Caller>, now: Timestamp) -> Result<Vec<Deed>, String> {
        let mut deeds = Vec::new();
        for caller in callers {
            deeds.extend(self.ask(caller, now)?);
        }
        Ok(deeds)
    }

    fn check(&mut self, before: &GateView, decision: &Decision, now: Timestamp) -> Result<(), String> {
        let closings = [before.embargo_until, before.breaker.until, before.credentials.retry_at];
        let closed_until = closings.into_iter().flatten().map(|until| until.0).max();
        let is_half_open = before.breaker.state == "half_open";
        let hindered_until = closed_until.or(is_half_open.then_some(now)).filter(|until| *until >= now);
        self.hindered_until = self.hindered_until.max(hindered_until.unwrap_or_default());
        let Decision::Granted { token, .. } = decision else { return Ok(()) };
        let after = self.view(now);
        let rules = [
            (before.breaker.until.is_some_and(|until| now < until.0), "let go while the breaker is open"),
            (before.embargo_until.is_some(), "let go during an embargo"),
            (after.in_flight > after.limit, "let go more than the limit"),
            (after.limit > after.bound, "the limit is above the bound"),
            (after.breaker.state == "half_open" && after.breaker.probes == 0, "let go half-open, and not as a probe"),
            (token.expires_at <= now, "let go with a token that has ended"),
        ];
        match rules.iter().find(|(is_broken, _)| *is_broken) {
            Some((_, words)) => Err(format!("{words}: {after:?}")),
            None => Ok(()),
        }
    }
}
