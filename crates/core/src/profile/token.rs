//! How a profile says that tokens are had. Never holds one, never asks for one.

use alloc::string::String;

use serde::Serialize;

use super::place::TokenPlace;

/// How a token is had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "flow", rename_all = "snake_case")]
pub enum TokenRule {
    /// OAuth 2.0 client credentials (RFC 6749 section 4.4), form-encoded.
    ClientCredentials {
        /// Where; in JSON one of `path`, `url` and `discovery` beside the other fields.
        #[serde(flatten)]
        place: TokenPlace,
        /// Scopes to ask for, parted by spaces; none where absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
        /// How the client shows who it is.
        client_authentication: ClientAuthentication,
    },
    /// A CXone access key, which belongs to a person or service user.
    AccessKey {
        /// Where; in JSON one of `path`, `url` and `discovery` beside the other fields.
        #[serde(flatten)]
        place: TokenPlace,
        /// How the key is sent.
        encoding: KeyEncoding,
    },
    /// A token that the tenant's configuration holds. Never fetched.
    Static,
}

/// How a client shows who it is: RFC 6749 section 2.3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// As fields of the form.
    #[default]
    Body,
    /// As HTTP Basic.
    Basic,
}

/// How an access key is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyEncoding {
    /// As user and password of RFC 6749 section 4.3, with the client in HTTP Basic.
    Form,
    /// As `accessKeyId` and `accessKeySecret`, without a client.
    Json,
}
