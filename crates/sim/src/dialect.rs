//! The dialects that this CXone speaks, and what is asked in them. Never decides whether the asker may: each dialect
//! does, by the scopes that it wants.
//!
//! A new dialect is a file below this one, and an arm in each match of [`Call`].

mod data_actions;
mod data_extraction;
mod dataactions;
mod dx_actions;
mod intake;
mod interactions_history;
mod outcome;
mod state_history;

use cxpulse_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::callback::CallbackCall;
use crate::discovery::Document;
use crate::exchange::{Reply, Request};
use crate::execution::Execution;
use crate::token::{Flow, Grant};
use crate::world::World;

pub(crate) use self::data_extraction::file;
pub(crate) use self::interactions_history::Archive;

/// What a request is for: the unit of counting and of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An access token.
    Token,
    /// A new execution.
    Submit,
    /// One execution by id.
    Poll,
    /// Executions by correlation id.
    Lookup,
    /// The end of an execution.
    Cancel,
    /// A page of interactions.
    History,
    /// The states of one contact.
    StateHistory,
    /// Where this tenant's endpoints are.
    Discovery,
    /// A file, a wrong method, and anything that no dialect has.
    Other,
}

impl Kind {
    /// Whether it is an API call: what rates, bounds and counts of calls are about.
    #[must_use]
    pub const fn is_api(self) -> bool {
        !matches!(self, Self::Token | Self::Discovery)
    }
}

/// A family of routes, as one tenant's CXone has them; in JSON `dx-actions` and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Dialect {
    Dataactions,
    DxActions,
    DataActions,
    InteractionsHistory,
    CxoneDataExtraction,
    CxoneStateHistory,
}

/// What is asked of the API, in one of the dialects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Dataactions(dataactions::Call),
    DxActions(dx_actions::Call),
    DataActions(data_actions::Execute),
    InteractionsHistory,
    DataExtraction(data_extraction::Call),
    StateHistory(state_history::Contact),
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Token(Flow),
    Discovery(Document),
    Api(Call),
    /// The file of a data extraction, by the execution's id as sent.
    File(String),
    /// The path is there, with these methods only.
    WrongMethod(&'static str),
    Nowhere,
}

impl Target {
    pub(crate) fn of(request: &Request) -> Self {
        if let Some(flow) = Flow::of(&request.path) {
            return Self::of_method(request, "POST", Self::Token(flow));
        }
        if let Some(document) = Document::of(&request.path) {
            return Self::of_method(request, "GET", Self::Discovery(document));
        }
        if let Some(id) = data_extraction::file_of(&request.path) {
            return Self::of_method(request, "GET", Self::File(id));
        }
        DIALECTS.into_iter().find_map(|target| target(request)).unwrap_or(Self::Nowhere)
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Token(_) => Kind::Token,
            Self::Discovery(_) => Kind::Discovery,
            Self::Api(call) => call.kind(),
            Self::File(_) | Self::WrongMethod(_) | Self::Nowhere => Kind::Other,
        }
    }

    /// The dialect that it is asked in, where it is asked in one.
    pub(crate) fn dialect(&self) -> Option<Dialect> {
        match self {
            Self::Api(call) => Some(call.dialect()),
            Self::File(_) => Some(Dialect::CxoneDataExtraction),
            Self::Token(_) | Self::Discovery(_) | Self::WrongMethod(_) | Self::Nowhere => None,
        }
    }

    /// The target where the method is the one that it takes.
    fn of_method(request: &Request, allowed: &'static str, target: Self) -> Self {
        if request.method == allowed { target } else { Self::WrongMethod(allowed) }
    }
}

impl Call {
    fn dialect(&self) -> Dialect {
        match self {
            Self::Dataactions(_) => Dialect::Dataactions,
            Self::DxActions(_) => Dialect::DxActions,
            Self::DataActions(_) => Dialect::DataActions,
            Self::InteractionsHistory => Dialect::InteractionsHistory,
            Self::DataExtraction(_) => Dialect::CxoneDataExtraction,
            Self::StateHistory(_) => Dialect::CxoneStateHistory,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Dataactions(call) => call.kind(),
            Self::DxActions(call) => call.kind(),
            Self::DataActions(_) => Kind::Submit,
            Self::InteractionsHistory => Kind::History,
            Self::DataExtraction(call) => call.kind(),
            Self::StateHistory(_) => Kind::StateHistory,
        }
    }

    /// Does what is asked, for a caller who holds `grant`.
    pub(crate) fn perform(&self, world: &mut World, request: &Request, grant: &Grant, now: Timestamp) -> Reply {
        if !admits_json(request) {
            return Reply::refusal(406, "not_acceptable", "accept is to admit application/json");
        }
        let done = match self {
            Self::Dataactions(call) => dataactions::perform(world, call, request, grant, now),
            Self::DxActions(call) => dx_actions::perform(world, call, request, grant, now),
            Self::DataActions(call) => data_actions::perform(world, call, request, grant, now),
            Self::InteractionsHistory => interactions_history::perform(world, request, grant, now),
            Self::DataExtraction(call) => data_extraction::perform(world, call, request, grant, now),
            Self::StateHistory(contact) => state_history::perform(world, contact, grant, now),
        };
        done.unwrap_or_else(|refusal| refusal)
    }
}

/// Writes the callback that tells of an execution at `now`; `None` when it asked for none, or cannot in its dialect.
pub(crate) fn callback(execution: &Execution, now: Timestamp) -> Option<CallbackCall> {
    let url = execution.callback_url.clone()?;
    let body = match execution.dialect {
        Dialect::Dataactions => dataactions::callback_body(execution, now),
        Dialect::DxActions => dx_actions::callback_body(execution, now),
        Dialect::DataActions
        | Dialect::InteractionsHistory
        | Dialect::CxoneDataExtraction
        | Dialect::CxoneStateHistory => return None,
    };
    let carried = [("x-correlation-id", &execution.correlation_id), ("traceparent", &execution.traceparent)];
    let carried = carried.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
    let headers = [("content-type".to_owned(), "application/json".to_owned())].into_iter().chain(carried).collect();
    let id = format!("msg_{}_{}", execution.id.simple(), now.as_millis());
    Some(CallbackCall { url, headers, proof: Vec::new(), id, body, attempt: 1 })
}

/// Refuses a grant that lacks a scope.
fn require(grant: &Grant, scope: &str) -> Result<(), Reply> {
    if grant.scopes.iter().any(|granted| granted == scope) {
        return Ok(());
    }
    Err(Reply::refusal(403, "insufficient_scope", &format!("the scope {scope} is required")))
}

/// Refuses a grant that stands for no user: CXone's public API is a user's.
fn require_user(grant: &Grant) -> Result<(), Reply> {
    if grant.is_user {
        return Ok(());
    }
    Err(Reply::refusal(403, "insufficient_scope", "a token from an access key is required"))
}

/// The execution by its id as sent, if it was submitted in that dialect and can be seen.
fn find<'a>(world: &'a mut World, dialect: Dialect, id: &str, now: Timestamp) -> Result<&'a mut Execution, Reply> {
    let Some(id) = parse_uuid(id) else {
        return Err(Reply::refusal(400, "invalid_request", "the execution id is not a UUID"));
    };
    let found = world.executions.get_mut(id);
    let found = found.filter(|execution| execution.dialect == dialect && execution.is_visible(now));
    found.ok_or_else(|| Reply::refusal(404, "not_found", "no such execution"))
}

/// Only the form with hyphens, as in the seeds.
fn parse_uuid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

fn uuid_text(id: Uuid) -> String {
    id.hyphenated().to_string()
}

/// A segment of a path, decoded; `None` where it is none or its bytes are no text.
fn segment(sent: &str) -> Option<String> {
    let is_one = !sent.is_empty() && !sent.contains('/');
    let text = is_one.then(|| percent_encoding::percent_decode_str(sent).decode_utf8().ok())??;
    Some(text.into_owned())
}

/// RFC 9110 section 12.5.1, as far as one media type goes. Without the header CXone refuses.
fn admits_json(request: &Request) -> bool {
    let accept = request.header("accept").unwrap_or_default();
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let media_range = parts.next().unwrap_or_default().to_ascii_lowercase();
        let is_excluded = parts.any(|part| matches!(part.to_ascii_lowercase().as_str(), "q=0" | "q=0.0"));
        matches!(media_range.as_str(), "application/json" | "application/*" | "*/*") && !is_excluded
    })
}

/// Each dialect's reading of a path; their paths have nothing in common.
const DIALECTS: [fn(&Request) -> Option<Target>; 6] = [
    dataactions::target,
    dx_actions::target,
    data_actions::target,
    interactions_history::target,
    data_extraction::target,
    state_history::target,
];
