//! Whose pages may call the API, and whose may frame ours: two settings, read strictly. Never guesses what was meant by a
//! spelling that no browser sends.
//!
//! A browser writes an origin in one way only (RFC 6454 section 6.1): lower case, without its scheme's own port, without a
//! path. So what a setting says is put into that form once, and compared as it is.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::validate::{Code, Invalid, Violation};

/// Whose pages may call the API.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origins {
    /// Only our own.
    #[default]
    Own,
    /// Anybody's: keys and tokens are sent by script, never by the browser itself.
    Any,
    /// These.
    These(Vec<String>),
}

impl Origins {
    /// Reads a list parted by commas, or `*` by itself.
    ///
    /// # Errors
    /// [`Invalid`] with the place of each that is no origin.
    pub fn parse(list: &str) -> Result<Self, Invalid> {
        if list.trim() == "*" {
            return Ok(Self::Any);
        }
        let mut origins = Vec::new();
        let mut violations = Vec::new();
        let named = list.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        for (index, text) in named.enumerate() {
            match canonical(text) {
                Ok(origin) => origins.push(origin),
                Err(rule) => violations.push(violation(index, rule)),
            }
        }
        Invalid::unless_empty(violations).map_or(Ok(Self::These(origins)), Err)
    }

    /// Whether there are any but our own.
    #[must_use]
    pub const fn any(&self) -> bool {
        !matches!(self, Self::Own)
    }

    /// Whether pages of `origin`, as a browser writes it, may call. `null` is the origin of every page that has none, so it
    /// is nobody's.
    #[must_use]
    pub fn allow(&self, origin: &str) -> bool {
        match self {
            Self::Own => false,
            Self::Any => true,
            Self::These(origins) => origins.iter().any(|allowed| allowed == origin),
        }
    }
}

/// Reads who may frame a page, as CSP's `frame-ancestors` has it: `'none'`, or any of `'self'`, `https:` and hosts such as
/// `https://*.example.com`. Gives it in one spelling.
///
/// # Errors
/// [`Invalid`] with the place of each source that is none: it would end the policy, or be passed over by browsers.
pub fn parse_ancestors(text: &str) -> Result<String, Invalid> {
    let sources: Vec<&str> = text.split_ascii_whitespace().collect();
    let mut violations = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        match *source {
            "'none'" if sources.len() > 1 => violations.push(violation(index, "stands by itself only")),
            "'none'" | "'self'" | "https:" => {}
            host => violations.extend(check_host_source(host).err().map(|rule| violation(index, rule))),
        }
    }
    Invalid::unless_empty(violations).map_or_else(|| Ok(sources.join(" ")), Err)
}

fn violation(index: usize, rule: &str) -> Violation {
    Violation { pointer: format!("/{index}"), code: Code::OutOfRange, message: rule.into() }
}

/// The way a browser writes it; one slash at its end is passed over, for that is how addresses are copied.
fn canonical(text: &str) -> Result<String, &'static str> {
    let text = text.strip_suffix('/').unwrap_or(text).to_ascii_lowercase();
    let Some((scheme, rest)) = text.split_once("://") else { return Err(RULE) };
    let own_port = match scheme {
        "https" => "443",
        "http" => "80",
        _ => return Err(RULE),
    };
    let (host, port) = split_port(rest);
    if !is_host(host) {
        return Err(RULE);
    }
    match port {
        None => Ok(format!("{scheme}://{host}")),
        Some(port) if port == own_port => Ok(format!("{scheme}://{host}")),
        Some(port) if is_port(port) => Ok(format!("{scheme}://{host}:{port}")),
        Some(_) => Err(RULE),
    }
}

fn check_host_source(source: &str) -> Result<(), &'static str> {
    let rest = source.strip_prefix("https://").or_else(|| source.strip_prefix("http://")).ok_or(SOURCE_RULE)?;
    let (host, port) = split_port(rest);
    let host = host.strip_prefix("*.").unwrap_or(host);
    let is_sound = is_host(host) && port.is_none_or(|port| port == "*" || is_port(port));
    if is_sound { Ok(()) } else { Err(SOURCE_RULE) }
}

fn split_port(rest: &str) -> (&str, Option<&str>) {
    match rest.rsplit_once(':') {
        // A colon within brackets is an address's own.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        Some(_) | None => (rest, None),
    }
}

/// A name, or an address in brackets, without the dot at its end that makes it another origin.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').unwrap_or_default();
        return !address.is_empty()
            && address.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'));
    }
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    host.len() <= 253 && host.split('.').all(|label| (1..=63).contains(&label.len()) && label.bytes().all(is_inner))
}

fn is_port(port: &str) -> bool {
    port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port)
}

const RULE: &str = "must be an origin such as https://crm.example.com or http://localhost:3000: no path, no wildcard, no dot at \
                    the end, not null";

const SOURCE_RULE: &str =
    "must be 'self', 'none', https: or a host such as https://crm.example.com or https://*.example.com";
