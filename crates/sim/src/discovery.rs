//! `/.well-known/*`: where a tenant's endpoints are. Never asks for a token.
//!
//! Rules: OpenID Connect Discovery 1.0 section 3 for the one document; CXone's public API guide for the other. Both
//! name the address at which the caller found them.

use serde::Serialize;

use crate::exchange::{Reply, Request};
use crate::settings::Settings;

/// The two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    OpenId,
    Cxone,
}

impl Document {
    pub(crate) fn of(path: &str) -> Option<Self> {
        match path {
            "/.well-known/openid-configuration" => Some(Self::OpenId),
            "/.well-known/cxone-configuration" => Some(Self::Cxone),
            _ => None,
        }
    }

    pub(crate) fn answer(self, request: &Request, settings: &Settings) -> Reply {
        let written = base(request).and_then(|base| match self {
            Self::OpenId => Ok(Reply::json(200, &OpenId::of(&base))),
            Self::Cxone => cxone(request, &base, settings),
        });
        written.unwrap_or_else(|refusal| refusal)
    }
}

/// The address at which the caller found this server: `http://127.0.0.1:8086`.
pub(crate) fn base(request: &Request) -> Result<String, Reply> {
    let host = request.header("host").filter(|host| !host.contains('@'));
    match host.map(str::parse::<http::uri::Authority>) {
        Some(Ok(authority)) => Ok(format!("http://{authority}")),
        Some(Err(_)) | None => Err(Reply::refusal(400, "invalid_request", "the header host is required")),
    }
}

fn cxone(request: &Request, base: &str, settings: &Settings) -> Result<Reply, Reply> {
    let Some(tenant) = request.parameter("tenantId").filter(|tenant| !tenant.is_empty()) else {
        return Err(Reply::refusal(400, "invalid_request", "tenantId is required"));
    };
    if tenant != settings.tenant_id {
        return Err(Reply::refusal(404, "not_found", "no such tenant"));
    }
    let answer =
        Cxone { area: "na1", domain: "localhost", tenant_id: &tenant, api_endpoint: base, auth_endpoint: base };
    Ok(Reply::json(200, &answer))
}

#[derive(Serialize)]
struct OpenId {
    issuer: String,
    token_endpoint: String,
    grant_types_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: [&'static str; 1],
}

impl OpenId {
    fn of(base: &str) -> Self {
        Self {
            issuer: base.to_owned(),
            token_endpoint: format!("{base}/auth/token"),
            grant_types_supported: ["password"],
            token_endpoint_auth_methods_supported: ["client_secret_basic"],
        }
    }
}

#[derive(Serialize)]
struct Cxone<'a> {
    area: &'a str,
    domain: &'a str,
    #[serde(rename = "tenantId")]
    tenant_id: &'a str,
    api_endpoint: &'a str,
    auth_endpoint: &'a str,
}
