//! What a tenant's settings are called where a person sets them. Never holds a value.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use crate::id::TenantId;

/// Where a tenant's settings are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingsAt {
    /// In variables of their own, which describe the tenant `default`.
    Variables,
    /// In the tenant's entry of `CXPULSE_TENANTS`.
    Entry(TenantId),
}

/// A setting of a tenant. Its text is its field in an entry: `client_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// The name of the profile.
    Profile,
    /// Where CXone is.
    BaseUrl,
    /// Where tokens are had.
    TokenUrl,
    /// Who publishes where CXone is.
    Issuer,
    /// What the profile's places are filled with.
    Variables,
    /// Of the OAuth client.
    ClientId,
    /// Of the OAuth client.
    ClientSecret,
    /// Of the access key.
    AccessKeyId,
    /// Of the access key.
    AccessKeySecret,
    /// The token that never changes.
    StaticToken,
    /// What CXone's callbacks are signed with.
    CallbackSecrets,
}

impl SettingsAt {
    /// What a setting is called: `CXONE_CLIENT_ID`, or `/acme/client_id of CXPULSE_TENANTS`.
    #[must_use]
    pub fn name(&self, setting: Setting) -> String {
        match self {
            Self::Variables => setting.variable().into(),
            Self::Entry(id) => format!("/{id}/{setting} of CXPULSE_TENANTS"),
        }
    }

    /// The same for a place in what stands instead of the profile's own, as an RFC 6901 pointer into the profile.
    #[must_use]
    pub fn override_name(&self, pointer: &str) -> String {
        if let Self::Entry(id) = self {
            return format!("/{id}{pointer} of CXPULSE_TENANTS");
        }
        let found = OVERRIDES.iter().find_map(|(start, name)| Some((*name, pointer.strip_prefix(start)?)));
        match found {
            Some((name, "")) => name.to_string(),
            Some((name, rest)) => format!("{rest} of {name}"),
            None => format!("{pointer} of the profile"),
        }
    }
}

impl Setting {
    /// The setting of an account's field, as `Lacking` names it.
    #[must_use]
    pub fn of_account(field: &str) -> Option<Self> {
        [Self::ClientId, Self::ClientSecret, Self::AccessKeyId, Self::AccessKeySecret, Self::StaticToken]
            .into_iter()
            .find(|setting| setting.field() == field)
    }

    const fn field(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::BaseUrl => "base_url",
            Self::TokenUrl => "token_url",
            Self::Issuer => "issuer",
            Self::Variables => "variables",
            Self::ClientId => "client_id",
            Self::ClientSecret => "client_secret",
            Self::AccessKeyId => "access_key_id",
            Self::AccessKeySecret => "access_key_secret",
            Self::StaticToken => "static_token",
            Self::CallbackSecrets => "callback_secrets",
        }
    }

    /// The variable that holds it for the tenant `default`.
    #[must_use]
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Profile => "CXONE_PROFILE",
            Self::BaseUrl => "CXONE_BASE_URL",
            Self::TokenUrl => "CXONE_TOKEN_URL",
            Self::Issuer => "CXONE_ISSUER",
            Self::Variables => "CXONE_VARIABLES",
            Self::ClientId => "CXONE_CLIENT_ID",
            Self::ClientSecret => "CXONE_CLIENT_SECRET",
            Self::AccessKeyId => "CXONE_ACCESS_KEY_ID",
            Self::AccessKeySecret => "CXONE_ACCESS_KEY_SECRET",
            Self::StaticToken => "CXONE_STATIC_TOKEN",
            Self::CallbackSecrets => "CXONE_CALLBACK_SECRETS",
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field())
    }
}

const OVERRIDES: [(&str, &str); 5] = [
    ("/limits/in_flight", "CXONE_IN_FLIGHT"),
    ("/limits/per_second", "CXONE_PER_SECOND"),
    ("/breaker", "CXONE_BREAKER"),
    ("/proxy", "CXONE_PROXY"),
    ("/callback", "CXONE_CALLBACK"),
];
