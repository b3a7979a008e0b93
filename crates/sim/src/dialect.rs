//! The dialects that this CXone speaks, and what is asked in them. Never decides whether the asker may.
//!
//! A new dialect is a file below this one and an arm in each match here.

mod dataactions;

use cxpulse_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::callback::CallbackCall;
use crate::exchange::{Reply, Request};
use crate::execution::Execution;
use crate::token::Grant;
use crate::world::World;

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
    /// Anything that no dialect has.
    Other,
}

/// A family of routes, as one tenant's CXone has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    DataActions,
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Submit,
    /// The id as sent; whether it is one is for the dialect to say.
    Poll(String),
    Lookup,
    Cancel(String),
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Token,
    Api(Dialect, Call),
    /// The path is there, with these methods only.
    WrongMethod(&'static str),
    Nowhere,
}

impl Target {
    pub(crate) fn of(request: &Request) -> Self {
        if TOKEN_PATHS.contains(&request.path.as_str()) {
            return if request.method == "POST" { Self::Token } else { Self::WrongMethod("POST") };
        }
        dataactions::target(request).unwrap_or(Self::Nowhere)
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Token => Kind::Token,
            Self::Api(_, Call::Submit) => Kind::Submit,
            Self::Api(_, Call::Poll(_)) => Kind::Poll,
            Self::Api(_, Call::Lookup) => Kind::Lookup,
            Self::Api(_, Call::Cancel(_)) => Kind::Cancel,
            Self::WrongMethod(_) | Self::Nowhere => Kind::Other,
        }
    }
}

impl Dialect {
    /// Does what is asked, for a caller who holds `grant`.
    pub(crate) fn perform(
        self,
        world: &mut World,
        call: &Call,
        request: &Request,
        grant: &Grant,
        now: Timestamp,
    ) -> Reply {
        match self {
            Self::DataActions => dataactions::perform(world, call, request, grant, now),
        }
    }

    /// Writes the callback that tells of an execution at `now`; `None` when it asked for none.
    pub(crate) fn callback(self, execution: &Execution, now: Timestamp) -> Option<CallbackCall> {
        match self {
            Self::DataActions => dataactions::callback(execution, now),
        }
    }
}

/// The token endpoints of the seeds' tenants.
const TOKEN_PATHS: [&str; 3] = ["/oauth/token", "/api/v2/oauth/token", "/platform/oauth/token"];
