//! One request for a page, or for what is left of it: past the tenant's gate, to CXone, and its rows onto the shelf as they come.
//! Never decides what follows: whatever comes of it is an event of the query's.

use std::rc::Rc;

use cxpulse_core::call::{self, Credential, HistoryCall, PageQuery, Request};
use cxpulse_core::execution::Reason;
use cxpulse_core::failure::{Failure, FailureKind};
use cxpulse_core::gate::{self, Ask, Fate, Report, Share};
use cxpulse_core::history::{Piece, interaction_of_states};
use cxpulse_core::id::TenantId;
use cxpulse_core::profile::RowKind;
use cxpulse_core::random;
use cxpulse_core::redaction::Redactor;
use cxpulse_core::retrieval::{BYTES_MAX, Event, Held, PageAnswer, PageCall, PageRead, ROWS_MAX, STEPS_MAX};
use cxpulse_core::time::Span;

use super::super::Conductor;
use super::super::work::{Happening, HistoryWork};
use super::half::{Fit, Half};
use super::shelf::Intake;
use crate::clock;
use crate::config::{Settings, TenantSettings};
use crate::http::{Outgoing, Streamed};
use crate::object::tenant::{self, Answered, Pass, Petition, Verdict};
use crate::problem::Problem;

/// What one request is made of.
struct Errand {
    tenant: Rc<TenantSettings>,
    request: Request,
    /// The field of the answer that has the rows.
    field: String,
    /// Of which contact the rows are, where they are one's states.
    contact: Option<String>,
    redactor: Redactor,
}

/// What came of one.
struct Heard {
    answer: PageAnswer,
    fate: Fate,
}

impl Heard {
    fn failed(failure: Failure) -> Self {
        Self { fate: Fate::from(&failure), answer: PageAnswer::Failed(failure) }
    }

    fn unmade(kind: FailureKind, what: &str) -> Self {
        Self { fate: Fate::Unused, answer: PageAnswer::Failed(Failure::new(kind, what)) }
    }
}

impl Conductor {
    /// Asks for a page in the background.
    pub(in crate::object::flow) fn read_page(self: &Rc<Self>, call: PageCall) {
        self.pages.under_way.set(self.pages.under_way.get().saturating_add(1));
        self.host.begin_call();
        let conductor = Rc::clone(self);
        self.host.spawn(async move {
            let event = conductor.page_event(call).await;
            conductor.pages.under_way.set(conductor.pages.under_way.get().saturating_sub(1));
            conductor.host.end_call();
            if let Err(problem) = conductor.step(Happening::Page(event)) {
                conductor.report(&problem);
            }
            conductor.host.tell_idle();
        });
    }

    async fn page_event(&self, call: PageCall) -> Event {
        // Before the gate is asked: what is cleared goes at once, and holds no permit while it waits for this.
        self.host.admit_call().await;
        let retry =
            || Event::Postponed { call, reason: Reason::Retry, until: gate::unreached_until(seed(call), clock::now()) };
        match self.clear(call).await {
            Ok(Some(Verdict::Granted(pass))) => {
                let era = self.pages.shelf.era();
                // Before it is used: a crash from here on leaves a trace of it.
                if let Err(problem) = self.pages.note_lease(call.page, Some(pass.lease)) {
                    self.report(&problem);
                }
                let answer = self.ask_under(call, pass).await;
                // What it put on the shelf is gone with what could not be stored.
                if era == self.pages.shelf.era() { Event::Answered { call, answer } } else { retry() }
            }
            Ok(Some(Verdict::Postponed { reason, until })) => Event::Postponed { call, reason, until },
            Ok(None) => retry(),
            Err(problem) => {
                self.report(&problem);
                retry()
            }
        }
    }

    /// Asks the gate.
    async fn clear(&self, call: PageCall) -> Result<Option<Verdict>, Problem> {
        let (tenant, petition) = {
            let kept = self.kept.borrow();
            let work = kept.as_ref().ok_or(Problem::NotFound)?.work.history()?;
            (work.order.tenant.clone(), self.petition(work, call))
        };
        let Answered { verdict, .. } = tenant::acquire(&self.host.env, &tenant, petition).await?;
        Ok(verdict)
    }

    fn petition(&self, work: &HistoryWork, call: PageCall) -> Petition {
        let digits = work.order.id.hex().get(..16).unwrap_or_default();
        let key = u64::from_str_radix(digits, 16).unwrap_or_default();
        let ask = Ask {
            caller: random::draw(key, seed(call)),
            key,
            kind: None,
            newer_than: match call.credential {
                Credential::Held => None,
                Credential::Fresh => Some(self.pages.token_version.get()),
            },
            patience: PAGE_TIME,
            share: Share::Whole,
        };
        Petition { ask, lookup: None, span: Some(work.order.trace.child(work.order.seed, seed(call))), more: 0 }
    }

    /// Makes the call, and reports on its lease.
    async fn ask_under(&self, call: PageCall, pass: Pass) -> PageAnswer {
        let sent_at = clock::now();
        self.pages.token_version.set(pass.token.version);
        let errand = self.errand(call, &pass);
        let (tenant, heard) = match errand {
            Ok(errand) => {
                (Some(errand.tenant.id.clone()), Asking { conductor: self, errand: &errand, call }.send(&pass).await)
            }
            Err(heard) => (self.tenant_id(), heard),
        };
        let report = Report {
            lease: pass.lease,
            keeps: false,
            token_version: pass.token.version,
            fate: heard.fate,
            took: clock::now().since(sent_at),
            allowance: Default::default(),
        };
        if let Some(tenant) = tenant {
            self.host.spawn(tenant::report(&self.host.env, &tenant, report));
        }
        if let Err(problem) = self.pages.note_lease(call.page, None) {
            self.report(&problem);
        }
        heard.answer
    }

    fn tenant_id(&self) -> Option<TenantId> {
        self.kept.borrow().as_ref().map(|kept| kept.work.face().tenant().clone())
    }

    fn errand(&self, call: PageCall, pass: &Pass) -> Result<Errand, Heard> {
        let unmade = |what| Heard::unmade(FailureKind::ClientError, what);
        let kept = self.kept.borrow();
        let work = kept.as_ref().and_then(|kept| kept.work.history().ok()).ok_or_else(|| unmade("it is gone"))?;
        let settings = Settings::of(&self.host.env).map_err(|_| unmade("the settings cannot be read"))?;
        let tenant = settings.tenant(&work.order.tenant).ok_or_else(|| unmade("the tenant is no longer set up"))?;
        if tenant.profile.name != work.order.profile {
            return Err(unmade("the tenant has another profile by now"));
        }
        let (order, progress) = (&work.order, work.retrieval.progress());
        let window = progress.window(order, call.page).ok_or_else(|| unmade("there is no such page"))?;
        let contact = window.contact.map(|contact| contact.as_str().to_owned());
        let filter = order.query.filter();
        let query = PageQuery {
            filter: Some(&filter),
            contact_id: contact.as_deref(),
            limit: window.limit,
            offset: window.offset,
            cursor: progress.cursor().unwrap_or_default(),
        };
        let number = u32::try_from(seed(call) & 0xffff_ffff).unwrap_or(u32::MAX);
        let by = HistoryCall { correlation_id: &order.correlation_id, trace: &order.trace, seed: order.seed, number };
        let request = call::history_request(&tenant.profile, query, by)
            .ok_or_else(|| unmade("the profile has no such history"))?;
        let rule = tenant.profile.history.as_ref().map(|endpoint| &endpoint.answer);
        let list = rule.and_then(|rule| rule.list.as_deref()).unwrap_or_default();
        let is_of_states = rule.is_some_and(|rule| rule.rows == RowKind::ContactStates);
        Ok(Errand {
            request,
            field: list.trim_start_matches('/').to_owned(),
            contact: contact.filter(|_| is_of_states),
            redactor: Redactor::of_rows(&tenant.redact, pass.token.secret.reveal()),
            tenant,
        })
    }
}

/// One request under way.
struct Asking<'c> {
    conductor: &'c Conductor,
    errand: &'c Errand,
    call: PageCall,
}

impl Asking<'_> {
    /// Sends it, and takes its rows in.
    async fn send(&self, pass: &Pass) -> Heard {
        let half = self.conductor.pages.halves.borrow_mut().remove(&self.call.page);
        let rest = half.as_ref().and_then(Half::rest);
        let authorization = format!("Bearer {}", pass.token.secret.reveal());
        let ours = self.errand.request.headers.iter().map(|(name, value)| (name.as_ref(), value.as_str()));
        // What is packed cannot be asked for in parts.
        let more = [("authorization", authorization.as_str()), ("accept-encoding", "identity")];
        let rest_headers = rest.iter().flatten().map(|(name, value)| (*name, value.as_str()));
        let headers: Vec<_> = ours.chain(more).chain(rest_headers).collect();
        let outgoing = Outgoing {
            method: &self.errand.request.method,
            url: &format!("{}{}", pass.base_url, self.errand.request.path),
            headers: &headers,
            body: self.errand.request.body.as_deref(),
            timeout: PAGE_TIME,
            answer_max: 0,
            refusal_max: 0,
        };
        match self.conductor.host.connections.begin(&outgoing).await {
            Ok(answer) => self.hear(half.filter(|_| rest.is_some()), answer).await,
            Err(unanswered) => {
                self.keep(half);
                Heard::failed(Failure::unanswered(unanswered.message()))
            }
        }
    }

    async fn hear(&self, half: Option<Half>, answer: Streamed<'_>) -> Heard {
        let status = answer.status();
        if status == RANGE_NOT_SATISFIABLE {
            // The page is another by now, and shorter: all of it is asked for again.
            return Heard::failed(Failure::new(
                FailureKind::Transient,
                "CXone answered 416: the page is another by now",
            ));
        }
        if let Some(failure) = Failure::of_answer(status, answer.head.retry_after.as_deref(), clock::now()) {
            self.keep(half);
            return Heard::failed(failure);
        }
        let (half, fit) = match (status, half) {
            (PARTIAL_CONTENT, Some(half)) => {
                let fit = half.fits(&answer);
                (half, fit)
            }
            (PARTIAL_CONTENT, None) => (Half::new(&self.errand.field, &answer), Fit::Other),
            // Also where a part was asked for: it comes from the beginning, and rows that are there already are known.
            (_, _) => (Half::new(&self.errand.field, &answer), Fit::Whole),
        };
        match fit {
            Fit::Other => {
                let failure =
                    Failure::new(FailureKind::Malformed, "CXone answered with another part than was asked for");
                Heard::failed(Failure { status: Some(status), ..failure })
            }
            Fit::Whole | Fit::Rest { .. } => self.take(half, answer, fit).await,
        }
    }

    /// Takes a body in while it comes.
    async fn take(&self, mut half: Half, mut answer: Streamed<'_>, fit: Fit) -> Heard {
        let ends_at = match fit {
            Fit::Rest { ends_at, .. } => Some(ends_at),
            Fit::Whole => answer.head.len.filter(|_| !answer.head.is_packed).and_then(|len| u64::try_from(len).ok()),
            Fit::Other => None,
        };
        loop {
            match answer.next().await {
                Ok(Some(chunk)) => {
                    if let Err(heard) = self.take_chunk(&mut half, &chunk) {
                        return heard;
                    }
                }
                Ok(None) if ends_at.is_some_and(|end| half.taken < end) => {
                    return self.broke_off(half, "the answer ended before its end");
                }
                Ok(None) => break,
                Err(unanswered) => return self.broke_off(half, unanswered.message()),
            }
        }
        match fit {
            Fit::Rest { total: Some(total), .. } if half.taken < total => {
                self.broke_off(half, "CXone gave a part of what was asked for")
            }
            Fit::Rest { .. } | Fit::Whole | Fit::Other => self.finish(half, answer.status()),
        }
    }

    fn take_chunk(&self, half: &mut Half, chunk: &[u8]) -> Result<(), Heard> {
        if self.is_over() {
            return Err(Heard::unmade(FailureKind::Transient, "nobody waits for it any more"));
        }
        half.taken = half.taken.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        // Rows leave as they come, but those that make one interaction together.
        let max = if self.errand.contact.is_some() { STATES_MAX } else { PAGE_MAX };
        if half.taken > max {
            let failure = Failure::new(FailureKind::Malformed, "the page is longer than any that we read");
            return Err(Heard::failed(failure));
        }
        let mut fault = None;
        let mut splitter = std::mem::take(&mut half.splitter);
        splitter.feed(chunk, |piece| {
            if fault.is_none()
                && let Err(problem) = self.take_piece(half, piece)
            {
                fault = Some(problem);
            }
        });
        half.splitter = splitter;
        fault.map_or(Ok(()), |problem| Err(self.unkept(&problem)))
    }

    fn take_piece(&self, half: &mut Half, piece: Piece<'_>) -> Result<(), Problem> {
        let number = half.rows;
        let intake = match piece {
            Piece::Row(row) if self.errand.contact.is_some() => {
                half.states.push(row.to_owned());
                return Ok(());
            }
            Piece::Row(row) => {
                self.conductor.pages.shelf.take(self.call.page, number, &self.errand.redactor.row(row))?
            }
            Piece::Unreadable(beginning) => {
                self.conductor.pages.shelf.take_unreadable(self.call.page, number, beginning)?
            }
        };
        half.rows = half.rows.saturating_add(1);
        half.foreign = half.foreign.saturating_add(u32::from(intake == Intake::Foreign));
        Ok(())
    }

    /// All of the page is there.
    fn finish(&self, mut half: Half, status: u16) -> Heard {
        let envelope = match std::mem::take(&mut half.splitter).finish() {
            Ok(envelope) => envelope,
            Err(cut) => return malformed(status, &cut.to_string()),
        };
        let envelope = match call::read_envelope(&self.errand.tenant.profile, status, &envelope) {
            Ok(envelope) => envelope,
            Err(failure) => return Heard::failed(failure),
        };
        if let Some(contact) = &self.errand.contact {
            let row = interaction_of_states(contact, half.states.iter().map(String::as_str));
            match self.conductor.pages.shelf.take(self.call.page, 0, &self.errand.redactor.row(&row)) {
                Ok(_) => half.rows = 1,
                Err(problem) => return self.unkept(&problem),
            }
        }
        match self.conductor.pages.shelf.settle().and_then(|()| self.conductor.pages.shelf.held()) {
            Ok(held) => Heard {
                fate: Fate::Good,
                answer: PageAnswer::Read(PageRead {
                    rows: half.rows,
                    foreign: half.foreign,
                    total: envelope.total,
                    next: envelope.next,
                    full: full(&held),
                    held,
                }),
            },
            Err(problem) => self.unkept(&problem),
        }
    }

    /// The connection broke. What came is there; the rest is asked for, where CXone gives parts.
    fn broke_off(&self, half: Half, why: &str) -> Heard {
        let taken = half.taken;
        self.keep(Some(half));
        Heard::failed(Failure::unanswered(&format!("{why}, after {taken} bytes")))
    }

    fn keep(&self, half: Option<Half>) {
        if let Some(half) = half.filter(|half| half.rest().is_some()) {
            self.conductor.pages.halves.borrow_mut().insert(self.call.page, half);
        }
    }

    /// The rows could not be stored: it is tried again, from what is.
    fn unkept(&self, problem: &Problem) -> Heard {
        self.conductor.report(problem);
        self.conductor.pages.forget();
        Heard {
            fate: Fate::Good,
            answer: PageAnswer::Failed(Failure::new(FailureKind::Transient, "its rows could not be stored")),
        }
    }

    fn is_over(&self) -> bool {
        let kept = self.conductor.kept.borrow();
        kept.as_ref().is_none_or(|kept| kept.work.face().standing().ended().is_some())
    }
}

fn malformed(status: u16, what: &str) -> Heard {
    let failure = Failure::new(FailureKind::Malformed, what);
    Heard::failed(Failure { status: Some(status), ..failure })
}

/// Why no more can be kept; `None` where more can.
fn full(held: &Held) -> Option<String> {
    let beyond = [
        (held.rows > ROWS_MAX, format!("more than {ROWS_MAX} rows")),
        (held.steps > STEPS_MAX, format!("more than {STEPS_MAX} steps")),
        (held.bytes > BYTES_MAX, format!("more than {BYTES_MAX} bytes")),
    ];
    let beyond = beyond.into_iter().find(|(is_beyond, _)| *is_beyond);
    beyond.map(|(_, what)| format!("the history has {what}, which is all that one query keeps: ask for a shorter time"))
}

/// A number for each request of a query, the same after a crash.
fn seed(call: PageCall) -> u64 {
    let credential = u64::from(call.credential == Credential::Fresh);
    (u64::from(call.page) << 18)
        | (u64::from(call.pass & 3) << 16)
        | (u64::from(call.attempt.get() & 0x7fff) << 1)
        | credential
}

/// How long one answer may take; what came by then is kept, and the rest asked for.
const PAGE_TIME: Span = Span::from_secs(120);

/// Bytes of one page: 1 GiB.
const PAGE_MAX: u64 = 1 << 30;

/// Bytes of the states of one contact: 16 MiB.
const STATES_MAX: u64 = 1 << 24;

const PARTIAL_CONTENT: u16 = 206;

const RANGE_NOT_SATISFIABLE: u16 = 416;
