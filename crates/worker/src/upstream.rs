//! The only file that calls CXone: profile and request in, answer out. Never decides what follows, never logs a body.

use cxpulse_core::call::{self, ANSWER_MAX, Answer, Call, CallKind, Known, Reply, Request};
use cxpulse_core::credential::{Grant, Secret, Trouble, read_grant, token_request};
use cxpulse_core::execution::Order;
use cxpulse_core::failure::{Failure, FailureKind};
use cxpulse_core::profile::{Located, Profile};
use cxpulse_core::time::Span;

use crate::clock;
use crate::config::TenantSettings;
use crate::http::{self, Outgoing};

/// Makes one call, and says what its answer says. Always gives an answer: what goes wrong is one, too.
pub(crate) async fn make(
    tenant: &TenantSettings,
    order: &Order,
    call: Call,
    known: Known<'_>,
    token: &Secret,
) -> Answer {
    let Some(request) = call::request(&tenant.profile, order, call, known) else {
        return Answer::Failed(Failure::new(FailureKind::ClientError, "the profile has no such call"));
    };
    let url = format!("{}{}", tenant.site.base_url.as_deref().unwrap_or_default(), request.path);
    let authorization = format!("Bearer {}", token.reveal());
    let answer = http::exchange(&Outgoing {
        method: &request.method,
        url: &url,
        headers: &headers(&request, &authorization),
        body: request.body.as_deref(),
        timeout: TIMEOUT,
        answer_max: ANSWER_MAX,
    })
    .await;
    match answer {
        Ok(answer) => read(&tenant.profile, call.kind, &answer),
        Err(unanswered) => Answer::Failed(Failure::unanswered(unanswered.message())),
    }
}

/// Fetches a token for the tenant.
pub(crate) async fn fetch_token(tenant: &TenantSettings) -> Result<Grant, Trouble> {
    let base_url = tenant.site.base_url.as_deref().unwrap_or_default();
    let Ok(Some(Located::At(url))) = tenant.profile.locate_token(&tenant.site, base_url) else {
        return Err(Trouble::Failed(None));
    };
    let Ok(Some(request)) = token_request(&tenant.profile.token, &tenant.account, &url) else {
        return Err(Trouble::Failed(None));
    };
    let headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.reveal())).collect();
    let answer = http::exchange(&Outgoing {
        method: request.method,
        url: &request.url,
        headers: &headers,
        body: Some(request.body.reveal()),
        timeout: TOKEN_TIMEOUT,
        answer_max: TOKEN_ANSWER_MAX,
    })
    .await
    .map_err(|_| Trouble::Failed(None))?;
    let body = answer.body.map_err(|_| Trouble::Failed(None))?;
    let reply = Reply { status: answer.status, retry_after: answer.retry_after.as_deref(), body: &body };
    read_grant(reply, clock::now())
}

fn headers<'a>(request: &'a Request, authorization: &'a str) -> Vec<(&'a str, &'a str)> {
    let ours = request.headers.iter().map(|(name, value)| (name.as_ref(), value.as_str()));
    ours.chain([("authorization", authorization)]).collect()
}

fn read(profile: &Profile, kind: CallKind, answer: &http::Incoming) -> Answer {
    match &answer.body {
        Ok(body) => {
            let reply = Reply { status: answer.status, retry_after: answer.retry_after.as_deref(), body };
            call::read_answer(profile, kind, reply, clock::now())
        }
        Err(unreadable) => {
            let failure = Failure::new(FailureKind::Malformed, unreadable.message());
            Answer::Failed(Failure { status: Some(answer.status), ..failure })
        }
    }
}

/// How long a call may take. Shorter than the machine's own patience, which is the second net.
const TIMEOUT: Span = Span::from_secs(30);

/// How long a token may take: other calls wait behind it.
const TOKEN_TIMEOUT: Span = Span::from_secs(15);

/// Bytes of a token endpoint's answer.
const TOKEN_ANSWER_MAX: usize = 65_536;
