//! What a discovery came to: whether CXone names its API and its token endpoint, or why not.

use alloc::format;
use alloc::string::String;

use super::{Doctor, Examined, Seen, Setting, bad, good, host, stray};
use crate::call::Reply;
use crate::credential::{Trouble, read_discovery};
use crate::profile::Question;
use crate::time::Timestamp;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Where the API is.
    Api,
    /// Where tokens are had.
    Tokens,
}

impl Doctor<'_> {
    /// What a discovery's answer says: the URL that it names.
    #[must_use]
    pub fn discovery(&self, place: Place, question: &Question, seen: Seen<'_>, now: Timestamp) -> Examined<String> {
        let refused = |step| Examined { step, value: None };
        if let Err(step) = stray(self.at, NAME, &question.url, seen, self.issuer_of(place)) {
            return refused(step);
        }
        let Seen::Answered(answered) = seen else {
            return refused(bad(NAME, "nothing was answered".into(), "ask again later".into()));
        };
        let host = host(&question.url);
        let reply = Reply { status: answered.status, retry_after: answered.retry_after, body: answered.body };
        match read_discovery(question, reply, now) {
            Ok(url) => {
                let found = format!("{host} names {} as {}", super::host(&url), place.words());
                Examined { step: good(NAME, found), value: Some(url) }
            }
            Err(Trouble::Refused(_)) => {
                let found = format!("{host} knows no such tenant ({})", answered.status);
                refused(bad(NAME, found, self.tenant_remedy(place, question)))
            }
            Err(Trouble::Failed(_)) => {
                let found =
                    format!("{host} answers {}, and names no https URL at {}", answered.status, question.pointer);
                let whole = self.at.name(place.setting());
                refused(bad(NAME, found, format!("set {whole} to the whole URL, or mend the profile's discovery")))
            }
        }
    }

    fn tenant_remedy(&self, place: Place, question: &Question) -> String {
        let variables = self.at.name(Setting::Variables);
        if question.url.contains('?') {
            return format!(
                "set the tenant id in {variables} to the one that CXone's admin console shows for your business unit"
            );
        }
        format!("check {}: CXone publishes its configuration there", self.at.name(self.issuer_of(place)))
    }
}

impl Place {
    const fn words(self) -> &'static str {
        match self {
            Self::Api => "the place of its API",
            Self::Tokens => "the place of its tokens",
        }
    }

    const fn setting(self) -> Setting {
        match self {
            Self::Api => Setting::BaseUrl,
            Self::Tokens => Setting::TokenUrl,
        }
    }
}

const NAME: &str = "discovery";
