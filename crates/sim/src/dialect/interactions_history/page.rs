//! A page as JSON, with what is made to go wrong with it. Never chooses its rows.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::query::{Position, Query};
use super::row::Row;
use crate::fault::{HistoryPlan, RowFault, TotalFault};
use crate::fields::{Fields, quoted};

/// Rows of a query's answer, in its order.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) rows: Vec<&'a Row>,
    /// Rows that the query finds in all.
    pub(super) total: usize,
    pub(super) has_more: bool,
}

/// How often each fault struck.
pub(super) type Strikes = BTreeMap<&'static str, u64>;

impl Page<'_> {
    /// The body: `{"data": […], "total": 400, "nextCursor": "…"}`, the cursor where one was asked for and there is more.
    pub(super) fn write(&self, query: &Query, plan: &HistoryPlan, strikes: &mut Strikes) -> Vec<u8> {
        let length: usize = self.rows.iter().map(|row| row.text.len() + 1).sum();
        let mut body = String::with_capacity(length.saturating_add(TAIL_BYTES));
        body.push_str("{\"data\":[");
        for (number, row) in self.rows.iter().enumerate() {
            if number > 0 {
                body.push(',');
            }
            body.push_str(&row_text(row, plan, strikes));
        }
        body.push(']');
        if let Some(total) = self.total_text(plan, strikes) {
            body.push_str(",\"total\":");
            body.push_str(&total);
        }
        if let Some(cursor) = self.next_cursor(query) {
            body.push_str(",\"nextCursor\":");
            body.push_str(&quoted(&cursor));
        }
        body.push('}');
        body.into_bytes()
    }

    fn next_cursor(&self, query: &Query) -> Option<String> {
        let is_asked = matches!(query.position, Position::Cursor(_)) && self.has_more;
        let last = self.rows.last().filter(|_| is_asked)?;
        Some(query.cursors.write(last.key()))
    }

    fn total_text(&self, plan: &HistoryPlan, strikes: &mut Strikes) -> Option<String> {
        if plan.faults.total.is_some() {
            strike(strikes, "history_total");
        }
        match plan.faults.total {
            None => Some(self.total.to_string()),
            Some(TotalFault::Missing) => None,
            Some(TotalFault::TooMany) => Some(self.total.saturating_mul(2).saturating_add(1).to_string()),
            Some(TotalFault::TooFew) => Some((self.total / 2).to_string()),
            Some(TotalFault::Text) => Some(quoted("many")),
        }
    }
}

fn row_text<'a>(row: &'a Row, plan: &HistoryPlan, strikes: &mut Strikes) -> Cow<'a, str> {
    let Some(fault) = plan.row(row.number) else { return Cow::Borrowed(&row.text) };
    strike(strikes, fault.name());
    match fault {
        RowFault::Foreign => Cow::Borrowed(FOREIGN),
        RowFault::WithoutId => without_id(&row.text),
    }
}

fn without_id(text: &str) -> Cow<'_, str> {
    let Some(Fields(mut fields)) = Fields::of(text) else { return Cow::Borrowed(text) };
    fields.retain(|(name, _)| name != "interactionId");
    let mut rest = String::with_capacity(text.len());
    Fields(fields).write(&mut rest, |to, _, value| to.push_str(value));
    Cow::Owned(rest)
}

pub(super) fn strike(strikes: &mut Strikes, name: &'static str) {
    let count = strikes.entry(name).or_default();
    *count = count.saturating_add(1);
}

/// In place of a row.
const FOREIGN: &str = "\"not a row\"";
/// What follows the rows.
const TAIL_BYTES: usize = 128;
