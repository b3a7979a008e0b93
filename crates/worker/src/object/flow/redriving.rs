//! `POST …/redrive` of a flow: runs again what did not succeed, or tells what would. Never chooses: the core does.

use std::rc::Rc;

use cxpulse_core::audit::Who;
use cxpulse_core::validate::{parse_batch_redrive, parse_chain_redrive};
use cxpulse_core::wire::batch::RedrivePreview;
use cxpulse_core::wire::chain::ChainRedrivePreview;
use serde::{Deserialize, Serialize};
use web_sys::Response;

use super::Conductor;
use super::work::{BatchWork, ChainWork, Work};
use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::reply;

/// What our own route asks the object for; the body of `/redrive`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Redriving {
    /// Who says so.
    pub(crate) who: Who,
    /// What they sent, which was found well formed.
    pub(crate) asked: String,
}

/// What a redrive comes to.
struct Planned {
    /// What it begins with.
    indices: Vec<u32>,
    /// How much runs again, with what depends on that.
    count: usize,
    /// That, where nothing is to be run.
    preview: Option<String>,
}

/// 202 and the snapshot where something runs again, 200 where nothing does; or a preview.
pub(super) async fn answer(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<Response, Problem> {
    let Redriving { who, asked } = serde_json::from_str(&incoming.text_up_to(MESSAGE_MAX).await?)?;
    if !conductor.is_there()? {
        return Err(Problem::NotFound);
    }
    let planned = {
        let kept = conductor.kept.borrow();
        match &kept.as_ref().ok_or(Problem::NotFound)?.work {
            Work::Batch(work) => of_batch(work, &asked)?,
            Work::Chain(work) => of_chain(work, &asked)?,
            Work::History(_) => return Err(Problem::NotFound),
        }
    };
    if let Some(preview) = planned.preview {
        return reply::json(200, &[], &preview);
    }
    let is_any = !planned.indices.is_empty();
    if is_any {
        conductor.redrive(planned.indices, planned.count, &who)?;
    }
    let view = conductor.view()?.ok_or(Problem::NotFound)?;
    reply::json(if is_any { 202 } else { 200 }, &[("etag", view.etag())], view.json())
}

fn of_batch(work: &BatchWork, asked: &str) -> Result<Planned, Problem> {
    let asked = parse_batch_redrive(asked).map_err(Problem::of_body)?;
    let plan = work.batch.plan(&asked).map_err(Problem::Invalid)?;
    let preview = asked.is_preview.then(|| RedrivePreview::of(&work.order, &work.batch, &plan));
    let preview = preview.map(|preview| serde_json::to_string(&preview)).transpose()?;
    Ok(Planned { count: plan.items.len(), indices: plan.items, preview })
}

fn of_chain(work: &ChainWork, asked: &str) -> Result<Planned, Problem> {
    let asked = parse_chain_redrive(asked).map_err(Problem::of_body)?;
    let plan = work.chain.plan(&asked).map_err(Problem::Invalid)?;
    let preview = asked.is_preview.then(|| ChainRedrivePreview::of(&work.order, &work.chain, &plan));
    let preview = preview.map(|preview| serde_json::to_string(&preview)).transpose()?;
    let count = plan.nodes.len().saturating_add(plan.after.len());
    Ok(Planned { indices: plan.nodes, count, preview })
}

/// Bytes of a redrive that names every item of a batch, twice over for what JSON makes of JSON.
const MESSAGE_MAX: usize = 8_388_608;
