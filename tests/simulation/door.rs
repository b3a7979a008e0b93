//! The door that callbacks come to, as the Worker's object has it: who is believed, and what was here before. Never steps
//! the machine itself.

use std::collections::BTreeMap;

use cxpulse_core::callback::{self, Inbox, Receipt};
use cxpulse_core::profile::{CallbackRule, Profile};
use cxpulse_core::signature::Key;
use cxpulse_core::time::Timestamp;
use cxpulse_sim::{CallbackCall, Preset, Signing};
use fastrand::Rng;
use serde_json::{Value, json};

/// What is verified, and with what; nothing where callbacks are not signed.
#[derive(Debug)]
pub struct Door {
    rule: Option<(CallbackRule, Key)>,
}

/// What becomes of one that knocks.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Not believed.
    Refused,
    /// Believed, and here before; what is remembered from now on.
    Repeated(Inbox),
    /// Believed and new; what is remembered once the step is saved, and what it is known by.
    New(Inbox, Option<String>),
}

impl Door {
    /// The door of a tenant whose CXone signs so.
    ///
    /// # Panics
    /// Where the core does not know what the simulation signs by.
    #[must_use]
    pub fn of(signing: Option<&Signing>) -> Self {
        let rule = signing.map(|signing| {
            let (_, text) =
                cxpulse_core::profile::BUILT_IN.iter().find(|(name, _)| *name == "dataactions").expect("built in");
            let mut profile: Value = serde_json::from_str(text).expect("a profile is JSON");
            profile["callback"] = json!({"preset": preset_name(signing.preset)});
            let profile = Profile::parse(&profile.to_string()).expect("the preset is known");
            let rule = profile.callback.expect("it has a rule");
            let key = rule.preset.key(&signing.secret).expect("the secret is one");
            (rule, key)
        });
        Self { rule }
    }

    /// Lets one knock.
    #[must_use]
    pub fn knock(&self, call: &CallbackCall, inbox: &Inbox, now: Timestamp) -> Verdict {
        let Some((rule, key)) = &self.rule else { return Verdict::New(inbox.clone(), None) };
        let headers: BTreeMap<&str, &String> =
            call.headers.iter().chain(&call.proof).map(|(name, value)| (name.as_str(), value)).collect();
        let header = |name: &str| headers.get(name.to_ascii_lowercase().as_str()).map(|value| (*value).clone());
        let Ok(accepted) = callback::verify(rule, std::slice::from_ref(key), &header, &call.body, now) else {
            return Verdict::Refused;
        };
        let (mark, mut next) = (accepted.mark.clone(), inbox.clone());
        match next.receive(accepted, now) {
            Receipt::New => Verdict::New(next, Some(mark)),
            Receipt::Repeated { .. } => Verdict::Repeated(next),
        }
    }
}

/// How a seed's CXone signs, if it does. Drawn apart, so that the rest of the seed's life stays what it was.
pub(super) fn pick_signing(seed: u64) -> Option<Signing> {
    let mut chance = Rng::with_seed(seed ^ 0x5161_6e61_7475_7265);
    let (preset, secret) = match chance.u8(..6) {
        0 => (Preset::HmacBody, SECRET),
        1 => (Preset::HmacTimestampBody, SECRET),
        2 => (Preset::StandardWebhooks, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        3 => (Preset::Bearer, SECRET),
        _ => return None,
    };
    Some(Signing { preset, secret: secret.to_owned() })
}

const fn preset_name(preset: Preset) -> &'static str {
    match preset {
        Preset::HmacBody => "hmac_body",
        Preset::HmacTimestampBody => "hmac_timestamp_body",
        Preset::StandardWebhooks => "standard_webhooks",
        Preset::Bearer => "bearer",
    }
}

const SECRET: &str = "the-secret-of-callbacks";
