//! What a token endpoint's answer came to: whether we are who we say, and may what the profile asks for.
//!
//! Codes of refusals after RFC 6749 section 5.2; scopes that are granted after its sections 3.3 and 5.1.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Answered, Doctor, Examined, Seen, Setting, Step, bad, good, host, path, stray, untried};
use crate::call::Reply;
use crate::credential::{Grant, Refusal, Trouble, read_grant};
use crate::json::{self, Json};
use crate::profile::{KeyEncoding, TokenRule};
use crate::time::Timestamp;

impl Doctor<'_> {
    /// What a token endpoint's answer says.
    #[must_use]
    pub fn token(&self, url: &str, seen: Seen<'_>, now: Timestamp) -> Examined<Grant> {
        let refused = |step| Examined { step, value: None };
        if let Err(step) = stray(self.at, NAME, url, seen, self.token_setting()) {
            return refused(step);
        }
        let Seen::Answered(answered) = seen else {
            return refused(bad(NAME, "nothing was answered".into(), "ask again later".into()));
        };
        if matches!(answered.status, 404 | 405) {
            let found = format!("there is no token endpoint at {} of {} ({})", path(url), host(url), answered.status);
            let token_url = self.at.name(Setting::TokenUrl);
            let used = self.token_setting();
            let is_whole = used == Setting::TokenUrl;
            let or_else = if is_whole { String::new() } else { format!(", or check {}", self.at.name(used)) };
            return refused(bad(NAME, found, format!("set {token_url} to where tokens are had{or_else}")));
        }
        let reply = Reply { status: answered.status, retry_after: answered.retry_after, body: answered.body };
        match read_grant(reply, now) {
            Ok(grant) => Examined { step: granted(&grant), value: Some(grant) },
            Err(Trouble::Refused(refusal)) => refused(self.refusal(refusal, answered.status)),
            Err(Trouble::Failed(_)) => {
                let found = format!("{} answers {}, and gives no bearer token", host(url), answered.status);
                let used = self.at.name(self.token_setting());
                refused(bad(
                    NAME,
                    found,
                    format!("check {used} and the profile's token flow: this is no token endpoint"),
                ))
            }
        }
    }

    /// A token that is in the settings, and never asked for.
    #[must_use]
    pub fn static_token(&self) -> Step {
        untried(NAME, format!("{} is used as it is; none is asked for", self.at.name(Setting::StaticToken)))
    }

    /// Whether a granted token covers what the profile asks for, as far as the answer says.
    #[must_use]
    pub fn scope(&self, seen: Seen<'_>) -> Option<Step> {
        let TokenRule::ClientCredentials { scope: Some(asked), .. } = &self.profile.token else { return None };
        let Seen::Answered(Answered { body, .. }) = seen else { return None };
        let body = Json::parse(body).ok()?;
        let Some(granted) = body.pointer("/scope").and_then(json::text) else {
            return Some(good(SCOPE, format!("asked for {asked}; the answer does not say otherwise")));
        };
        let granted: Vec<&str> = granted.split_ascii_whitespace().collect();
        let missing: Vec<&str> = asked.split_ascii_whitespace().filter(|scope| !granted.contains(scope)).collect();
        if missing.is_empty() {
            return Some(good(SCOPE, format!("granted: {asked}")));
        }
        Some(bad(SCOPE, format!("not granted: {}", missing.join(" ")), self.grant_scopes(&missing.join(" "))))
    }

    fn refusal(&self, refusal: Refusal, status: u16) -> Step {
        let code = refusal.name();
        match refusal {
            Refusal::InvalidClient => {
                bad(NAME, format!("CXone does not know the client, or its secret ({code})"), self.client())
            }
            Refusal::InvalidGrant => {
                let found = format!("CXone does not know the access key, or its secret ({code})");
                bad(NAME, found, self.access_key())
            }
            Refusal::InvalidScope => {
                let scope = self.asked_scope();
                bad(NAME, format!("the client may not ask for {scope} ({code})"), self.grant_scopes(scope))
            }
            Refusal::UnauthorizedClient | Refusal::UnsupportedGrantType | Refusal::InvalidRequest => {
                let profile = self.at.name(Setting::Profile);
                let remedy = format!(
                    "allow the flow for the application in CXone's admin console, or name in {profile} a profile with \
                     another token flow"
                );
                bad(NAME, format!("CXone refuses the profile's token flow ({code})"), remedy)
            }
            Refusal::Unexplained | Refusal::Discovery | Refusal::StaticToken => {
                let remedy = if self.has_access_key() { self.access_key() } else { self.client() };
                bad(NAME, format!("CXone refuses the credentials, and does not say why ({status})"), remedy)
            }
        }
    }

    fn client(&self) -> String {
        let (id, secret) = (self.at.name(Setting::ClientId), self.at.name(Setting::ClientSecret));
        format!("set {id} and {secret} to those of the application registered in CXone's admin console")
    }

    fn access_key(&self) -> String {
        let (id, secret) = (self.at.name(Setting::AccessKeyId), self.at.name(Setting::AccessKeySecret));
        format!("set {id} and {secret} to an access key that is active at its user in CXone's admin console")
    }

    /// Where scopes are granted: it depends on who the token is for.
    pub(super) fn grant_scopes(&self, scopes: &str) -> String {
        match &self.profile.token {
            TokenRule::ClientCredentials { .. } => format!(
                "grant the application {scopes} in CXone's admin console, or ask for other scopes in a profile of your own"
            ),
            TokenRule::AccessKey { .. } => {
                format!("give the user whose access key this is a role with {scopes} in CXone's admin console")
            }
            TokenRule::Static => {
                format!("set {} to a token that was granted {scopes}", self.at.name(Setting::StaticToken))
            }
        }
    }

    const fn has_access_key(&self) -> bool {
        matches!(&self.profile.token, TokenRule::AccessKey { encoding: KeyEncoding::Form | KeyEncoding::Json, .. })
    }

    pub(super) fn asked_scope(&self) -> &str {
        match &self.profile.token {
            TokenRule::ClientCredentials { scope: Some(scope), .. } => scope,
            TokenRule::ClientCredentials { scope: None, .. } | TokenRule::AccessKey { .. } | TokenRule::Static => {
                "what the call needs"
            }
        }
    }
}

fn granted(grant: &Grant) -> Step {
    match grant.lifetime {
        Some(lifetime) => good(NAME, format!("granted, for {}", super::seconds(lifetime))),
        None => {
            // Not wrong, and worth knowing.
            let remedy = "nothing: such a token is renewed as if it lived 300 s".to_string();
            Step { remedy: Some(remedy), ..good(NAME, "granted, without expires_in".to_string()) }
        }
    }
}

const NAME: &str = "token";

const SCOPE: &str = "scope";
