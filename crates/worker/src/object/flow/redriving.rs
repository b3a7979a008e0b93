//! `POST /v1/batches/{id}/redrive`: runs items again that did not succeed, or tells which would. Never chooses: the core does.

use std::rc::Rc;

use cxpulse_core::audit::Who;
use cxpulse_core::validate::parse_batch_redrive;
use cxpulse_core::wire::batch::RedrivePreview;
use serde::{Deserialize, Serialize};
use web_sys::Response;

use super::Conductor;
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

/// 202 and the snapshot where something runs again, 200 where nothing does; or a preview.
pub(super) async fn answer(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<Response, Problem> {
    let Redriving { who, asked } = serde_json::from_str(&incoming.text_up_to(MESSAGE_MAX).await?)?;
    if !conductor.is_there()? {
        return Err(Problem::NotFound);
    }
    let asked = parse_batch_redrive(&asked).map_err(Problem::of_body)?;
    let (plan, preview) = {
        let kept = conductor.kept.borrow();
        let kept = kept.as_ref().ok_or(Problem::NotFound)?;
        let plan = kept.batch.plan(&asked).map_err(Problem::Invalid)?;
        let preview = asked.is_preview.then(|| RedrivePreview::of(&kept.order, &kept.batch, &plan));
        (plan, preview)
    };
    if let Some(preview) = preview {
        return reply::json(200, &[], &serde_json::to_string(&preview)?);
    }
    let is_any = !plan.items.is_empty();
    if is_any {
        conductor.redrive(plan, &who)?;
    }
    let view = conductor.view()?.ok_or(Problem::NotFound)?;
    reply::json(if is_any { 202 } else { 200 }, &[("etag", view.etag())], view.json())
}

/// Bytes of a redrive that names every item of a batch, twice over for what JSON makes of JSON.
const MESSAGE_MAX: usize = 8_388_608;
