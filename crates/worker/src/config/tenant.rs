//! What belongs to one tenant: its dialect, where its CXone is, who we are there, and whose keys act for it.
//! Never shows a secret.

use std::collections::BTreeMap;
use std::rc::Rc;

use cxpulse_core::credential::Secret;
use cxpulse_core::id::TenantId;
use cxpulse_core::profile::Profile;

/// A tenant's settings.
#[derive(Debug, Clone)]
pub(crate) struct TenantSettings {
    /// Its name in requests and addresses.
    pub(crate) id: TenantId,
    /// How its CXone is spoken to, with the tenant's own limits, breaker and proxy rules put in.
    pub(crate) profile: Rc<Profile>,
    /// Where its CXone is, without a slash at the end; `None` where the profile's own base says so.
    pub(crate) base_url: Option<String>,
    /// Where its tokens are had, a whole URL; `None` where the profile says so.
    pub(crate) token_url: Option<String>,
    /// Who we are there.
    pub(crate) account: Account,
    /// What the profile's templates are filled with.
    pub(crate) variables: BTreeMap<String, String>,
    /// SHA-256 of each key that acts for this tenant only.
    pub(crate) api_key_hashes: Vec<[u8; 32]>,
    /// Whether its CXone is on this machine, which is so in development and tests only.
    pub(crate) is_local: bool,
}

/// Who we are at CXone. Which of these a tenant needs follows from its profile's token flow.
#[derive(Debug, Clone, Default)]
pub(crate) struct Account {
    /// Of an OAuth client.
    pub(crate) client_id: Option<String>,
    /// Its secret.
    pub(crate) client_secret: Option<Secret>,
    /// Of a CXone access key.
    pub(crate) access_key_id: Option<String>,
    /// Its secret.
    pub(crate) access_key_secret: Option<Secret>,
    /// A token that never changes.
    pub(crate) static_token: Option<Secret>,
}
