//! The query of a batch, and of the list of batches. Names every parameter that is wrong, also one that there is not.

use alloc::string::String;
use alloc::vec::Vec;

use super::{LIST_LIMIT, LIST_LIMIT_MAX, Parameters};
use crate::batch::{FaultCode, FlowOutcome, FlowStatus, ITEMS_MAX};
use crate::flow::NodeStatus;
use crate::id::{ActionId, Tag, TenantId};
use crate::listing::FlowCursor;
use crate::time::Timestamp;
use crate::validate::fields::Faults;
use crate::validate::{Code, Invalid};

/// What is shown of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchView {
    /// Its snapshot.
    Summary,
    /// Its snapshot, with a page of items.
    Items(ItemsQuery),
    /// Its snapshot, with a letter for each item.
    Grid,
    /// Those items, a line each.
    Results(ItemFilter),
}

/// Which items of a batch. Every part of it has to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemFilter {
    /// With one of these statuses; never empty.
    pub statuses: Vec<NodeStatus>,
    /// With an error of exactly this code; `None` for any, and for items without one.
    pub code: Option<FaultCode>,
}

/// Which page of which items of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemsQuery {
    /// Which items.
    pub filter: ItemFilter,
    /// Which of them come first.
    pub start: PageStart,
    /// Items of a page, 1..=[`ITEM_LIMIT_MAX`].
    pub limit: u32,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStart {
    /// After so many of those asked for, 0..=[`ITEMS_MAX`].
    Offset(u32),
    /// After the item of this index: the same place, whatever becomes of items in the meantime.
    After(u32),
}

/// Which batches a list shows. Every filter that is there has to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchListQuery {
    /// Whose; the caller's own where it is not said.
    pub tenant: Option<TenantId>,
    /// With this status.
    pub status: Option<FlowStatus>,
    /// With this outcome.
    pub outcome: Option<FlowOutcome>,
    /// With this label among theirs.
    pub tag: Option<Tag>,
    /// Of this action.
    pub action_id: Option<ActionId>,
    /// Accepted then or later.
    pub from: Option<Timestamp>,
    /// Accepted before.
    pub to: Option<Timestamp>,
    /// Batches of a page, 1..=[`LIST_LIMIT_MAX`].
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<FlowCursor>,
}

/// Reads the query of `GET /v1/batches/{id}`: what stands after `?`, as it was written. `wait`, `since` and `token` are others'
/// to read.
///
/// # Errors
/// [`Invalid`] with every fault; pointers are `?status` and the like.
pub fn parse_batch_query(query: &str) -> Result<BatchView, Invalid> {
    let faults = Faults::default();
    let mut parameters = Parameters::of(query, &faults);
    for others in ["wait", "since", "token"] {
        parameters.take(others);
    }
    let fields = parameters.word("fields", &["grid", "results"], |word| word);
    let statuses = parameters.parse("status", parse_statuses);
    let code = parameters.parse("code", FaultCode::parse);
    let offset = parameters.whole("offset", 0..=u32::try_from(ITEMS_MAX).unwrap_or(u32::MAX));
    let after = parameters.parse("cursor", parse_cursor);
    let limit = parameters.whole("limit", 1..=ITEM_LIMIT_MAX);
    if after.is_some() && offset.is_some() {
        parameters.fault("offset", Code::Contradiction, "cannot stand beside cursor");
    }
    let is_page = offset.is_some() || after.is_some() || limit.is_some();
    if fields.is_some() && is_page {
        parameters.fault(
            "fields",
            Code::Contradiction,
            "cannot stand beside offset, cursor or limit: it gives all items",
        );
    }
    let filters = [("status", statuses.is_some()), ("code", code.is_some())];
    for (name, _) in filters.iter().filter(|(_, is_given)| *is_given && fields == Some("grid")) {
        parameters.fault(name, Code::Contradiction, "cannot stand beside fields=grid, which has every item");
    }
    let is_filtered = filters.iter().any(|(_, is_given)| *is_given);
    let filter = ItemFilter { statuses: statuses.unwrap_or_else(|| NodeStatus::ALL.to_vec()), code };
    let view = match fields {
        Some("grid") => BatchView::Grid,
        Some(_) => BatchView::Results(filter),
        None if is_page || is_filtered => BatchView::Items(ItemsQuery {
            filter,
            start: after.map_or(PageStart::Offset(offset.unwrap_or_default()), PageStart::After),
            limit: limit.unwrap_or(ITEM_LIMIT),
        }),
        None => BatchView::Summary,
    };
    parameters.finish();
    faults.check(Some(view))
}

impl ItemFilter {
    /// All items.
    #[must_use]
    pub fn all() -> Self {
        Self { statuses: NodeStatus::ALL.to_vec(), code: None }
    }
}

/// Reads the query of `GET /v1/batches`: what stands after `?`, as it was written.
///
/// # Errors
/// [`Invalid`] with every fault; pointers are `?status` and the like.
pub fn parse_batch_list_query(query: &str) -> Result<BatchListQuery, Invalid> {
    let faults = Faults::default();
    let mut parameters = Parameters::of(query, &faults);
    let read = BatchListQuery {
        tenant: parameters.parse("tenant", |text| TenantId::parse(text)),
        status: parameters.word("status", &FlowStatus::ALL, FlowStatus::name),
        outcome: parameters.word("outcome", &FlowOutcome::ALL, FlowOutcome::name),
        tag: parameters.parse("tag", |text| Tag::parse(text)),
        action_id: parameters.parse("action_id", |text| ActionId::parse(text)),
        from: parameters.instant("from"),
        to: parameters.instant("to"),
        limit: parameters.whole("limit", 1..=LIST_LIMIT_MAX).unwrap_or(LIST_LIMIT),
        cursor: parameters.parse("cursor", FlowCursor::parse),
    };
    parameters.check_span(read.from, read.to);
    parameters.finish();
    faults.check(Some(read))
}

/// `failed,degraded`: each once, in the order of [`NodeStatus::ALL`].
fn parse_statuses(text: &str) -> Result<Vec<NodeStatus>, String> {
    let names: Vec<&str> = text.split(',').collect();
    let is_status = |name: &&str| NodeStatus::ALL.iter().any(|status| status.name() == *name);
    if !names.iter().all(is_status) {
        let known: Vec<_> = NodeStatus::ALL.iter().map(|status| status.name()).collect();
        return Err(alloc::format!("must be one of {}, or several with commas between", known.join(", ")));
    }
    Ok(NodeStatus::ALL.into_iter().filter(|status| names.contains(&status.name())).collect())
}

/// The index of the last item of the page before, written in one way only.
pub(super) fn parse_cursor(text: &str) -> Result<u32, crate::listing::CursorError> {
    let index = text.parse::<u32>().ok().filter(|index| alloc::format!("{index}") == text);
    index.ok_or(crate::listing::CursorError)
}

/// Items of a page, at most.
pub const ITEM_LIMIT_MAX: u32 = 1_000;

/// Items of a page where nothing is said.
const ITEM_LIMIT: u32 = 50;
