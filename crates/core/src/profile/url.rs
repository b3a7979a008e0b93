//! Which URLs and paths a profile, a tenant or a discovery may name. Never resolves one, never calls one.
//!
//! Secrets travel to these, so the rule is stricter than RFC 3986: only what every reader of URLs reads alike.

use core::net::Ipv4Addr;

/// A URL that passed [`read_url`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SafeUrl<'a> {
    /// Whether it is `https`.
    pub(crate) is_https: bool,
    /// The host without its port.
    pub(crate) host: &'a str,
}

/// Whether `text` is the whole URL of a place where CXone may be: `https`, or `http` on this machine; no user, query,
/// fragment or slash at the end; at most [`URL_MAX`] bytes.
///
/// # Errors
/// The rule that it breaks, in words.
pub fn check_url(text: &str) -> Result<(), &'static str> {
    read_url(text).map(|_| ())
}

/// Whether a host is this machine: `localhost`, anything below it, 127.0.0.0/8 and `[::1]`.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let is_ipv4 = || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    matches!(host, "localhost" | "[::1]") || host.ends_with(".localhost") || is_ipv4()
}

pub(crate) fn read_url(text: &str) -> Result<SafeUrl<'_>, &'static str> {
    let https = text.strip_prefix("https://").map(|rest| (true, rest));
    let (is_https, rest) = https.or_else(|| text.strip_prefix("http://").map(|rest| (false, rest))).ok_or(NO_URL)?;
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at_checked(at).ok_or(NO_URL)?,
        None => (rest, ""),
    };
    let host = read_host(authority).ok_or("must have a host of letters, digits, hyphens and dots, and no user")?;
    if !is_https && !is_loopback(host) {
        return Err("must be an https URL, unless it is on this machine");
    }
    if text.len() > URL_MAX {
        return Err("must be at most 2048 characters");
    }
    if path.ends_with('/') {
        return Err("must have no slash at its end");
    }
    if path.contains('?') {
        return Err("must have no query");
    }
    if !path.is_empty() {
        check_path(path)?;
    }
    Ok(SafeUrl { is_https, host })
}

/// Whether `text` is a path that stays where it is put, with or without a query.
pub(crate) fn check_path(text: &str) -> Result<(), &'static str> {
    if !text.starts_with('/') {
        return Err("must start with a slash");
    }
    if text.len() > URL_MAX {
        return Err("must be at most 2048 characters");
    }
    if text.contains('#') {
        return Err("must have no fragment");
    }
    if !text.bytes().all(is_path_byte) {
        return Err("must be made of the characters that RFC 3986 allows in a path or query");
    }
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    if query.contains('?') {
        return Err("must have one question mark at most");
    }
    if path.contains("//") {
        return Err("must have no empty segment");
    }
    let is_dots = |segment: &str| matches!(segment, "." | "..");
    let lower = path.to_ascii_lowercase();
    if path.split('/').any(is_dots) || ["%2e", "%2f", "%5c"].iter().any(|hidden| lower.contains(hidden)) {
        return Err("must have no segment . or .., and no dot or slash percent-encoded");
    }
    Ok(())
}

fn read_host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix("[::1]") {
        Some(rest) => ("[::1]", if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) }),
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let is_port =
        |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|n| n > 0);
    let is_label = |label: &str| {
        let is_inner = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        !label.is_empty() && is_inner && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_host = host == "[::1]" || (host.len() <= 253 && host.split('.').all(is_label));
    (is_host && port.is_none_or(is_port)).then_some(host)
}

/// RFC 3986 section 3.3 and 3.4, without the characters that some readers take for others.
const fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
        )
        || matches!(byte, b':' | b'@' | b'/' | b'?' | b'%')
}

/// Bytes of a URL or path.
pub const URL_MAX: usize = 2_048;

const NO_URL: &str = "must be an https URL";
