//! The query of a list or of the audit log. Names every parameter that is wrong, also one that there is not: a filter with
//! a typing error in it would show more than was asked for.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;
use core::ops::RangeInclusive;

use super::fields::Faults;
use super::{Code, Invalid};
use crate::audit::{Kind, Who};
use crate::id::{CorrelationId, ExecutionId, FlowId, FlowKind, Tag, TenantId};
use crate::listing::{AuditCursor, DeadCursor, ListCursor};
use crate::status::{Outcome, Status};
use crate::time::Timestamp;

mod batch;
mod chain;
mod history;

pub use batch::{
    BatchListQuery, BatchView, ITEM_LIMIT_MAX, ItemFilter, ItemsQuery, PageStart, parse_batch_list_query,
    parse_batch_query,
};
pub use chain::{
    ChainListQuery, ChainResultsQuery, parse_chain_graph_query, parse_chain_list_query, parse_chain_results_query,
};
pub use history::{
    Form, HistoryListQuery, ReportQuery, parse_comparison_query, parse_export_query, parse_history_list_query,
    parse_report_query,
};

/// Which executions a list shows. Every filter that is there has to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Whose; the caller's own where it is not said.
    pub tenant: Option<TenantId>,
    /// With this status.
    pub status: Option<Status>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// With this label among theirs.
    pub tag: Option<Tag>,
    /// With this key on CXone's side.
    pub correlation_id: Option<CorrelationId>,
    /// Accepted then or later.
    pub from: Option<Timestamp>,
    /// Accepted before.
    pub to: Option<Timestamp>,
    /// Executions of a page, 1..=[`LIST_LIMIT_MAX`].
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<ListCursor>,
}

/// Which records of a tenant's audit log are read. Every filter that is there has to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// Of then or later.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Of this execution.
    pub execution: Option<ExecutionId>,
    /// Of this batch, chain or history itself.
    pub flow: Option<FlowId>,
    /// By this one.
    pub who: Option<Who>,
    /// Records of a page, 1..=[`AUDIT_LIMIT_MAX`].
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<AuditCursor>,
}

/// Reads the query of a list: what stands after `?`, as it was written.
///
/// # Errors
/// [`Invalid`] with every fault; pointers are `?status` and the like.
pub fn parse_list_query(query: &str) -> Result<ListQuery, Invalid> {
    let faults = Faults::default();
    let mut parameters = Parameters::of(query, &faults);
    let status = parameters.word("status", &Status::ALL, Status::name);
    let outcome = parameters.word("outcome", &Outcome::ALL, Outcome::name);
    let read = ListQuery {
        tenant: parameters.parse("tenant", |text| TenantId::parse(text)),
        status,
        outcome,
        tag: parameters.parse("tag", |text| Tag::parse(text)),
        correlation_id: parameters.parse("correlation_id", |text| CorrelationId::parse(text)),
        from: parameters.instant("from"),
        to: parameters.instant("to"),
        limit: parameters.whole("limit", 1..=LIST_LIMIT_MAX).unwrap_or(LIST_LIMIT),
        cursor: parameters.parse("cursor", ListCursor::parse),
    };
    parameters.check_span(read.from, read.to);
    parameters.finish();
    faults.check(Some(read))
}

/// Which executions and batches with dead letters are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadQuery {
    /// So many of a page, 1..=[`LIST_LIMIT_MAX`].
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<DeadCursor>,
}

/// Reads the query of a list of executions and batches with dead letters: what stands after `?`, as it was written.
///
/// # Errors
/// [`Invalid`] with every fault; pointers are `?limit` and the like.
pub fn parse_dead_query(query: &str) -> Result<DeadQuery, Invalid> {
    let faults = Faults::default();
    let mut parameters = Parameters::of(query, &faults);
    let limit = parameters.whole("limit", 1..=LIST_LIMIT_MAX).unwrap_or(LIST_LIMIT);
    let read = DeadQuery { limit, cursor: parameters.parse("cursor", DeadCursor::parse) };
    parameters.finish();
    faults.check(Some(read))
}

/// Reads the query of an audit log: what stands after `?`, as it was written.
///
/// # Errors
/// [`Invalid`] with every fault; pointers are `?kind` and the like.
pub fn parse_audit_query(query: &str) -> Result<AuditQuery, Invalid> {
    let faults = Faults::default();
    let mut parameters = Parameters::of(query, &faults);
    let batch = parameters.parse("batch", |text| flow_of(text, FlowKind::Batch));
    let chain = parameters.parse("chain", |text| flow_of(text, FlowKind::Chain));
    let history = parameters.parse("history", |text| flow_of(text, FlowKind::History));
    if batch.is_some() && chain.is_some() {
        parameters.fault("chain", Code::Contradiction, "cannot stand beside batch: no record is of both");
    }
    if history.is_some() && (batch.is_some() || chain.is_some()) {
        parameters.fault("history", Code::Contradiction, "cannot stand beside another: no record is of both");
    }
    let read = AuditQuery {
        from: parameters.instant("from"),
        to: parameters.instant("to"),
        kind: parameters.word("kind", &Kind::ALL, Kind::name),
        execution: parameters.parse("execution", |text| ExecutionId::parse(text)),
        flow: batch.or(chain).or(history),
        who: parameters.parse("who", |text| Who::try_from(String::from(text))),
        limit: parameters.whole("limit", 1..=AUDIT_LIMIT_MAX).unwrap_or(AUDIT_LIMIT_MAX),
        cursor: parameters.parse("cursor", AuditCursor::parse),
    };
    parameters.check_span(read.from, read.to);
    parameters.finish();
    faults.check(Some(read))
}

/// The id of a flow of that kind.
fn flow_of(text: &str, kind: FlowKind) -> Result<FlowId, &'static str> {
    let rule = match kind {
        FlowKind::Batch => "must be bat_ and 32 lower-case hex digits",
        FlowKind::Chain => "must be chn_ and 32 lower-case hex digits",
        FlowKind::History => "must be his_ and 32 lower-case hex digits",
    };
    FlowId::parse(text).ok().filter(|id| id.kind() == kind).ok_or(rule)
}

/// The parameters that are not taken yet.
struct Parameters<'a> {
    rest: Vec<(String, String)>,
    faults: &'a Faults,
}

impl<'a> Parameters<'a> {
    fn of(query: &str, faults: &'a Faults) -> Self {
        let mut rest: Vec<(String, String)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()).take(PARAMETERS_MAX) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decode(name), decode(value)) {
                (Some(name), Some(_)) if rest.iter().any(|(earlier, _)| *earlier == name) => {
                    faults.add(pointer(&name), Code::RepeatedField, "appears more than once");
                }
                (Some(name), Some(value)) => rest.push((name, value)),
                (name, _) => {
                    let name = name.unwrap_or_default();
                    faults.add(pointer(&name), Code::OutOfRange, "must be percent-encoded UTF-8");
                }
            }
        }
        Self { rest, faults }
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let index = self.rest.iter().position(|(key, _)| key == name)?;
        Some(self.rest.remove(index).1)
    }

    fn has(&self, name: &str) -> bool {
        self.rest.iter().any(|(key, _)| key == name)
    }

    fn fault(&self, name: &str, code: Code, message: impl Into<String>) {
        self.faults.add(pointer(name), code, message);
    }

    fn parse<T, E: Display>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
        let text = self.take(name)?;
        parse(&text).map_err(|error| self.fault(name, Code::OutOfRange, error.to_string())).ok()
    }

    fn word<T: Copy>(&mut self, name: &str, words: &[T], spell: fn(T) -> &'static str) -> Option<T> {
        let text = self.take(name)?;
        let found = words.iter().copied().find(|word| spell(*word) == text);
        if found.is_none() {
            let known: Vec<_> = words.iter().map(|word| spell(*word)).collect();
            self.fault(name, Code::OutOfRange, format!("must be one of {}", known.join(", ")));
        }
        found
    }

    fn instant(&mut self, name: &str) -> Option<Timestamp> {
        let text = self.take(name)?;
        let at = Timestamp::parse_rfc3339(&text).ok();
        if at.is_none() {
            let message = "must be an RFC 3339 time with its zone, such as 2026-11-21T10:00:00Z; a + is written %2B";
            self.fault(name, Code::OutOfRange, message);
        }
        at
    }

    fn whole(&mut self, name: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let text = self.take(name)?;
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| is_plain && range.contains(number));
        if number.is_none() {
            let message = format!("must be a whole number from {} to {}", range.start(), range.end());
            self.fault(name, Code::OutOfRange, message);
        }
        number
    }

    fn check_span(&self, from: Option<Timestamp>, to: Option<Timestamp>) {
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            self.fault("to", Code::Contradiction, "must not lie before from");
        }
    }

    fn finish(self) {
        for (name, _) in &self.rest {
            self.fault(name, Code::UnknownField, "is not a parameter of this");
        }
    }
}

/// As problems name a parameter; of an absurd one its beginning.
fn pointer(name: &str) -> String {
    format!("?{}", crate::failure::cut(name, NAME_MAX))
}

/// Takes the percent-encoding off, and `+` for a space, as forms and `URLSearchParams` write it.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                let (high, low) = (digit()?, digit()?);
                high.checked_mul(16)?.checked_add(low)?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Executions of a page, at most.
pub const LIST_LIMIT_MAX: u32 = 100;

/// Records of a page, at most, and where nothing is said.
pub const AUDIT_LIMIT_MAX: u32 = 1_000;

/// Executions of a page where nothing is said.
const LIST_LIMIT: u32 = 20;

/// Parameters that are looked at.
const PARAMETERS_MAX: usize = 64;

/// Bytes of a parameter's name in a message.
const NAME_MAX: usize = 64;
