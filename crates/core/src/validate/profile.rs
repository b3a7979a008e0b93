//! A profile's JSON: every rule of the schema, and every fault named. Never fills a template, never calls what it names.
//!
//! Header names and values after RFC 9110 sections 5.1 and 5.5; hop-by-hop headers after its section 7.6.1.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Display;

use super::fields::{Faults, Fields, parse_body};
use super::{Code, Invalid, Violation};
use crate::profile::{Endpoint, Profile, template};
use crate::status::Status;

mod callback;
mod endpoint;
mod gate;
mod place;

use endpoint::{Part, read_endpoint};

/// Reads a profile.
///
/// # Errors
/// [`Invalid`] with every violation and its pointer.
pub fn parse_profile(text: &str) -> Result<Profile, Invalid> {
    if text.len() > PROFILE_BYTES_MAX {
        let message = format!("must be at most {PROFILE_BYTES_MAX} bytes");
        return Err(Invalid::of(Violation { pointer: String::new(), code: Code::OutOfRange, message }));
    }
    let body = parse_body(text)?;
    let faults = Faults::default();
    let profile = body.pointer("").and_then(|root| Fields::of(root, String::new(), &faults)).and_then(read);
    faults.check(profile)
}

/// The endpoints, and what belongs to what they answer.
struct Speech {
    submit: Option<Endpoint>,
    poll: Option<Endpoint>,
    cancel: Option<Endpoint>,
    lookup: Option<Endpoint>,
    history: Option<Endpoint>,
    callback_field: Option<String>,
    words: BTreeMap<Status, Vec<String>>,
}

fn read(mut fields: Fields<'_>) -> Option<Profile> {
    let name = required(&mut fields, "name", check_name);
    require(&fields, "version");
    let version = fields.whole("version", 1..=u32::MAX);
    let source = required(&mut fields, "source", |text| check_length(text, 1_000));
    require(&fields, "base");
    let base = fields.object("base").and_then(place::read_base);
    require(&fields, "token");
    let token = fields.object("token").and_then(place::read_token);
    let correlation_header = fields.text("correlation_header", check_own_header);
    let headers = fields.object("headers").map(|headers| read_headers(headers, correlation_header.as_deref()));
    let has_callback_field = fields.has("callback_field");
    let speech = read_speech(&mut fields);
    let ids_are_uuids = fields.flag("ids_are_uuids");
    let grace = fields.whole("not_found_grace_seconds", 0..=3_600);
    let retention_days = fields.whole("retention_days", 1..=3_650);
    let limits = fields.object("limits").and_then(gate::read_limits);
    let breaker = fields.object("breaker").and_then(gate::read_breaker);
    if fields.has("callback") && !has_callback_field {
        fields.fault("callback", Code::Contradiction, "is of no use without callback_field");
    }
    let callback = fields.object("callback").and_then(callback::read_callback);
    let proxy = fields.objects("proxy", gate::PROXY_RULES_MAX).map(gate::read_proxy);
    fields.finish();
    let Speech { submit, poll, cancel, lookup, history, callback_field, words } = speech;
    Some(Profile {
        name: name?,
        version: version?,
        source: source?,
        base: base?,
        token: token?,
        correlation_header: correlation_header.unwrap_or_else(|| CORRELATION_HEADER_DEFAULT.into()),
        headers: headers.unwrap_or_default(),
        submit,
        poll,
        cancel,
        lookup,
        history,
        retention_days: retention_days.unwrap_or(RETENTION_DEFAULT_DAYS),
        callback_field,
        callback,
        words,
        ids_are_uuids: ids_are_uuids.unwrap_or(false),
        not_found_grace_seconds: grace.unwrap_or(GRACE_DEFAULT_SECONDS),
        limits: limits.unwrap_or_default(),
        breaker: breaker.unwrap_or_default(),
        proxy: proxy.unwrap_or_default(),
    })
}

fn read_speech(fields: &mut Fields<'_>) -> Speech {
    let has_executions = fields.has("submit") || fields.has("poll");
    if !has_executions && !fields.has("history") {
        fields.faults().add(String::new(), Code::Missing, "must have at least one of submit, poll and history");
    }
    if has_executions {
        require(fields, "words");
    }
    for (name, needed) in
        [("cancel", "poll"), ("lookup", "submit"), ("callback_field", "submit"), ("callback_field", "poll")]
    {
        if fields.has(name) && !fields.has(needed) {
            fields.fault(name, Code::Contradiction, format!("is of no use without {needed}"));
        }
    }
    let has_poll = fields.has("poll");
    let [submit, poll, cancel, lookup, history] = Part::ALL.map(|part| {
        let endpoint = fields.object(part.name());
        endpoint.and_then(|endpoint| read_endpoint(endpoint, part, has_poll))
    });
    let callback_field = fields.text("callback_field", |text| check_length(text, 64));
    let has_context = |submit: &Endpoint| submit.body.as_ref().is_some_and(|body| template::holds(body, "context"));
    if callback_field.is_some() && submit.as_ref().is_some_and(|submit| !has_context(submit)) {
        fields.fault("callback_field", Code::Contradiction, "is of no use where the submit's body has no {context}");
    }
    let words = fields.object("words").map(|words| read_words(words, has_executions)).unwrap_or_default();
    check_meanings(fields.faults(), &words, [("submit", &submit), ("poll", &poll), ("lookup", &lookup)]);
    Speech { submit, poll, cancel, lookup, history, callback_field, words }
}

fn read_words(mut fields: Fields<'_>, has_executions: bool) -> BTreeMap<Status, Vec<String>> {
    let mut words = BTreeMap::new();
    let mut known: Vec<(String, &str)> = Vec::new();
    for status in Status::ALL {
        let name = status.name();
        let is_needed = has_executions && matches!(status, Status::Completed | Status::Failed);
        if is_needed {
            require(&fields, name);
        }
        let Some(list) = fields.list(name, WORDS_MAX, check_word) else { continue };
        if is_needed && list.is_empty() {
            fields.fault(name, Code::OutOfRange, "must have at least one word");
        }
        for (index, word) in list.iter().enumerate() {
            let upper = word.to_ascii_uppercase();
            if let Some((_, other)) = known.iter().find(|(earlier, _)| *earlier == upper) {
                let at = format!("{}/{index}", fields.at(name));
                fields.faults().add(at, Code::Contradiction, format!("is already a word for {other}"));
            }
            known.push((upper, name));
        }
        words.insert(status, list);
    }
    fields.finish();
    words
}

/// What an answer stands for has to be a word that there is.
fn check_meanings(faults: &Faults, words: &BTreeMap<Status, Vec<String>>, endpoints: [(&str, &Option<Endpoint>); 3]) {
    // Without words there is a fault already.
    for (name, endpoint) in endpoints.into_iter().filter(|_| !words.is_empty()) {
        let Some(means) = endpoint.as_ref().and_then(|endpoint| endpoint.answer.means.as_deref()) else { continue };
        if !words.values().flatten().any(|word| word.eq_ignore_ascii_case(means)) {
            faults.add(format!("/{name}/answer/means"), Code::OutOfRange, "must be one of the profile's words");
        }
    }
}

fn read_headers(mut fields: Fields<'_>, correlation_header: Option<&str>) -> BTreeMap<String, String> {
    let names = fields.names();
    if names.len() > HEADERS_MAX {
        fields.faults().add("/headers".into(), Code::OutOfRange, format!("must have at most {HEADERS_MAX} fields"));
    }
    let correlation_header = correlation_header.unwrap_or(CORRELATION_HEADER_DEFAULT);
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for name in names {
        let value = fields.text(&name, check_header_value);
        if let Err(rule) = check_own_header(name.clone()) {
            fields.fault(&name, Code::OutOfRange, rule);
        } else if name.eq_ignore_ascii_case(correlation_header) {
            fields.fault(&name, Code::Contradiction, "carries the correlation id");
        } else if headers.keys().any(|earlier| earlier.eq_ignore_ascii_case(&name)) {
            fields.fault(&name, Code::RepeatedField, "appears more than once, in another case");
        }
        headers.insert(name, value.unwrap_or_default());
    }
    headers
}

/// A string that must be there and that `parse` admits.
fn required<T, E: Display>(fields: &mut Fields<'_>, name: &str, parse: impl Fn(String) -> Result<T, E>) -> Option<T> {
    require(fields, name);
    fields.text(name, parse)
}

fn require(fields: &Fields<'_>, name: &str) {
    if !fields.has(name) {
        fields.missing(name);
    }
}

fn check_name(name: String) -> Result<String, &'static str> {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_name = (1..=64).contains(&name.len()) && name.bytes().all(is_inner);
    is_name.then_some(name).ok_or("must be 1 to 64 lower-case letters, digits or hyphens")
}

fn check_length(text: String, max: usize) -> Result<String, String> {
    let is_sized = (1..=max).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    is_sized.then_some(text).ok_or_else(|| format!("must be 1 to {max} characters, none of them a control character"))
}

/// As words are compared: in upper case, without space around.
fn check_word(word: String) -> Result<String, &'static str> {
    let is_word = (1..=64).contains(&word.len()) && word.trim() == word && !word.chars().any(char::is_control);
    is_word.then_some(word).ok_or("must be 1 to 64 bytes without space around and without control characters")
}

fn check_header_name(name: String) -> Result<String, &'static str> {
    let is_token_byte = |byte: u8| {
        let is_mark = matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        );
        byte.is_ascii_alphanumeric() || is_mark
    };
    if !(1..=64).contains(&name.len()) || !name.bytes().all(is_token_byte) {
        return Err("must be the name of a header: 1 to 64 letters, digits, hyphens and the like");
    }
    Ok(name)
}

/// One that our calls can carry.
fn check_own_header(name: String) -> Result<String, &'static str> {
    let name = check_header_name(name)?;
    if HEADERS_TAKEN.iter().any(|taken| name.eq_ignore_ascii_case(taken)) {
        return Err("must be none of the headers that are set otherwise, such as Authorization, Host and Accept");
    }
    Ok(name)
}

fn check_header_value(value: String) -> Result<String, &'static str> {
    let is_plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~')) && value.trim() == value;
    let is_value = is_plain && (1..=1_024).contains(&value.len());
    is_value.then_some(value).ok_or("must be 1 to 1024 visible ASCII characters, with spaces inside only")
}

/// Bytes of a profile: 64 KiB.
pub const PROFILE_BYTES_MAX: usize = 65_536;

/// Words for one status.
const WORDS_MAX: usize = 32;

/// Headers of a profile.
const HEADERS_MAX: usize = 32;

const CORRELATION_HEADER_DEFAULT: &str = "X-Correlation-ID";

/// As the tutorial on workflow history has it.
const RETENTION_DEFAULT_DAYS: u32 = 30;

const GRACE_DEFAULT_SECONDS: u32 = 30;

/// Set by us for every call, by the connection, or kept from CXone on purpose.
const HEADERS_TAKEN: [&str; 24] = [
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "traceparent",
    "tracestate",
    "x-request-id",
    "x-span-id",
    "x-trace-id",
];
