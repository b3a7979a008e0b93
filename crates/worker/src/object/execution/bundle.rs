//! The replay bundle of an execution, as the core describes it: written while it is read, page by page, so that it is never
//! in memory as a whole. It shows the execution as it stood when it was asked for.

use std::iter;
use std::rc::Rc;

use cxpulse_core::bundle::{Head, VERSION};
use futures_util::stream;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Response;

use super::life::Life;
use crate::clock;
use crate::problem::Problem;
use crate::reply;

/// Where a bundle is being written.
struct Writer {
    life: Rc<Life>,
    /// Lines that are ready: the first two, until they are taken.
    ready: Option<String>,
    /// Entries of the journal.
    entries: Part,
    /// Records of the audit log.
    records: Part,
    /// The last line, until it is taken.
    snapshot: Option<String>,
}

/// One of the lists in it.
struct Part {
    /// What each of its lines is.
    name: &'static str,
    written: u64,
    all: u64,
}

/// Answers with the bundle.
pub(super) fn answer(life: &Rc<Life>) -> Result<Response, Problem> {
    let writer = Writer::new(life)?;
    let name = format!("attachment; filename=\"{}.ndjson\"", writer.name());
    let mut writer = Some(writer);
    let chunks = iter::from_fn(move || {
        let chunk = writer.as_mut()?.next()?;
        // After a fault nothing is left to be said: whoever reads sees that the bundle was cut short.
        Some(chunk.map(|text| bytes(&text)).map_err(|problem| {
            problem.log();
            writer = None;
            JsValue::from_str("the bundle could not be read to its end")
        }))
    });
    let body = wasm_streams::ReadableStream::from_stream(stream::iter(chunks)).into_raw().unchecked_into();
    let headers =
        [("content-type", "application/x-ndjson"), ("cache-control", "no-store"), ("content-disposition", &*name)];
    reply::stream(&headers, &body)
}

impl Writer {
    fn new(life: &Rc<Life>) -> Result<Self, Problem> {
        let view = life.view()?.ok_or(Problem::NotFound)?;
        let kept = life.kept.borrow();
        let kept = kept.as_ref().ok_or(Problem::NotFound)?;
        let head = Head {
            version: VERSION,
            product: env!("CARGO_PKG_VERSION").into(),
            made_at: clock::now().into(),
            execution: kept.order.id.clone(),
            profile: kept.order.profile.clone(),
            base: kept.base.clone(),
            entries: kept.standing.entries,
            records: kept.dispatch.last(),
        };
        let head = line("bundle", &serde_json::to_string(&head)?);
        let order = line("order", &serde_json::to_string(&*kept.order)?);
        Ok(Self {
            life: Rc::clone(life),
            ready: Some(head + &order),
            entries: Part { name: "entry", written: 0, all: kept.standing.entries },
            records: Part { name: "record", written: 0, all: kept.dispatch.last() },
            snapshot: Some(line("snapshot", view.json())),
        })
    }

    /// What a file with it is called.
    fn name(&self) -> String {
        self.life.kept.borrow().as_ref().map(|kept| kept.order.id.to_string()).unwrap_or_default()
    }

    /// The next lines; `None` where that was all.
    fn next(&mut self) -> Option<Result<String, Problem>> {
        if let Some(ready) = self.ready.take() {
            return Some(Ok(ready));
        }
        let store = &self.life.store;
        if let Some(limit) = self.entries.limit() {
            let page = store.entries(self.entries.written, limit);
            return Some(page.and_then(|page| self.entries.write(&page)));
        }
        if let Some(limit) = self.records.limit() {
            let page = store.records(self.records.written, limit);
            return Some(page.and_then(|page| self.records.write(&page)));
        }
        self.snapshot.take().map(Ok)
    }
}

impl Part {
    /// How many are to be written next; `None` once all of them are.
    fn limit(&self) -> Option<u64> {
        Some(PAGE.min(self.all.saturating_sub(self.written))).filter(|limit| *limit > 0)
    }

    fn write(&mut self, page: &[String]) -> Result<String, Problem> {
        if page.is_empty() {
            return Err(Problem::Fault("lines of a bundle are missing".into()));
        }
        self.written = self.written.saturating_add(u64::try_from(page.len()).unwrap_or(u64::MAX));
        Ok(page.iter().map(|text| line(self.name, text)).collect())
    }
}

/// Line ends part JSON's tokens only, and would part the lines of the bundle.
fn line(name: &str, json: &str) -> String {
    format!("{{\"{name}\":{}}}\n", json.replace(['\r', '\n'], " "))
}

fn bytes(text: &str) -> JsValue {
    Uint8Array::from(text.as_bytes()).into()
}

/// Entries of a chunk.
const PAGE: u64 = 200;
