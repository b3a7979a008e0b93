//! Reads the bindings one by one, and gathers what is wrong with them. Never shows a value.

use cxpulse_core::profile::is_loopback;
use cxpulse_core::retention::{Retention, parse_days};
use cxpulse_core::time::Span;
use cxpulse_core::validate::Invalid;
use web_sys::Url;
use worker::Env;

/// The bindings, and the faults found so far.
pub(super) struct Reader<'a> {
    env: &'a Env,
    faults: Vec<String>,
    /// Read once, for its faults are to be named once.
    retention: Option<Retention>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(env: &'a Env) -> Self {
        Self { env, faults: Vec::new(), retention: None }
    }

    /// The faults; empty where all is well.
    pub(super) fn into_faults(self) -> Vec<String> {
        self.faults
    }

    pub(super) fn fault(&mut self, fault: impl Into<String>) {
        self.faults.push(fault.into());
    }

    /// Of what the core refused: `name` gives each pointer's place.
    pub(super) fn faults_of(&mut self, invalid: &Invalid, name: impl Fn(&str) -> String) {
        let fault = |one: &cxpulse_core::validate::Violation| format!("{}: {}", name(&one.pointer), one.message);
        self.faults.extend(invalid.violations().iter().map(fault));
    }

    /// A text that is not empty.
    pub(super) fn optional(&self, name: &str) -> Option<String> {
        let value = self.env.var(name).ok()?.to_string();
        let value = value.trim();
        (!value.is_empty()).then(|| value.into())
    }

    /// The same, and a fault where it is not there: then empty.
    pub(super) fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.fault(format!("{name} is not set"));
            String::new()
        })
    }

    /// A key of at least so many characters.
    pub(super) fn key(&mut self, name: &str, len_min: usize) -> String {
        let key = self.required(name);
        if !key.is_empty() && key.len() < len_min {
            self.fault(format!("{name} is shorter than {len_min} characters"));
        }
        key
    }

    /// How long tenants that say nothing of it keep things.
    pub(super) fn retention(&mut self) -> Retention {
        if let Some(retention) = self.retention {
            return retention;
        }
        let default = Retention::default();
        let retention = Retention {
            executions: self.days("CXPULSE_RETENTION_DAYS").unwrap_or(default.executions),
            audit: self.days("CXPULSE_AUDIT_RETENTION_DAYS").unwrap_or(default.audit),
        };
        self.retention = Some(retention);
        retention
    }

    fn days(&mut self, name: &str) -> Option<Span> {
        let days = self.optional(name)?.parse().unwrap_or(f64::NAN);
        parse_days(days).map_err(|error| self.fault(format!("{name} {error}"))).ok()
    }

    /// A URL without a slash at its end. Secrets travel there: https, or http to this machine.
    pub(super) fn url(&mut self, name: &str) -> Option<String> {
        let url = self.optional(name)?;
        let url = url.trim_end_matches('/');
        let is_sound = Url::new(url).is_ok_and(|parsed| match parsed.protocol().as_str() {
            "https:" => true,
            "http:" => is_loopback(&parsed.hostname()),
            _ => false,
        });
        if !is_sound {
            self.fault(format!("{name} is not an https URL, nor an http URL of this machine"));
        }
        Some(url.into())
    }
}
