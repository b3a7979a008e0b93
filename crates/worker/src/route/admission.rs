//! What starts of executions, batches and chains have in common: what only the deployment can tell of a request, the trace that it
//! lies in, and how a flow is opened and answered. Never holds a state.

use std::rc::Rc;

use cxpulse_core::id::{FlowId, ResourceId, TenantId};
use cxpulse_core::key::Scope;
use cxpulse_core::outbox::Subscription;
use cxpulse_core::time::Span;
use cxpulse_core::trace::TraceContext;
use cxpulse_core::validate::{Code, Invalid, Violation};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;
use worker::Env;

use super::execution::{RETRY_AFTER, open, with_view_token};
use crate::auth::{self, Passport};
use crate::config::{Settings, TenantSettings};
use crate::incoming::Incoming;
use crate::object::stub::Target;
use crate::problem::Problem;
use crate::{reply, seal, webhook};

/// The tenant, which has to have this profile, and to allow notifications there.
pub(super) fn tenant_of(
    settings: &Settings,
    tenant: &TenantId,
    profile: Option<&str>,
    notify: Option<&Subscription>,
) -> Result<Rc<TenantSettings>, Problem> {
    let refused = |pointer: &str, message: &str| {
        let violation = Violation { pointer: pointer.into(), code: Code::OutOfRange, message: message.into() };
        Problem::Invalid(Invalid::of(violation))
    };
    let tenant = settings.tenant(tenant).ok_or_else(Problem::no_such_tenant)?;
    if profile.is_some_and(|profile| profile != tenant.profile.name) {
        return Err(refused("/profile", "the tenant has no such profile"));
    }
    if let Some(notify) = notify {
        webhook::check(&tenant, &notify.url).map_err(|rule| refused("/notify/url", &rule))?;
    }
    Ok(tenant)
}

/// The span of what is started, in the caller's trace or the first of a new one. The caller's `tracestate` is dropped where a
/// value stands in it that must not be kept: others are sent it.
pub(super) fn trace_of(
    incoming: &Incoming,
    seed: u64,
    is_secret: impl Fn(&str) -> bool,
) -> Result<TraceContext, Problem> {
    let state = incoming.header("tracestate").filter(|state| !is_secret(state));
    let parent = incoming.header("traceparent").and_then(|parent| TraceContext::parse(&parent, state.as_deref()));
    match parent {
        Some(caller) => Ok(caller.child(seed, 0)),
        None => Ok(TraceContext::root(seal::random()?)),
    }
}

/// A flow that is to be opened, and who asks for it.
pub(super) struct Admitted<'a> {
    pub(super) settings: &'a Settings,
    pub(super) passport: &'a Passport,
    pub(super) id: FlowId,
    pub(super) tenant: TenantId,
    /// Where it will be found.
    pub(super) location: String,
    /// How long the caller waits for its end.
    pub(super) wait: Option<Span>,
}

impl Admitted<'_> {
    /// Opens it, and answers with its snapshot, with one more field where there is one.
    pub(super) async fn open(
        self,
        env: &Env,
        opening: &str,
        field: Option<(&str, String)>,
    ) -> Result<Response, Problem> {
        let query = self.wait.map(|wait| format!("?wait={}", wait.as_secs_ceil())).unwrap_or_default();
        let answer = open(env, &Target::Flow(self.id.clone()), &format!("open{query}"), opening).await?;
        if !answer.ok() {
            return Ok(answer);
        }
        let snapshot = JsFuture::from(answer.text()?).await?.as_string().unwrap_or_default();
        let snapshot = match field {
            Some((name, json)) => with_field(&snapshot, name, &json),
            None => snapshot,
        };
        // Who may not read lets nobody else.
        let token = || auth::view_token(self.settings, &self.tenant, ResourceId::from(&self.id), &self.passport.who);
        let token = self.passport.may(Scope::Read).then(token).transpose()?;
        let etag = answer.headers().get("etag")?.unwrap_or_default();
        let headers = [("location", self.location.as_str()), ("retry-after", RETRY_AFTER), ("etag", &etag)];
        reply::json(202, &headers, &with_view_token(snapshot, token.as_deref()))
    }
}

/// A snapshot with one more field.
fn with_field(snapshot: &str, name: &str, json: &str) -> String {
    let fields = snapshot.strip_suffix('}').unwrap_or(snapshot);
    format!("{fields},\"{name}\":{json}}}")
}
