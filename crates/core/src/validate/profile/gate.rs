//! Limits, breaker and proxy rules of a profile. Never counts anything.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{require, required};
use crate::call::CallKind;
use crate::map::gather;
use crate::profile::template::{pieces, slots};
use crate::profile::url::check_path;
use crate::profile::{BreakerRule, Limits, ProxyRule};
use crate::time::Span;
use crate::validate::Code;
use crate::validate::execution::to_six_decimals;
use crate::validate::fields::Fields;

pub(super) fn read_limits(mut fields: Fields<'_>) -> Option<Limits> {
    let defaults = Limits::default();
    let in_flight = fields.whole("in_flight", 1..=10_000).unwrap_or(defaults.in_flight);
    let per_second = fields.number("per_second", 0.001..=10_000.0).map_or(defaults.per_second, to_six_decimals);
    let least_interval = fields.object("least_interval_seconds").map(read_intervals).unwrap_or_default();
    let slow = fields.number("slow_seconds", 0.001..=3_600.0).map_or(defaults.slow, Span::from_secs_f64);
    fields.finish();
    Some(Limits { in_flight, per_second, least_interval, slow })
}

fn read_intervals(mut fields: Fields<'_>) -> BTreeMap<CallKind, Span> {
    let kinds = [
        ("submit", CallKind::Submit),
        ("poll", CallKind::Poll),
        ("look_up", CallKind::LookUp),
        ("cancel", CallKind::Cancel),
    ];
    let mut interval = |(name, kind)| Some((kind, fields.number(name, 0.0..=86_400.0).map(Span::from_secs_f64)?));
    let intervals = gather(kinds.into_iter().filter_map(&mut interval));
    fields.finish();
    intervals
}

pub(super) fn read_breaker(mut fields: Fields<'_>) -> Option<BreakerRule> {
    require(&fields, "mode");
    let mode = fields.word("mode", &[("consecutive", Mode::Consecutive), ("sampled", Mode::Sampled)])?;
    let rule = match mode {
        Mode::Consecutive => read_consecutive(&mut fields),
        Mode::Sampled => read_sampled(&mut fields),
    };
    fields.finish();
    Some(rule)
}

#[derive(Clone, Copy)]
enum Mode {
    Consecutive,
    Sampled,
}

fn read_consecutive(fields: &mut Fields<'_>) -> BreakerRule {
    BreakerRule::Consecutive {
        failures: fields.whole("failures", 1..=1_000).unwrap_or(5),
        open: read_span(fields, "open_seconds", Span::from_secs(30)),
        probes: fields.whole("probes", 1..=100).unwrap_or(1),
    }
}

fn read_sampled(fields: &mut Fields<'_>) -> BreakerRule {
    BreakerRule::Sampled {
        percent: fields.whole("percent", 1..=100).unwrap_or(20),
        window: read_span(fields, "window_seconds", Span::from_secs(10)),
        calls_min: fields.whole("calls_min", 1..=100_000).unwrap_or(20),
        open: read_span(fields, "open_seconds", Span::from_secs(10)),
        probes: fields.whole("probes", 1..=100).unwrap_or(3),
    }
}

fn read_span(fields: &mut Fields<'_>, name: &str, default: Span) -> Span {
    fields.number(name, 0.001..=86_400.0).map_or(default, Span::from_secs_f64)
}

pub(super) fn read_proxy(rules: Vec<Fields<'_>>) -> Vec<ProxyRule> {
    rules.into_iter().filter_map(read_rule).collect()
}

fn read_rule(mut fields: Fields<'_>) -> Option<ProxyRule> {
    let methods = read_methods(&mut fields);
    let path = required(&mut fields, "path", check_pattern);
    let cache = fields.number("cache_seconds", 1.0..=86_400.0).map(Span::from_secs_f64);
    if cache.is_some() && methods.as_ref().is_some_and(|methods| !methods.iter().any(|method| method == "GET")) {
        fields.fault("cache_seconds", Code::Contradiction, "is of no use without the method GET");
    }
    let request_bytes_max = fields.whole("request_bytes_max", 0..=104_857_600);
    let answer_bytes_max = fields.whole("answer_bytes_max", 1..=1_073_741_824);
    let timeout = fields.number("timeout_seconds", 0.001..=300.0).map(Span::from_secs_f64);
    fields.finish();
    Some(ProxyRule { methods: methods?, path: path?, cache, request_bytes_max, answer_bytes_max, timeout })
}

fn read_methods(fields: &mut Fields<'_>) -> Option<Vec<String>> {
    require(fields, "methods");
    let methods = fields.list("methods", METHODS.len(), |method| {
        let is_known = METHODS.contains(&method.as_str());
        is_known.then_some(method).ok_or("must be one of GET, HEAD, POST, PUT, PATCH, DELETE")
    })?;
    if methods.is_empty() {
        fields.fault("methods", Code::OutOfRange, "must name at least one");
        return None;
    }
    for (index, method) in methods.iter().enumerate() {
        if methods.iter().take(index).any(|earlier| earlier == method) {
            let at = format!("{}/{index}", fields.at("methods"));
            fields.faults().add(at, Code::Contradiction, "is named already");
        }
    }
    Some(methods)
}

/// Segments are literal, `*` or `{name}`; the last may be `**`.
fn check_pattern(pattern: String) -> Result<String, &'static str> {
    if pieces(&pattern).is_none() {
        return Err("must have braces around names of placeholders only");
    }
    if pattern.contains(['?', '%']) {
        return Err("must have no query and nothing percent-encoded");
    }
    let is_wild = |segment: &str| matches!(segment, "*" | "**") || is_whole_slot(segment);
    let is_literal = |segment: &str| !segment.contains(['*', '{', '}']);
    if !pattern.split('/').all(|segment| is_wild(segment) || is_literal(segment)) {
        return Err("must have *, ** and {name} as whole segments only");
    }
    let rest = pattern.strip_suffix("/**").unwrap_or(&pattern);
    if rest.split('/').any(|segment| segment == "**") {
        return Err("must have ** at its end only");
    }
    let filled = slots(&pattern).iter().fold(pattern.clone(), |text, slot| text.replace(&format!("{{{slot}}}"), "x"));
    check_path(&filled)?;
    Ok(pattern)
}

fn is_whole_slot(segment: &str) -> bool {
    crate::profile::template::slot(segment).is_some()
}

/// Rules of one profile.
pub(super) const PROXY_RULES_MAX: usize = 64;

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
