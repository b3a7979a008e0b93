//! Who used which execution, or something else of a tenant's: for the audit log, once an hour for each caller, use and
//! execution, from here at least. Never keeps a caller waiting, and never says no: what it is told of was decided before.

use std::cell::RefCell;
use std::collections::BTreeSet;

use cxpulse_core::audit::Who;
use cxpulse_core::id::{TenantId, TokenId};
use cxpulse_core::trace::TraceContext;
use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::Response;
use worker::Env;
use worker::worker_sys::Context;

use crate::auth::{self, Passport};
use crate::clock;
use crate::config::Settings;
use crate::incoming::Incoming;
use crate::object::directory::{self, Used};
use crate::object::execution::Access;
use crate::object::stub::{self, Target};
use crate::problem::Problem;
use crate::seal;

/// A request, and what answering it takes.
#[derive(Clone, Copy)]
pub(crate) struct Desk<'a> {
    pub(crate) incoming: &'a Incoming,
    pub(crate) env: &'a Env,
    pub(crate) settings: &'a Settings,
    pub(crate) context: &'a Context,
}

impl Desk<'_> {
    /// Notes that somebody was let through to an execution, or was not, and gives back which.
    pub(crate) fn note(
        &self,
        admitted: Result<Passport, Problem>,
        id: &str,
        verb: &'static str,
    ) -> Result<Passport, Problem> {
        let who = || auth::anybody(self.incoming, self.settings);
        note(self.env, self.context, admitted, who, id, verb)
    }
}

/// Has a read of something of the tenant's that is no execution noted in its audit log: the first in an hour.
pub(super) fn note_read(desk: &Desk<'_>, passport: &Passport, tenant: &TenantId, verb: &'static str) {
    if first(passport, tenant.as_str(), verb).is_some() {
        note_use(desk, passport, tenant, verb, None);
    }
}

/// The same of what changes something: every time.
pub(super) fn note_use(
    desk: &Desk<'_>,
    passport: &Passport,
    tenant: &TenantId,
    verb: &'static str,
    token: Option<TokenId>,
) {
    let noted = trace_of(desk.incoming).and_then(|trace| {
        let (tenant, who, verb) = (tenant.clone(), passport.who.clone(), verb.into());
        let sent = directory::note(desk.env, &Used { tenant, who, verb, token, trace })?;
        Ok(desk.context.wait_until(&sent)?)
    });
    if let Err(problem) = noted {
        problem.log();
    }
}

/// The caller's trace, or one that begins here.
fn trace_of(incoming: &Incoming) -> Result<TraceContext, Problem> {
    let parent = incoming.header("traceparent").and_then(|parent| TraceContext::parse(&parent, None));
    parent.map_or_else(|| Ok(TraceContext::root(seal::random()?)), Ok)
}

/// [`Desk::note`] for who showed something otherwise than in a request's head; `who` finds out whose it is.
pub(crate) fn note(
    env: &Env,
    context: &Context,
    admitted: Result<Passport, Problem>,
    who: impl FnOnce() -> Result<Passport, Problem>,
    id: &str,
    verb: &'static str,
) -> Result<Passport, Problem> {
    match &admitted {
        Ok(passport) => {
            if let Some(mark) = first(passport, id, verb) {
                tell(env, context, passport, mark, id, verb, None);
            }
        }
        // Only who is known can be named: of anybody else there is nothing to note.
        Err(Problem::Forbidden) => {
            if let Ok(passport) = who()
                && let Some(mark) = first(&passport, id, REFUSED)
            {
                tell(env, context, &passport, mark, id, verb, Some("forbidden"));
            }
        }
        Err(_) => {}
    }
    admitted
}

/// Nobody waits for it, and what is lost is noted with the next use.
fn tell(env: &Env, context: &Context, passport: &Passport, mark: u64, id: &str, verb: &str, refusal: Option<&str>) {
    let Some(target) = Target::parse(id) else { return };
    let access = Access {
        who: passport.who.clone(),
        minted_by: passport.minted_by.clone(),
        verb: verb.into(),
        refusal: refusal.map(Into::into),
        reach: passport.reach().cloned(),
    };
    let sent = send(env, &target, &access);
    let work = future_to_promise(async move {
        if let Err(problem) = heard(sent).await {
            forget(mark);
            problem.log();
        }
        Ok(JsValue::UNDEFINED)
    });
    if let Err(error) = context.wait_until(&work) {
        Problem::from(error).log();
    }
}

/// Whether the object has it: what is no longer there needs no note.
async fn heard(sent: Result<Promise, Problem>) -> Result<(), Problem> {
    let answer: Response = JsFuture::from(sent?).await.map_err(Problem::of_object)?.unchecked_into();
    match answer.status() {
        500.. => Err(Problem::Unavailable(format!("an access was not noted: {}", answer.status()))),
        _ => Ok(()),
    }
}

fn send(env: &Env, target: &Target, access: &Access) -> Result<Promise, Problem> {
    let request = stub::message(&target.address(None, "access"), &serde_json::to_string(access)?)?;
    target.promise(env, &request)
}

/// What was noted in this hour, by this isolate.
struct Memo {
    hour: u64,
    noted: BTreeSet<u64>,
}

thread_local! {
    static MEMO: RefCell<Memo> = const { RefCell::new(Memo { hour: 0, noted: BTreeSet::new() }) };
}

/// The mark of this use, where it was not noted yet in this hour; now it is. A memo that is full begins anew: then
/// something is noted twice. All tokens of one minter are one caller, or whoever may mint could have as much written down
/// as they like.
fn first(passport: &Passport, id: &str, verb: &str) -> Option<u64> {
    let hour = clock::now().as_millis() / HOUR_MS;
    let kind = if passport.minted_by.is_some() { "minted by" } else { "" };
    let who = passport.minted_by.as_ref().unwrap_or(&passport.who);
    let (scheme, name) = match who {
        Who::Key(name) => ("key", name.as_str()),
        Who::Token(token) => ("token", token.as_str()),
        Who::Cxone => ("cxone", ""),
        Who::System => ("system", ""),
    };
    let use_of = [kind, scheme, name, verb, id].iter().fold(FNV_OFFSET, |hash, text| mix(hash, text));
    MEMO.with_borrow_mut(|memo| {
        if memo.hour != hour || memo.noted.len() >= NOTED_MAX {
            *memo = Memo { hour, noted: BTreeSet::new() };
        }
        memo.noted.insert(use_of).then_some(use_of)
    })
}

/// That did not arrive: the next use is noted again.
fn forget(mark: u64) {
    MEMO.with_borrow_mut(|memo| memo.noted.remove(&mark));
}

/// FNV-1a, with an end after each text. Two uses that fall together cost one line of the log; at 64 bits none do.
fn mix(hash: u64, text: &str) -> u64 {
    text.bytes().chain([0xff]).fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

const FNV_PRIME: u64 = 0x0100_0000_01b3;

const HOUR_MS: u64 = 3_600_000;

/// Uses that one isolate remembers.
const NOTED_MAX: usize = 20_000;

/// In the place of a verb, of all that somebody was refused.
const REFUSED: &str = "refused";
