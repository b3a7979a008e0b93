//! The only file that calls CXone for an execution or a token: profile and request in, answer out. Never decides what
//! follows, never logs a body.

use cxpulse_core::allowance::Allowance;
use cxpulse_core::call::{self, ANSWER_MAX, Answer, Call, CallKind, Known, Reply, Request};
use cxpulse_core::credential::{DISCOVERY_HEADERS, Grant, Trouble, read_discovery, read_grant, token_request};
use cxpulse_core::execution::Order;
use cxpulse_core::failure::{Failure, FailureKind};
use cxpulse_core::gate::{CALL_PATIENCE, Fate};
use cxpulse_core::profile::{Profile, Question};
use cxpulse_core::redaction::Redactor;
use cxpulse_core::time::Span;
use cxpulse_core::trace::TraceContext;

use crate::clock;
use crate::config::TenantSettings;
use crate::http::{self, Connections, Outgoing};
use crate::object::tenant::Pass;

/// What a call brought.
pub(crate) struct Heard {
    pub(crate) answer: Answer,
    /// What it tells of CXone; nothing where nothing was sent.
    pub(crate) fate: Fate,
    /// What its headers say of calls left.
    pub(crate) allowance: Allowance,
}

impl Heard {
    /// Nothing was sent: of CXone that tells nothing, whatever the execution makes of it.
    pub(crate) fn unmade(kind: FailureKind, what: &str) -> Self {
        let answer = Answer::Failed(Failure::new(kind, what));
        Self { answer, fate: Fate::Unused, allowance: Allowance::default() }
    }

    fn new(answer: Answer, allowance: Allowance) -> Self {
        let fate = match &answer {
            Answer::Failed(failure) => Fate::from(failure),
            Answer::Seen(_) | Answer::Absent | Answer::Acknowledged => Fate::Good,
        };
        Self { answer, fate, allowance }
    }
}

/// Makes one call, and says what its answer says. Always gives an answer: what goes wrong is one, too.
pub(crate) async fn make(
    connections: &Connections,
    tenant: &TenantSettings,
    order: &Order,
    call: Call,
    known: Known<'_>,
    pass: &Pass,
    redactor: &Redactor,
) -> Heard {
    let unmade = |what| Heard::unmade(FailureKind::ClientError, what);
    if tenant.profile.name != order.profile {
        return unmade("the tenant has another profile by now");
    }
    let Some(request) = call::request(&tenant.profile, order, call, known) else {
        return unmade("the profile has no such call");
    };
    let authorization = format!("Bearer {}", pass.token.secret.reveal());
    let outgoing = Outgoing {
        method: &request.method,
        url: &format!("{}{}", pass.base_url, request.path),
        headers: &headers(&request, &authorization),
        body: request.body.as_deref(),
        timeout: CALL_PATIENCE,
        answer_max: ANSWER_MAX,
        refusal_max: 0,
    };
    match connections.exchange(&outgoing).await {
        Ok(incoming) => Heard::new(read(&tenant.profile, call.kind, &incoming, redactor), incoming.allowance),
        Err(unanswered) => Heard::new(Answer::Failed(Failure::unanswered(unanswered.message())), Allowance::default()),
    }
}

/// Fetches a token for the tenant; `span` is that of the call that needs it, where it has one.
pub(crate) async fn fetch_token(
    connections: &Connections,
    tenant: &TenantSettings,
    url: &str,
    span: Option<&TraceContext>,
) -> Result<Grant, Trouble> {
    let Ok(Some(request)) = token_request(&tenant.profile.token, &tenant.account, url) else {
        return Err(Trouble::Failed(None));
    };
    let parent = span.map(ToString::to_string);
    let ours = [("traceparent", parent.as_deref()), ("tracestate", span.map(TraceContext::tracestate))];
    let ours = ours.into_iter().filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)));
    let headers = request.headers.iter().map(|(name, value)| (*name, value.reveal()));
    let headers: Vec<_> = headers.chain(ours).collect();
    let outgoing = Outgoing {
        method: request.method,
        url: &request.url,
        headers: &headers,
        body: Some(request.body.reveal()),
        timeout: TOKEN_TIMEOUT,
        answer_max: TOKEN_ANSWER_MAX,
        // It says in a word what was refused.
        refusal_max: TOKEN_ANSWER_MAX,
    };
    ask(connections, &outgoing, |reply| read_grant(reply, clock::now())).await
}

/// Asks CXone where something is.
pub(crate) async fn discover(connections: &Connections, question: &Question) -> Result<String, Trouble> {
    let outgoing = Outgoing {
        method: "GET",
        url: &question.url,
        headers: &DISCOVERY_HEADERS,
        body: None,
        timeout: DISCOVERY_TIMEOUT,
        answer_max: TOKEN_ANSWER_MAX,
        refusal_max: 0,
    };
    ask(connections, &outgoing, |reply| read_discovery(question, reply, clock::now())).await
}

async fn ask<T>(
    connections: &Connections,
    outgoing: &Outgoing<'_>,
    read: impl FnOnce(Reply<'_>) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let incoming = connections.exchange(outgoing).await.map_err(|_| Trouble::Failed(None))?;
    // What cannot be read says as much as an empty body: the status decides.
    let body = incoming.body.unwrap_or_default();
    read(Reply { status: incoming.status, retry_after: incoming.retry_after.as_deref(), body: &body })
}

fn headers<'a>(request: &'a Request, authorization: &'a str) -> Vec<(&'a str, &'a str)> {
    let ours = request.headers.iter().map(|(name, value)| (name.as_ref(), value.as_str()));
    ours.chain([("authorization", authorization)]).collect()
}

fn read(profile: &Profile, kind: CallKind, answer: &http::Incoming, redactor: &Redactor) -> Answer {
    match &answer.body {
        Ok(body) => {
            let reply = Reply { status: answer.status, retry_after: answer.retry_after.as_deref(), body };
            call::read_answer(profile, kind, reply, redactor, clock::now())
        }
        Err(unreadable) => {
            let failure = Failure::new(FailureKind::Malformed, unreadable.message());
            Answer::Failed(Failure { status: Some(answer.status), ..failure })
        }
    }
}

/// How long a token may take: other calls wait behind it.
const TOKEN_TIMEOUT: Span = Span::from_secs(15);

/// How long a discovery may take.
const DISCOVERY_TIMEOUT: Span = Span::from_secs(8);

/// Bytes of a token endpoint's answer, or a discovery's.
const TOKEN_ANSWER_MAX: usize = 65_536;
