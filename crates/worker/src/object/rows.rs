//! Values of rows, in and out of SQL. Never knows what they mean.

use cxpulse_core::time::Timestamp;
use worker::{SqlCursor, SqlStorage, SqlStorageValue};

use crate::problem::Problem;

/// Executes a statement. One that storage refuses, for it is full or out of order, has changed nothing: the next try may find it
/// in order.
pub(super) fn exec(
    sql: &SqlStorage,
    statement: &str,
    values: impl Into<Option<Vec<SqlStorageValue>>>,
) -> Result<SqlCursor, Problem> {
    sql.exec(statement, values).map_err(|error| Problem::Unavailable(format!("storage: {error}")))
}

/// All rows of a query.
pub(super) fn read(
    sql: &SqlStorage,
    query: &str,
    values: Vec<SqlStorageValue>,
) -> Result<Vec<Vec<SqlStorageValue>>, Problem> {
    Ok(exec(sql, query, values)?.raw().collect::<Result<_, _>>()?)
}

/// The one text of the first row; `None` where there is no row.
pub(super) fn read_text(
    sql: &SqlStorage,
    query: &str,
    values: Vec<SqlStorageValue>,
) -> Result<Option<String>, Problem> {
    let row = read(sql, query, values)?.into_iter().next();
    row.map(|row| texts(row).map(|[text]| text)).transpose()
}

/// Inserts rows of `width` values each, in as few statements as the runtime's bound on values allows. `head` is the statement
/// up to and with the names of the columns.
pub(super) fn insert(
    sql: &SqlStorage,
    head: &str,
    width: usize,
    values: impl IntoIterator<Item = SqlStorageValue>,
) -> Result<(), Problem> {
    let width = width.max(1);
    let places = format!("({})", vec!["?"; width].join(", "));
    let mut values = values.into_iter().peekable();
    while values.peek().is_some() {
        let bunch: Vec<_> = values.by_ref().take(VALUES_MAX / width * width).collect();
        let rows = vec![places.as_str(); bunch.len() / width].join(", ");
        exec(sql, &format!("{head} VALUES {rows}"), bunch)?;
    }
    Ok(())
}

/// A number below 2^53, as the runtime holds it exactly.
pub(super) fn number(value: u64) -> SqlStorageValue {
    SqlStorageValue::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}

/// An instant.
pub(super) fn instant(at: Timestamp) -> SqlStorageValue {
    number(at.as_millis())
}

/// A row of texts.
pub(super) fn texts<const N: usize>(row: Vec<SqlStorageValue>) -> Result<[String; N], Problem> {
    let texts: Option<Vec<_>> = row.into_iter().map(text).collect();
    texts.and_then(|texts| texts.try_into().ok()).ok_or_else(unknown_row)
}

/// A row of numbers.
pub(super) fn numbers<const N: usize>(row: &[SqlStorageValue]) -> Result<[u64; N], Problem> {
    let numbers: Option<Vec<_>> = row.iter().map(whole).collect();
    numbers.and_then(|numbers| numbers.try_into().ok()).ok_or_else(unknown_row)
}

fn text(value: SqlStorageValue) -> Option<String> {
    match value {
        SqlStorageValue::String(text) => Some(text),
        SqlStorageValue::Null
        | SqlStorageValue::Boolean(_)
        | SqlStorageValue::Integer(_)
        | SqlStorageValue::Float(_)
        | SqlStorageValue::Blob(_) => None,
    }
}

fn whole(value: &SqlStorageValue) -> Option<u64> {
    match value {
        SqlStorageValue::Integer(value) => u64::try_from(*value).ok(),
        SqlStorageValue::Null
        | SqlStorageValue::Boolean(_)
        | SqlStorageValue::String(_)
        | SqlStorageValue::Float(_)
        | SqlStorageValue::Blob(_) => None,
    }
}

fn unknown_row() -> Problem {
    Problem::Fault("a row is not what was saved".into())
}

/// Values that the runtime binds in one statement.
pub(super) const VALUES_MAX: usize = 100;
