//! How other objects and routes reach a tenant's object. One way there for each call: what became of the calls before
//! rides along. Never decides anything.

use cxpulse_core::failure::FailureKind;
use cxpulse_core::gate::{Fate, Report};
use cxpulse_core::id::TenantId;
use cxpulse_core::time::Span;
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit};
use worker::Env;

use super::mailbox;
use super::message::{Acquire, AcquireAll, Answered, Found, Petition, Told};
use crate::clock;
use crate::deadline::Deadline;
use crate::object::stub;
use crate::problem::Problem;

/// Asks whether a call may go. May take some seconds: callers whose turn is near are held.
///
/// # Errors
/// Where the object cannot be reached, or does not answer within [`ACQUIRE_MAX`].
pub(crate) async fn acquire(env: &Env, tenant: &TenantId, petition: Petition) -> Result<Answered, Problem> {
    let bag = mailbox::take(tenant);
    let Petition { ask, lookup, span, .. } = petition;
    let message = Acquire { tenant: tenant.clone(), ask, reports: bag.reports().to_vec(), lookup, span };
    let text = post(env, tenant, "acquire", &message, ACQUIRE_MAX).await?;
    bag.delivered();
    Ok(serde_json::from_str(&text)?)
}

/// Asks for several calls of one object whether they may go: an answer for each that is decided, as soon as any is.
///
/// # Errors
/// As [`acquire`].
pub(super) async fn acquire_all(
    env: &Env,
    tenant: &TenantId,
    petitions: &[&Petition],
) -> Result<Vec<Option<Answered>>, Problem> {
    let bag = mailbox::take(tenant);
    let message = AcquireAll { tenant: tenant.clone(), petitions: petitions.to_vec(), reports: bag.reports().to_vec() };
    let text = post(env, tenant, "acquire-all", &message, ACQUIRE_MAX).await?;
    bag.delivered();
    Ok(serde_json::from_str(&text)?)
}

/// Tells what became of a call. The work that this gives has to be passed to `wait_until`: it sees to it that the report
/// leaves soon, if nobody takes it along before.
pub(crate) fn report(env: &Env, tenant: &TenantId, report: Report) -> impl Future<Output = ()> + 'static {
    let is_urgent = is_urgent(&report.fate);
    mailbox::put(tenant, report);
    let (env, tenant) = (env.clone(), tenant.clone());
    async move {
        if !is_urgent {
            clock::pause(REPORT_DELAY).await;
        }
        for pause in RETRIES {
            if !mailbox::is_waiting(&tenant) {
                return;
            }
            match tell(&env, &tenant, Vec::new()).await {
                Ok(()) => return,
                Err(problem) => problem.log(),
            }
            clock::pause(pause).await;
        }
    }
}

/// Stores a result in the tenant's cache; once, for what is lost is only a result that will be fetched again.
///
/// # Errors
/// Where the object cannot be reached.
pub(crate) async fn remember(env: &Env, tenant: &TenantId, found: Found) -> Result<(), Problem> {
    tell(env, tenant, vec![found]).await
}

async fn tell(env: &Env, tenant: &TenantId, results: Vec<Found>) -> Result<(), Problem> {
    let bag = mailbox::take(tenant);
    let message = Told { tenant: tenant.clone(), reports: bag.reports().to_vec(), results };
    post(env, tenant, "report", &message, REPORT_MAX).await?;
    bag.delivered();
    Ok(())
}

async fn post(
    env: &Env,
    tenant: &TenantId,
    what: &str,
    message: &impl Serialize,
    patience: Span,
) -> Result<String, Problem> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(&serde_json::to_string(message)?));
    let deadline = Deadline::after(patience)?;
    init.set_signal(Some(&deadline.signal()));
    let request = Request::new_with_str_and_init(&format!("https://tenant/{what}"), &init)?;
    let answer = stub::send(env, BINDING, tenant.as_str(), &request).await?;
    let text = JsFuture::from(answer.text()?).await.map_err(Problem::of_object)?.as_string().unwrap_or_default();
    if answer.ok() { Ok(text) } else { Err(Problem::Unavailable(format!("the tenant's object: {text}"))) }
}

/// What changes at once how many others may go.
const fn is_urgent(fate: &Fate) -> bool {
    match fate {
        Fate::Unused | Fate::Good => false,
        Fate::Failed { kind, .. } => matches!(kind, FailureKind::RateLimited | FailureKind::Transient),
    }
}

const BINDING: &str = "TENANT";

/// How long an answer is waited for: callers are held for some seconds, and a token may have to be fetched.
const ACQUIRE_MAX: Span = Span::from_secs(40);

/// How long it may take to be told something.
const REPORT_MAX: Span = Span::from_secs(10);

/// How long a report waits for somebody who takes it along.
const REPORT_DELAY: Span = Span::from_millis(20);

/// Pauses between tries to deliver what nobody took along.
const RETRIES: [Span; 3] = [Span::from_secs(1), Span::from_secs(5), Span::ZERO];
