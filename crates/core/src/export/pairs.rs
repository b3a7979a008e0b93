//! Lists of names and values in a setting, as OpenTelemetry writes them. Never knows what they are for.
//!
//! Source: OpenTelemetry Protocol Exporter, "Specifying headers via environment variables": W3C Baggage without properties.

use alloc::string::String;
use alloc::vec::Vec;

/// `api-key=secret,x-team=edge%20one`: values are percent-encoded. `None` where a part is no pair, or no text.
#[must_use]
pub fn parse_pairs(text: &str) -> Option<Vec<(String, String)>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=')?;
            let name = name.trim();
            (!name.is_empty()).then_some(())?;
            Some((name.into(), decode(value.trim())?))
        })
        .collect()
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let digits = core::str::from_utf8(&digits).ok().filter(|text| !text.starts_with('+'))?;
                u8::from_str_radix(digits, 16).ok()?
            }
            _ => byte,
        });
    }
    String::from_utf8(bytes).ok()
}
