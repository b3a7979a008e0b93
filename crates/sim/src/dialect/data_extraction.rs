//! `/data-extraction/v1/jobs`: CXone's public data extraction, a job as an execution. Has no callback and no cancel.
//!
//! Paths, fields and words as in CXone's public API reference. An entity's name chooses the script; each endpoint takes
//! one call of a client in the interval that the settings say, 30 s as CXone does. The file of a job is behind a signed
//! URL, which asks for no token.

use cxpulse_core::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;

use super::intake::{self, Submission, invalid};
use super::outcome::{ActionError, broken};
use super::{Dialect, Kind, Target, find, require_user, uuid_text};
use crate::discovery::base;
use crate::exchange::{Reply, Request};
use crate::execution::Execution;
use crate::limit::too_many;
use crate::script::{is_completed, is_end};
use crate::stats::add_one;
use crate::token::Grant;
use crate::world::World;

/// What is asked in this dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Start,
    /// The id as sent; whether it is one is for the answer to say.
    Poll(String),
}

impl Call {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Start => Kind::Submit,
            Self::Poll(_) => Kind::Poll,
        }
    }
}

/// Where a request goes in this dialect; `None` when the path is not of it.
pub(super) fn target(request: &Request) -> Option<Target> {
    let rest = request.path.strip_prefix("/data-extraction/v1/jobs")?;
    let (allowed, call) = match rest.split('/').collect::<Vec<_>>().as_slice() {
        [""] => ("POST", Call::Start),
        ["", id] => ("GET", Call::Poll((*id).to_owned())),
        _ => return None,
    };
    Some(Target::of_method(request, allowed, Target::Api(super::Call::DataExtraction(call))))
}

pub(super) fn perform(
    world: &mut World,
    call: &Call,
    request: &Request,
    grant: &Grant,
    now: Timestamp,
) -> Result<Reply, Reply> {
    require_user(grant)?;
    claim(world, call.kind(), grant, now)?;
    match call {
        Call::Start => start(world, request, now),
        Call::Poll(id) => poll(world, request, id, now),
    }
}

/// The file that a signed URL leads to; `None` when the path is none's.
pub(super) fn file_of(path: &str) -> Option<String> {
    Some(path.strip_prefix("/data-extraction/v1/files/")?.strip_suffix(".csv")?.to_owned())
}

/// The rows of a job's file, for whoever has its signature.
pub(crate) fn file(world: &mut World, id: &str, request: &Request, now: Timestamp) -> Reply {
    let execution = match find(world, Dialect::CxoneDataExtraction, id, now) {
        Ok(execution) => execution,
        Err(refusal) => return refusal,
    };
    let signature = uuid_text(execution.record_id);
    if !is_completed(execution.sight(now).word) || request.parameter("signature").as_ref() != Some(&signature) {
        return Reply::refusal(403, "access_denied", "the URL is not signed");
    }
    let mut chance = fastrand::Rng::with_seed(execution.record_id.as_u64_pair().0);
    let row = |number: u32| format!("{number},{},{}\n", chance.u32(1_000..9_999), chance.u32(5..1_800));
    let rows: String = (1..=FILE_ROWS).map(row).collect();
    let body = format!("contactId,agentId,handleSeconds\n{rows}").into_bytes();
    Reply { body, ..Reply::new(200) }.with_header("content-type", "text/csv")
}

/// Takes the endpoint for this interval, or says how long it is taken still.
fn claim(world: &mut World, endpoint: Kind, grant: &Grant, now: Timestamp) -> Result<(), Reply> {
    let interval = world.settings.extraction_interval;
    let claimed = world.intervals.claim(&grant.client_id, endpoint, interval, now);
    claimed.map_err(|rest| too_many(Some(&rest.as_secs_ceil().to_string())))
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct JobBody {
    entity_name: String,
    version: String,
    start_date: String,
    end_date: String,
}

fn start(world: &mut World, request: &Request, now: Timestamp) -> Result<Reply, Reply> {
    let body: JobBody = intake::body(request)?;
    if body.version.is_empty() {
        return Err(invalid("version is to be text"));
    }
    let (start, end) = (date("startDate", &body.start_date)?, date("endDate", &body.end_date)?);
    if start > end {
        return Err(invalid("startDate is to be before endDate"));
    }
    let life = intake::life(request, &body.entity_name).ok_or_else(|| invalid("entityName is not known"))?;
    let submission = Submission {
        dialect: Dialect::CxoneDataExtraction,
        inputs: to_raw_value(&body).map_err(|error| invalid(&error.to_string()))?,
        callback_url: None,
        correlation_id: None,
        life,
        action_id: body.entity_name,
    };
    let execution = intake::execution(world, request, submission, now);
    let reply = Reply::json(202, &uuid_text(execution.id));
    intake::keep(world, execution, now)?;
    Ok(reply)
}

fn poll(world: &mut World, request: &Request, id: &str, now: Timestamp) -> Result<Reply, Reply> {
    let base = base(request)?;
    let execution = find(world, Dialect::CxoneDataExtraction, id, now)?;
    add_one(&mut execution.polls);
    let reply = Reply::json(200, &Status { job_status: JobStatus::of(execution, &base, now) });
    if execution.is_degraded(now) {
        return Ok(broken(execution.polls, reply.body, "jobStatus", "jobStatus"));
    }
    Ok(reply)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    job_status: JobStatus,
}

#[derive(Serialize)]
struct JobStatus {
    id: String,
    status: String,
    result: JobResult,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct JobResult {
    url: Option<String>,
    error_message: Option<&'static str>,
}

impl JobStatus {
    fn of(execution: &Execution, base: &str, now: Timestamp) -> Self {
        let sight = execution.sight(now).word;
        let is_expired = !is_end(sight) && now.since(execution.created_at) > JOB_MAX;
        let (id, signature) = (uuid_text(execution.id), uuid_text(execution.record_id));
        let url = || format!("{base}/data-extraction/v1/files/{id}.csv?signature={signature}");
        Self {
            id: id.clone(),
            status: if is_expired { "EXPIRED".to_owned() } else { word(sight) },
            result: JobResult {
                url: is_completed(sight).then(url),
                error_message: ActionError::of(sight).map(|error| error.message),
            },
        }
    }
}

/// A script's word in this dialect, in the case that the script has it; one that is nobody's stays as it is.
fn word(sight: &str) -> String {
    let said = match sight.to_ascii_uppercase().as_str() {
        "PENDING" | "QUEUED" => "RUNNING",
        "COMPLETED" => "SUCCEEDED",
        "CANCELED" => "CANCELLED",
        _ => sight,
    };
    if sight.chars().any(char::is_uppercase) { said.to_owned() } else { said.to_ascii_lowercase() }
}

/// A day or an instant.
fn date(name: &str, text: &str) -> Result<Timestamp, Reply> {
    let read = Timestamp::parse_rfc3339(text).or_else(|_| Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")));
    read.map_err(|_| invalid(&format!("{name} is to be a date like 2026-11-21 or 2026-11-21T10:00:00Z")))
}

const FILE_ROWS: u32 = 100;
/// How long a job may run until CXone drops it.
const JOB_MAX: Span = Span::from_secs(86_400);
