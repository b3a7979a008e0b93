//! A call that changes nothing, and what its answer says: whether the token is let in where the profile calls.

use alloc::format;
use alloc::string::{String, ToString};

use super::{Answered, Doctor, Seen, Setting, Step, bad, good, host, path, stray, untried};
use crate::call::{self, Call, CallKind, Credential, HistoryCall, Known, PageQuery, Request};
use crate::execution::{Door, Identity, Order};
use crate::id::{Attempt, UpstreamId};
use crate::profile::{Profile, TokenRule};
use crate::time::{Span, Timestamp};
use crate::validate::{ExecutionRequest, parse_execution};

/// What can be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trial {
    /// This.
    Call(Request),
    /// The profile has nothing that could be asked without doing something.
    Nothing,
}

/// The trial of a profile: a poll of an execution that there is not, or else a page of a history that is empty.
/// `identity` brings what is random.
#[must_use]
pub fn trial(profile: &Profile, identity: Identity, now: Timestamp) -> Trial {
    let request = if profile.poll.is_some() { poll(profile, identity, now) } else { page(profile, &identity, now) };
    request.map_or(Trial::Nothing, Trial::Call)
}

impl Doctor<'_> {
    /// What the trial's answer says.
    #[must_use]
    pub fn poll(&self, url: &str, seen: Seen<'_>) -> Step {
        if let Err(step) = stray(self.at, NAME, url, seen, self.base_setting()) {
            return step;
        }
        let Seen::Answered(answered) = seen else {
            return bad(NAME, "nothing was answered".into(), "ask again later".into());
        };
        let (host, path, status) = (host(url), path(url), answered.status);
        match status {
            401 => self.token_refused(host),
            403 => {
                let scope = needed_scope(&answered).unwrap_or_else(|| self.asked_scope().into());
                bad(NAME, format!("the token may not call {path} (403): {scope} is missing"), self.grant_scopes(&scope))
            }
            404 if is_of_the_api(&answered) => {
                good(NAME, format!("answered as an API does for what there is not ({status})"))
            }
            404 | 405 => {
                let found = format!("there is no such API at {path} of {host} ({status})");
                let (base, profile) = (self.at.name(self.base_setting()), self.at.name(Setting::Profile));
                bad(NAME, found, format!("check {base}, and that {profile} names the profile of your CXone's API"))
            }
            200..=299 => good(NAME, format!("let in, and answered ({status})")),
            // Whoever is not let in is not told that the question is wrong.
            _ => good(NAME, format!("let in; the trial question itself was not taken ({status})")),
        }
    }

    fn token_refused(&self, host: &str) -> Step {
        let base = self.at.name(self.base_setting());
        if self.profile.token == TokenRule::Static {
            let token = self.at.name(Setting::StaticToken);
            let remedy = format!("set {token} to a token that has not expired, of the CXone that {base} names");
            return bad(NAME, format!("{host} does not take the token of {token} (401)"), remedy);
        }
        let found = format!("{host} does not take the token that was just granted (401)");
        let token = self.at.name(self.token_setting());
        if token == base {
            return bad(
                NAME,
                found,
                format!("check {base}: the API and the token are not of the same CXone or region"),
            );
        }
        bad(NAME, found, format!("check that {base} and {token} are of the same CXone, and of the same region"))
    }

    /// Where nothing can be tried.
    #[must_use]
    pub fn untried(&self) -> Step {
        untried(NAME, "skipped: the profile has no call that changes nothing".to_string())
    }
}

fn poll(profile: &Profile, identity: Identity, now: Timestamp) -> Option<Request> {
    let execution_id =
        UpstreamId::parse(crate::id::CorrelationId::from_bytes(identity.correlation_bytes).to_string()).ok()?;
    let watch = parse_execution(r#"{"watch": {"execution_id": "x", "action_id": "cxpulse-doctor"}}"#).ok()?;
    let Door::Watch { action_id, .. } = watch.door else { return None };
    let door = Door::Watch { execution_id: execution_id.clone(), action_id };
    let order = Order::accept(ExecutionRequest { door, ..watch }, identity, profile, now);
    let call = Call { kind: CallKind::Poll, attempt: Attempt::FIRST, credential: Credential::Held };
    call::request(profile, &order, call, Known { upstream_id: Some(&execution_id), callback_url: None })
}

fn page(profile: &Profile, identity: &Identity, now: Timestamp) -> Option<Request> {
    let since = now.minus(Span::from_secs(3_600));
    let filter =
        format!("interactionId IN ['cxpulse-doctor'] AND nodeTimestamp >= '{since}' AND nodeTimestamp <= '{now}'");
    let query = PageQuery { filter: Some(&filter), contact_id: Some("1"), limit: 1, offset: 0, cursor: "" };
    let correlation_id = crate::id::CorrelationId::from_bytes(identity.correlation_bytes);
    let call = HistoryCall { correlation_id: &correlation_id, trace: &identity.trace, seed: identity.seed, number: 1 };
    call::history_request(profile, query, call)
}

/// RFC 6750 section 3: the scope that is needed.
fn needed_scope(answered: &Answered<'_>) -> Option<String> {
    let (_, rest) = answered.www_authenticate?.split_once("scope=\"")?;
    let (scope, _) = rest.split_once('"')?;
    let is_scope = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    (!scope.is_empty() && scope.bytes().all(is_scope)).then(|| super::cut(scope).to_string())
}

/// Whether a 404 is of the API, which speaks JSON, and not of a server that has no such path.
fn is_of_the_api(answered: &Answered<'_>) -> bool {
    answered.content_type.is_some_and(|kind| kind.to_ascii_lowercase().contains("json"))
}

const NAME: &str = "poll";
