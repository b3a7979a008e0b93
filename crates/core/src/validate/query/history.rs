//! The queries of a history's report, exports and comparison, and of the list of histories. Names every parameter that is wrong,
//! also one that there is not.

use alloc::string::String;

use super::{LIST_LIMIT, LIST_LIMIT_MAX, Parameters, flow_of};
use crate::flow::{FlowOutcome, FlowStatus};
use crate::history::{Filter, NAME_MAX};
use crate::id::{FlowId, FlowKind, Tag, TenantId};
use crate::listing::FlowCursor;
use crate::time::Timestamp;
use crate::validate::Invalid;
use crate::validate::fields::Faults;

/// Which history queries a list shows. Every filter that is there has to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryListQuery {
    /// Whose; the caller's own where it is not said.
    pub tenant: Option<TenantId>,
    /// With this status.
    pub status: Option<FlowStatus>,
    /// With this outcome.
    pub outcome: Option<FlowOutcome>,
    /// With this label among theirs.
    pub tag: Option<Tag>,
    /// Accepted then or later.
    pub from: Option<Timestamp>,
    /// Accepted before.
    pub to: Option<Timestamp>,
    /// Histories of a page, 1..=[`LIST_LIMIT_MAX`].
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<FlowCursor>,
}

/// Of which interactions a report is made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportQuery {
    /// Those; all where nothing is said.
    pub filter: Filter,
}

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// IEEE 1849, for process mining tools.
    Xes,
    /// A line for each step.
    Csv,
    /// The graph, for Graphviz.
    Dot,
    /// The graph, for Markdown.
    Mermaid,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Xes, Self::Csv, Self::Dot, Self::Mermaid];

    /// As it is asked for: `xes`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xes => "xes",
            Self::Csv => "csv",
            Self::Dot => "dot",
            Self::Mermaid => "mermaid",
        }
    }
}

/// Reads the query of `GET /v1/histories`: what stands after `?`, as it was written.
///
/// # Errors
/// [`Invalid`] with every fault; pointers are `?status` and the like.
pub fn parse_history_list_query(query: &str) -> Result<HistoryListQuery, Invalid> {
    let faults = Faults::default();
    let mut parameters = Parameters::of(query, &faults);
    let read = HistoryListQuery {
        tenant: parameters.parse("tenant", |text| TenantId::parse(text)),
        status: parameters.word("status", &FlowStatus::ALL, FlowStatus::name),
        outcome: parameters.word("outcome", &FlowOutcome::ALL, FlowOutcome::name),
        tag: parameters.parse("tag", |text| Tag::parse(text)),
        from: parameters.instant("from"),
        to: parameters.instant("to"),
        limit: parameters.whole("limit", 1..=LIST_LIMIT_MAX).unwrap_or(LIST_LIMIT),
        cursor: parameters.parse("cursor", FlowCursor::parse),
    };
    parameters.check_span(read.from, read.to);
    parameters.finish();
    faults.check(Some(read))
}

/// Reads the query of a report: `?from=&until=&variant=&node=&error=`. `token` is others' to read.
///
/// # Errors
/// [`Invalid`] with every fault; pointers are `?from` and the like.
pub fn parse_report_query(query: &str) -> Result<ReportQuery, Invalid> {
    let faults = Faults::default();
    let mut parameters = Parameters::of(query, &faults);
    let filter = read_filter(&mut parameters);
    parameters.finish();
    faults.check(Some(ReportQuery { filter }))
}

/// Reads the query of an export: that of a report, and `format`.
///
/// # Errors
/// [`Invalid`] with every fault; pointers are `?format` and the like.
pub fn parse_export_query(query: &str) -> Result<(Form, ReportQuery), Invalid> {
    let faults = Faults::default();
    let mut parameters = Parameters::of(query, &faults);
    if !parameters.has("format") {
        parameters.fault("format", super::Code::Missing, "is required: xes, csv, dot or mermaid");
    }
    let form = parameters.word("format", &Form::ALL, Form::name);
    let filter = read_filter(&mut parameters);
    parameters.finish();
    faults.check(form.map(|form| (form, ReportQuery { filter })))
}

/// Reads the query of a comparison: `?with=his_…`, the earlier one.
///
/// # Errors
/// [`Invalid`] with every fault; pointers are `?with` and the like.
pub fn parse_comparison_query(query: &str) -> Result<FlowId, Invalid> {
    let faults = Faults::default();
    let mut parameters = Parameters::of(query, &faults);
    parameters.take("token");
    if !parameters.has("with") {
        parameters.fault("with", super::Code::Missing, "is required: the id of the history to compare with");
    }
    let with = parameters.parse("with", |text| flow_of(text, FlowKind::History));
    parameters.finish();
    faults.check(with)
}

fn read_filter(parameters: &mut Parameters<'_>) -> Filter {
    parameters.take("token");
    let filter = Filter {
        from: parameters.instant("from"),
        until: parameters.instant("until"),
        variant: parameters.parse("variant", variant_of),
        node: parameters.parse("node", node_of),
        error: parameters.parse("error", |text| text.parse::<bool>().map_err(|_| "must be true or false")),
    };
    if filter.from.zip(filter.until).is_some_and(|(from, until)| from > until) {
        parameters.fault("until", super::Code::Contradiction, "must not lie before from");
    }
    filter
}

fn variant_of(text: &str) -> Result<String, &'static str> {
    let is_id = text.len() == 16 && crate::id::is_lower_hex(text);
    if is_id { Ok(text.into()) } else { Err("must be the id of a variant: 16 lower-case hex digits") }
}

fn node_of(text: &str) -> Result<String, &'static str> {
    let is_name = (1..=NAME_MAX).contains(&text.len());
    if is_name { Ok(text.into()) } else { Err("must be the name of a node: 1 to 1024 bytes") }
}
