//! What readers of a history are answered beside its snapshot: report, steps, exports. Never changes it.

use std::rc::Rc;

use cxpulse_core::history::{Exporter, Report, StepLines, StepNotes, Table, write_dot, write_mermaid};
use cxpulse_core::retrieval::HistoryOrder;
use cxpulse_core::validate::{Form, ReportQuery, parse_export_query, parse_report_query};
use futures_util::stream;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ReadableStream, Response};

use super::super::Conductor;
use super::rows::Rows;
use super::shelf::UNREADABLE;
use crate::incoming::Incoming;
use crate::object::execution::is_named;
use crate::problem::Problem;
use crate::reply;

/// `GET …/report`: of what is there by now. Not made again for who has it.
pub(in crate::object::flow) fn report(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<Response, Problem> {
    let query = parse_report_query(incoming.query_text()).map_err(Problem::BadParameters)?;
    let (order, tag) = conductor.asked(incoming)?;
    if incoming.header("if-none-match").is_some_and(|tags| is_named(&tags, &tag)) {
        return reply::empty(304, &[("etag", &tag), ("cache-control", "no-cache")]);
    }
    let known =
        conductor.pages.reported.borrow().as_ref().filter(|(of, _)| *of == tag).map(|(_, json)| Rc::clone(json));
    let json = match known {
        Some(json) => json,
        None => {
            let json: Rc<str> = serde_json::to_string(&conductor.reported(&order, &query)?)?.into();
            conductor.pages.reported.replace(Some((tag.clone(), Rc::clone(&json))));
            json
        }
    };
    reply::json(200, &[("etag", &tag), ("cache-control", "no-cache")], &json)
}

/// `GET …/steps`: a line for each, while they are read.
pub(in crate::object::flow) fn steps(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<Response, Problem> {
    let (order, _) = conductor.asked(incoming)?;
    let mut notes = StepNotes::new(order.options());
    let mut rows = conductor.pages.shelf.rows()?;
    while let Some(row) = rows.next()? {
        if !row.text.starts_with(UNREADABLE) {
            notes.row(row.text).map_err(|error| Problem::NoWorkflow(error.to_string()))?;
        }
    }
    let lines = Lines { rows: conductor.pages.shelf.rows()?, lines: notes.finish() };
    let body = streamed(lines, Lines::next);
    reply::stream(&[("content-type", "application/x-ndjson"), ("cache-control", "no-store")], &body)
}

/// `GET …/export?format=`: a file for other tools; what is long is written while it is read.
pub(in crate::object::flow) fn export(conductor: &Rc<Conductor>, incoming: &Incoming) -> Result<Response, Problem> {
    let (form, query) = parse_export_query(incoming.query_text()).map_err(Problem::BadParameters)?;
    let (order, _) = conductor.asked(incoming)?;
    let (kind, ending) = match form {
        Form::Xes => ("application/xml", "xes"),
        Form::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
        Form::Dot => ("text/vnd.graphviz; charset=utf-8", "dot"),
        Form::Mermaid => ("text/vnd.mermaid; charset=utf-8", "mmd"),
    };
    let name = format!("attachment; filename=\"{}.{ending}\"", order.id);
    let headers = [("content-type", kind), ("content-disposition", name.as_str()), ("cache-control", "no-store")];
    let mut text = String::new();
    let table = match form {
        Form::Xes => Table::Xes,
        Form::Csv => Table::Csv,
        Form::Dot => {
            write_dot(&conductor.reported(&order, &query)?, &mut text).map_err(unwritten)?;
            return reply::text(200, &headers, &text);
        }
        Form::Mermaid => {
            write_mermaid(&conductor.reported(&order, &query)?, &mut text).map_err(unwritten)?;
            return reply::text(200, &headers, &text);
        }
    };
    let exporter = Exporter::new(table, &*conductor.pages.shelf.log()?, &order.options(), &query.filter);
    let exporter = exporter.map_err(|error| Problem::NoWorkflow(error.to_string()))?;
    let export = Export { conductor: Rc::clone(conductor), exporter: Some(exporter) };
    reply::stream(&headers, &streamed(export, Export::next))
}

impl Conductor {
    /// What was asked for, and the tag of what is made of it by this request.
    fn asked(&self, incoming: &Incoming) -> Result<(HistoryOrder, String), Problem> {
        let kept = self.kept.borrow();
        let work = kept.as_ref().ok_or(Problem::NotFound)?.work.history()?;
        let query = incoming.query_text().split('&').filter(|pair| !pair.starts_with("token=")).collect::<Vec<_>>();
        // The same rows and the same question have the same answer, byte for byte; and rows are never taken away.
        let rows = self.pages.shelf.held()?.rows;
        Ok((work.order.clone(), format!("\"{rows}-{}\"", digest(&query.join("&")))))
    }

    fn reported(&self, order: &HistoryOrder, query: &ReportQuery) -> Result<Report, Problem> {
        let log = self.pages.shelf.log()?;
        log.report(&order.options(), &query.filter).map_err(|error| Problem::NoWorkflow(error.to_string()))
    }
}

/// An export as it is written.
struct Export {
    conductor: Rc<Conductor>,
    /// `None` once all of it was.
    exporter: Option<Exporter>,
}

impl Export {
    /// Some of it; `None` after the last.
    fn next(&mut self) -> Option<Result<Uint8Array, Problem>> {
        let mut exporter = self.exporter.take()?;
        let log = match self.conductor.pages.shelf.log() {
            Ok(log) => log,
            Err(problem) => return Some(Err(problem)),
        };
        let mut text = String::new();
        loop {
            match exporter.write(&log, &mut text) {
                Ok(true) if text.len() < CHUNK_BYTES => {}
                Ok(is_more) => {
                    self.exporter = is_more.then_some(exporter);
                    return Some(Ok(Uint8Array::from(text.as_bytes())));
                }
                Err(error) => return Some(Err(Problem::Fault(error.to_string()))),
            }
        }
    }
}

/// A body that is made while it is read.
fn streamed<T: 'static>(
    source: T,
    next: impl Fn(&mut T) -> Option<Result<Uint8Array, Problem>> + Copy + 'static,
) -> ReadableStream {
    let chunks = stream::unfold(source, move |mut source| async move {
        let chunk = next(&mut source)?;
        Some((chunk.map(JsValue::from).map_err(|problem| JsValue::from_str(&problem.document())), source))
    });
    wasm_streams::ReadableStream::from_stream(chunks).into_raw().unchecked_into()
}

/// The steps of rows, as they are read.
struct Lines {
    rows: Rows,
    lines: StepLines,
}

impl Lines {
    /// Some lines; `None` after the last.
    fn next(&mut self) -> Option<Result<Uint8Array, Problem>> {
        let mut text = String::new();
        while text.len() < CHUNK_BYTES {
            match self.rows.next() {
                Ok(Some(row)) if row.text.starts_with(UNREADABLE) => {}
                Ok(Some(row)) => {
                    if let Err(error) = self.lines.row(row.text, &mut text) {
                        return Some(Err(Problem::Fault(error.to_string())));
                    }
                }
                Ok(None) if text.is_empty() => return None,
                Ok(None) => break,
                Err(problem) => return Some(Err(problem)),
            }
        }
        Some(Ok(Uint8Array::from(text.as_bytes())))
    }
}

fn unwritten(_: std::fmt::Error) -> Problem {
    Problem::Fault("the export could not be written".into())
}

/// Tells one question from another.
fn digest(text: &str) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

/// Bytes after which what is read is handed on.
const CHUNK_BYTES: usize = 65_536;
