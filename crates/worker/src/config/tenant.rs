//! What belongs to one tenant: its dialect, where its CXone is, who we are there, and whose keys act for it.
//! Never shows a secret.

use std::rc::Rc;

use super::WebhookSettings;
use cxpulse_core::credential::Account;
use cxpulse_core::doctor::SettingsAt;
use cxpulse_core::id::TenantId;
use cxpulse_core::profile::{Profile, Site};
use cxpulse_core::redaction::Rules;
use cxpulse_core::retention::Retention;
use cxpulse_core::signature::Key;
use cxpulse_core::validate::Listed;

/// A tenant's settings.
#[derive(Debug, Clone)]
pub(crate) struct TenantSettings {
    /// Its name in requests and addresses.
    pub(crate) id: TenantId,
    /// How its CXone is spoken to, with the tenant's own limits, breaker and proxy rules put in.
    pub(crate) profile: Rc<Profile>,
    /// Where its CXone is, as far as it differs from what the profile says.
    pub(crate) site: Site,
    /// Who we are there. Has what the profile's token flow needs.
    pub(crate) account: Account,
    /// How its notifications leave.
    pub(crate) webhook: WebhookSettings,
    /// The keys that act for this tenant only, and where each is written.
    pub(crate) api_keys: Vec<Listed>,
    /// How long what is over is kept.
    pub(crate) retention: Retention,
    /// What must not be kept of its executions.
    pub(crate) redact: Rules,
    /// What its CXone's callbacks are signed with, the latest first. None where the profile does not verify them.
    pub(crate) callback_keys: Vec<Key>,
    /// Whether its CXone is on this machine, which is so in development and tests only.
    pub(crate) is_local: bool,
    /// Where a person finds these settings.
    pub(crate) written: SettingsAt,
}
