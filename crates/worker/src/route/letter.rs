//! What became of notifications, and dead ones sent again: of an execution, of a flow, or of all that a tenant has. For who administers
//! the tenant. Never decides what is given up.

use cxpulse_core::audit::Who;
use cxpulse_core::id::{FlowKind, TenantId};
use cxpulse_core::key::Scope;
use cxpulse_core::validate::{RedriveRequest, parse_dead_query, parse_redrive};
use js_sys::Promise;
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;
use worker::Env;

use super::access::{Desk, note_use};
use super::directory;
use super::execution::forward;
use super::tenant::{administering, seen};
use crate::auth;
use crate::object::execution::{Redrive, Redriven};
use crate::object::stub::{self, Target};
use crate::problem::Problem;
use crate::reply;

/// A page of the directory, as far as it is needed here.
#[derive(Deserialize)]
struct Page {
    items: Vec<Item>,
    next: Option<String>,
}

/// What has dead letters.
#[derive(Deserialize)]
struct Item {
    id: String,
}

/// What a redrive of many came to.
#[derive(Default, Serialize)]
struct Tally {
    /// Executions whose letters are owed again.
    executions: usize,
    /// Batches whose own are.
    batches: usize,
    /// Chains whose own are.
    chains: usize,
    /// Histories whose own are.
    histories: usize,
    /// Letters that are.
    redriven: usize,
    /// Executions, batches, chains and histories that could not be asked, or are no more.
    unreached: usize,
    /// Where to go on: `POST` there; null after the last.
    next: Option<String>,
}

/// `GET /v1/executions/{id}/notifications`, and the same of a batch or a chain.
pub(crate) fn show(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let admitted = auth::require_key(desk.incoming, desk.settings, Scope::Admin);
    let passport = desk.note(admitted, id, "notifications")?;
    forward(desk.incoming, desk.env, id, &passport)
}

/// `POST /v1/executions/{id}/notifications/redrive`, and the same of a batch or a chain, which have another redrive, too.
pub(crate) async fn redrive(desk: &Desk<'_>, id: &str) -> Result<Response, Problem> {
    let admitted = auth::require_key(desk.incoming, desk.settings, Scope::Admin);
    let target = Target::parse(id);
    let verb = if matches!(target, Some(Target::Flow(_))) { "redrive_notifications" } else { "redrive" };
    let passport = desk.note(admitted, id, verb)?;
    let target = target.ok_or(Problem::NotFound)?;
    let body = desk.incoming.untyped_json_up_to(REDRIVE_MAX).await?;
    let RedriveRequest { numbers } = parse_redrive(&body).map_err(Problem::of_body)?;
    ask(desk.env, &target, passport.reach(), Redrive { who: passport.who.clone(), numbers }).await
}

/// `GET /v1/tenants/{id}/dead-letters`: what has some, newest first.
pub(crate) fn list(desk: &Desk<'_>, id: &str) -> Result<Promise, Problem> {
    let (tenant, _) = seen(desk, id, "dead_letters")?;
    parse_dead_query(desk.incoming.query_text()).map_err(Problem::BadParameters)?;
    directory::ask(desk, &tenant.id, &format!("/v1/tenants/{}/dead-letters", tenant.id), desk.env)
}

/// `POST /v1/tenants/{id}/dead-letters/redrive`: all letters of what is on one page, one after the other.
pub(crate) async fn redrive_all(desk: &Desk<'_>, id: &str) -> Result<Response, Problem> {
    let (tenant, passport) = administering(desk.incoming, desk.settings, id)?;
    let query = parse_dead_query(desk.incoming.query_text()).map_err(Problem::BadParameters)?;
    note_use(desk, &passport, &tenant.id, "redrive", None);
    let cursor = query.cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let limit = query.limit.min(REDRIVEN_MAX);
    let page = page(desk, &tenant.id, &format!("limit={limit}{cursor}")).await?;
    // The directory says where its next page is: the redrive of that goes on below it.
    let next = page.next.map(|next| next.replacen("/dead-letters?", "/dead-letters/redrive?", 1));
    let mut tally = Tally { next, ..Tally::default() };
    for Item { id } in page.items {
        let target = Target::parse(&id).ok_or_else(|| Problem::Fault("the directory lists what is no id".into()))?;
        match redriven(desk.env, &target, &tenant.id, passport.who.clone()).await {
            Ok(0) => {}
            Ok(count) => tally.count(&target, count),
            Err(problem) => {
                problem.log();
                tally.unreached = tally.unreached.saturating_add(1);
            }
        }
    }
    reply::json(202, &[], &serde_json::to_string(&tally)?)
}

impl Tally {
    /// With so many letters of one.
    fn count(&mut self, target: &Target, letters: usize) {
        let counted = match target {
            Target::Execution(_) => &mut self.executions,
            Target::Flow(id) => match id.kind() {
                FlowKind::Batch => &mut self.batches,
                FlowKind::Chain => &mut self.chains,
                FlowKind::History => &mut self.histories,
            },
        };
        *counted = counted.saturating_add(1);
        self.redriven = self.redriven.saturating_add(letters);
    }
}

async fn page(desk: &Desk<'_>, tenant: &TenantId, query: &str) -> Result<Page, Problem> {
    let base = desk.settings.public_url.as_deref().unwrap_or_else(|| desk.incoming.site());
    let address = format!("{base}/v1/tenants/{tenant}/dead-letters?{query}");
    let answer = crate::object::directory::read(desk.env, tenant, &address).await?;
    text(&answer).await
}

async fn redriven(env: &Env, target: &Target, tenant: &TenantId, who: Who) -> Result<usize, Problem> {
    let answer = ask(env, target, Some(tenant), Redrive { who, numbers: None }).await?;
    text::<Redriven>(&answer).await.map(|answer| answer.redriven.len())
}

async fn ask(env: &Env, target: &Target, reach: Option<&TenantId>, redrive: Redrive) -> Result<Response, Problem> {
    target.send(env, &stub::message(&target.address(reach, "send-again"), &serde_json::to_string(&redrive)?)?).await
}

async fn text<T: for<'de> Deserialize<'de>>(answer: &Response) -> Result<T, Problem> {
    let text = JsFuture::from(answer.text()?).await?.as_string().unwrap_or_default();
    if !answer.ok() {
        return Err(Problem::Unavailable(format!("an object answered {}", answer.status())));
    }
    Ok(serde_json::from_str(&text)?)
}

/// Bytes of the body of a redrive.
const REDRIVE_MAX: usize = 16_384;

/// What one redrive is of: each costs a request within ours.
const REDRIVEN_MAX: u32 = 25;
