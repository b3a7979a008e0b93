//! What a tenant is set up with. Never changes while the tenant lives; what goes wrong with it is for the faults.

use cxpulse_core::time::Span;

use crate::callback::Signing;
use crate::recording::Recording;

/// Interactions that a past made from the seed can have: some 4 GB of rows.
pub const INTERACTIONS_MAX: usize = 1_000_000;

/// Variables that each of its steps can have beside the usual ones.
pub const VARIABLES_MAX: usize = 1_000;

/// What a tenant is set up with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The seed of ids, tokens and the interactions of the past; that of faults comes with the faults.
    pub seed: u64,
    /// The one OAuth client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The scopes that it may ask for.
    pub scopes: Vec<String>,
    /// The one access key, as a CXone user has it. Its tokens have no scopes: they may what the user may.
    pub access_key_id: String,
    /// Its secret.
    pub access_key_secret: String,
    /// The tenant that discovery knows.
    pub tenant_id: String,
    /// A bearer token that never expires, is never taken back, and may everything; `None` for none.
    pub static_token: Option<String>,
    /// How callbacks are signed; `None` for not at all.
    pub callbacks: Option<Signing>,
    /// API calls that a client gets in a second.
    pub limit_per_second: u32,
    /// API calls that the tenant takes at a time; one past it is answered 429. `None` for any number.
    pub in_flight_max: Option<u64>,
    /// Least time between two calls of a client to one endpoint of the data extraction.
    pub extraction_interval: Span,
    /// How long a token lasts.
    pub token_lifetime: Span,
    /// The interactions of the past month.
    pub past: Past,
}

/// Where a tenant's interactions of the past come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Past {
    /// From the seed: walked through a small workflow.
    Walked {
        /// How many, 0..=[`INTERACTIONS_MAX`]; each is some 3.5 kB as JSON.
        interactions: usize,
        /// Variables of each step beside the usual ones, 0..=[`VARIABLES_MAX`]; each is some 70 bytes of a step.
        variables: usize,
    },
    /// From a recording, moved in time so that it ends when the tenant was first asked anything.
    Recorded(Recording),
}

impl Default for Past {
    fn default() -> Self {
        Self::Walked { interactions: 400, variables: 0 }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            client_id: "sim-client".to_owned(),
            client_secret: "sim-secret".to_owned(),
            scopes: SCOPES.map(str::to_owned).to_vec(),
            access_key_id: "sim-key".to_owned(),
            access_key_secret: "sim-key-secret".to_owned(),
            tenant_id: "sim-tenant".to_owned(),
            static_token: None,
            callbacks: None,
            limit_per_second: 100,
            in_flight_max: None,
            extraction_interval: Span::from_secs(30),
            token_lifetime: Span::from_secs(3_600),
            past: Past::default(),
        }
    }
}

/// Every scope that a dialect asks for.
const SCOPES: [&str; 8] = [
    "dataactions:read",
    "dataactions:execute",
    "dx:actions:execute",
    "dx:actions:read",
    "data-actions:execute",
    "data-actions:read",
    "interactions:read",
    "workflows:read",
];
