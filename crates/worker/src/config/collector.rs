//! Where spans go: a collector that speaks OTLP over HTTP. Never shows a value.

use cxpulse_core::credential::Secret;
use cxpulse_core::export::parse_pairs;

use super::reader::Reader;

/// A collector of spans.
pub(crate) struct Collector {
    /// Of its traces: `https://collector.example/v1/traces`.
    pub(crate) url: String,
    /// What it wants to see with each request: its key.
    pub(crate) headers: Vec<(String, Secret)>,
    /// As which service we are known there.
    pub(crate) service: String,
    /// What else is to be known of us.
    pub(crate) resource: Vec<(String, String)>,
}

/// Reads the variables; `None` where no collector is named.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<Collector> {
    let endpoint = reader.url(ENDPOINT)?;
    if endpoint.contains(['?', '#']) {
        reader.fault(format!("{ENDPOINT} has a query or a fragment: a key of the collector's goes into {HEADERS}"));
    }
    // As OpenTelemetry has it: of a base, traces are below it. Who names the whole place means it.
    let url = if endpoint.ends_with(PATH) { endpoint } else { endpoint + PATH };
    let headers = pairs(reader, HEADERS).into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
    let headers: Vec<_> = headers.map(|(name, value)| (name, Secret::new(value))).collect();
    if headers.iter().any(|(name, value)| !is_header(name, value.reveal())) {
        reader.fault(format!("{HEADERS} has what cannot be a header"));
    }
    let service = reader.optional(SERVICE).unwrap_or_else(|| "cxpulse".into());
    Some(Collector { url, headers, service, resource: pairs(reader, RESOURCE) })
}

fn pairs(reader: &mut Reader<'_>, name: &str) -> Vec<(String, String)> {
    let Some(text) = reader.optional(name) else { return Vec::new() };
    parse_pairs(&text).unwrap_or_else(|| {
        reader.fault(format!("{name} is not name=value, several of them with commas between"));
        Vec::new()
    })
}

/// A name that a header can have, but for what we set, and a value that it can have.
fn is_header(name: &str, value: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_value = |byte: u8| matches!(byte, 0x20..=0x7e);
    name != "content-type" && name.bytes().all(is_name) && value.bytes().all(is_value)
}

const ENDPOINT: &str = "CXPULSE_OTLP_ENDPOINT";

const HEADERS: &str = "CXPULSE_OTLP_HEADERS";

const SERVICE: &str = "CXPULSE_OTLP_SERVICE";

const RESOURCE: &str = "CXPULSE_OTLP_RESOURCE";

/// Where a collector takes traces.
const PATH: &str = "/v1/traces";
