//! What can be done over HTTP, as tables: one row for each method of each route. Never how it is done.

use crate::shape::Shape;

mod audit;
mod batch;
mod chain;
mod execution;
mod history;
mod notification;
mod service;
mod socket;
mod tenant;

/// One method of one route.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// The name that a generated client has for it.
    pub id: &'static str,
    /// In lower case.
    pub method: &'static str,
    /// With its parameters in braces.
    pub path: &'static str,
    /// What it belongs to.
    pub tag: Tag,
    /// A few words.
    pub summary: &'static str,
    /// What a caller has to know, in Markdown.
    pub description: &'static str,
    /// Who may.
    pub access: Access,
    /// Names of `components/parameters`, those of the path first.
    pub parameters: &'static [&'static str],
    /// What it reads.
    pub body: Option<Body>,
    /// What it answers where all is well.
    pub answers: &'static [Answer],
    /// Names of causes, beside those that any caller of its [`Access`] may be told.
    pub problems: &'static [&'static str],
}

/// What operations belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// Executions of Data Actions.
    Executions,
    /// Batches: one action over many items.
    Batches,
    /// Chains: actions as a graph.
    Chains,
    /// Histories: what interactions went through.
    Histories,
    /// The audit log.
    Audit,
    /// View tokens.
    Tokens,
    /// What CXone calls.
    Callbacks,
    /// What webhooks are told.
    Notifications,
    /// The plain proxy.
    Proxy,
    /// What operators do.
    Tenants,
    /// The deployment itself.
    Service,
}

/// Who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Whoever has a key with the scope.
    Key(&'static str),
    /// Whoever has a key with the scope, or a view token with the verb.
    Viewer(&'static str, &'static str),
    /// The same, where a browser cannot send headers: the token may stand in the query.
    Stream(&'static str, &'static str),
    /// Anybody: the address itself is the secret, or there is none.
    Anybody,
}

/// What an operation reads.
#[derive(Debug, Clone, Copy)]
pub struct Body {
    /// Its schema, which the reader of `media_type` holds it to.
    pub shape: Shape,
    /// `application/json`, or `*/*` for whatever there is.
    pub media_type: &'static str,
    /// Whether it has to be there.
    pub is_required: bool,
}

/// What an operation answers.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// 100..=399, or `default` for what CXone says.
    pub status: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Media types and their schemas; none for an answer without a body.
    pub content: &'static [(&'static str, Shape)],
    /// Names of `components/headers`.
    pub headers: &'static [&'static str],
}

/// Every operation, in the order in which they are read.
#[must_use]
pub fn all() -> Vec<Operation> {
    [
        execution::OPERATIONS,
        socket::OPERATIONS,
        batch::OPERATIONS,
        chain::OPERATIONS,
        history::OPERATIONS,
        notification::OPERATIONS,
        audit::OPERATIONS,
        tenant::OPERATIONS,
        service::OPERATIONS,
    ]
    .concat()
}

impl Tag {
    /// Every tag, in the order in which they are read.
    pub const ALL: [Self; 11] = [
        Self::Executions,
        Self::Batches,
        Self::Chains,
        Self::Histories,
        Self::Audit,
        Self::Tokens,
        Self::Callbacks,
        Self::Notifications,
        Self::Proxy,
        Self::Tenants,
        Self::Service,
    ];

    /// For people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Executions => "Executions",
            Self::Batches => "Batches",
            Self::Chains => "Chains",
            Self::Histories => "Histories",
            Self::Audit => "Audit",
            Self::Tokens => "Tokens",
            Self::Callbacks => "Callbacks",
            Self::Notifications => "Notifications",
            Self::Proxy => "Proxy",
            Self::Tenants => "Tenants",
            Self::Service => "Service",
        }
    }

    /// What it is about.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Executions => {
                "Runs of Data Actions on CXone: started or followed, watched until they end, canceled, audited."
            }
            Self::Batches => {
                "One action over many items: started, counted, canceled, and run again where they did not succeed."
            }
            Self::Chains => {
                "Actions as a graph, with values that flow along its edges: checked, run, shown, canceled, and run again from what failed."
            }
            Self::Histories => {
                "What interactions went through on CXone: fetched page by page, analysed as it comes, and handed to other tools."
            }
            Self::Audit => "What happened, when, and who did it: for people and collectors.",
            Self::Tokens => "View tokens, which let a page show executions without a key.",
            Self::Callbacks => "What CXone calls, so that nobody has to wait for the next poll.",
            Self::Notifications => "What webhooks are told of executions: owed, delivered, given up, sent again.",
            Self::Proxy => "CXone's own API, as far as the tenant's rules let it through.",
            Self::Tenants => "What operators see and do of a tenant's connection to CXone.",
            Self::Service => "The deployment itself, and this description of it.",
        }
    }
}

impl Access {
    /// Causes that any caller may be told, whatever they ask for.
    #[must_use]
    pub fn problems(self) -> Vec<&'static str> {
        let any =
            ["method-not-allowed", "address-too-long", "headers-too-large", "internal", "unavailable", "misconfigured"];
        let known: &[&str] = if self.is_known() { &["unauthorized", "forbidden", "rate-limit-exceeded"] } else { &[] };
        any.iter().chain(known).copied().collect()
    }

    /// Whether callers say who they are, and so have a rate of their own.
    #[must_use]
    pub const fn is_known(self) -> bool {
        match self {
            Self::Key(_) | Self::Viewer(..) | Self::Stream(..) => true,
            Self::Anybody => false,
        }
    }
}

impl Operation {
    /// Every cause that its callers may be told.
    #[must_use]
    pub fn all_problems(&self) -> Vec<&'static str> {
        let body: &[&str] = if self.body.is_some() { &["body-too-slow"] } else { &[] };
        self.problems.iter().chain(body).copied().chain(self.access.problems()).collect()
    }
}

/// A body of JSON that has to be there.
const fn json(shape: Shape) -> Option<Body> {
    Some(Body { shape, media_type: "application/json", is_required: true })
}
