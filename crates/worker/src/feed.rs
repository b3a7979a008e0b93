//! Snapshots as they leave: one rendering of each, shared by all readers, and the stream of Server-Sent Events.
//! Never keeps a snapshot for a slow reader: whoever comes back for more is given the latest.
//!
//! Stream after the WHATWG HTML standard, section 9.2. `id:` is the sequence number; events have no name of their own, so
//! that `onmessage` gets them.

use std::cell::OnceCell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;

use cxpulse_core::execution::{Execution, Order};
use cxpulse_core::time::Span;
use cxpulse_core::wire::Snapshot;
use futures_util::future::{Either, select};
use futures_util::stream;
use js_sys::{JsString, Uint8Array};
use tokio::sync::watch;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ReadableStream, Response, ResponseInit};

use crate::clock;
use crate::problem::Problem;
use crate::reply;

/// One snapshot, rendered once.
pub(crate) struct View {
    seq: u64,
    is_ended: bool,
    json: String,
    etag: String,
    /// Head and body of a plain answer, on JavaScript's side.
    prepared: OnceCell<(ResponseInit, JsString)>,
    /// The event of it, on JavaScript's side.
    frame: OnceCell<Uint8Array>,
}

impl View {
    /// The execution as it stands.
    pub(crate) fn of(order: &Order, execution: &Execution, base: &str) -> Result<Self, Problem> {
        let json = serde_json::to_string(&Snapshot::of(order, execution, base))?;
        Ok(Self::new(execution.seq(), execution.ending().is_some(), json))
    }

    /// A snapshot as JSON: of which change, and whether that was the end.
    pub(crate) fn new(seq: u64, is_ended: bool, json: String) -> Self {
        let etag = format!("\"{seq}\"");
        Self { seq, is_ended, json, etag, prepared: OnceCell::new(), frame: OnceCell::new() }
    }

    /// Which change it shows.
    pub(crate) const fn seq(&self) -> u64 {
        self.seq
    }

    /// Whether it shows the end.
    pub(crate) const fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// As JSON.
    pub(crate) fn json(&self) -> &str {
        &self.json
    }

    /// What `ETag` says of it.
    pub(crate) fn etag(&self) -> &str {
        &self.etag
    }

    /// As an answer. Costs one crossing into JavaScript after the first time.
    pub(crate) fn answer(&self) -> Result<Response, Problem> {
        let (head, body) = self.prepared();
        reply::prepared(head, body)
    }

    fn prepared(&self) -> &(ResponseInit, JsString) {
        self.prepared.get_or_init(|| {
            let headers = [("content-type", "application/json"), ("cache-control", "no-cache"), ("etag", &*self.etag)];
            (reply::head(200, &headers), JsString::from(self.json.as_str()))
        })
    }

    /// As a message of a socket, on JavaScript's side.
    pub(crate) fn text(&self) -> &JsString {
        &self.prepared().1
    }

    fn frame(&self) -> Uint8Array {
        let frame = || {
            // Line ends part JSON's tokens only, and would part an event's lines.
            let json = self.json.replace(['\r', '\n'], " ");
            bytes(&format!("id: {}\ndata: {json}\n\n", self.seq))
        };
        self.frame.get_or_init(frame).clone()
    }
}

/// Where a stream reads.
struct Reader<L> {
    latest: L,
    changes: watch::Receiver<u64>,
    sent: Option<u64>,
    is_opened: bool,
    is_over: bool,
}

/// A stream of `latest` and every change, up to the end; `sent` is what its reader has already.
pub(crate) fn stream<L>(latest: L, changes: watch::Receiver<u64>, sent: Option<u64>) -> ReadableStream
where
    L: Fn() -> Option<Rc<View>> + 'static,
{
    let reader = Reader { latest, changes, sent, is_opened: false, is_over: false };
    let frames = stream::unfold(reader, |mut reader| async move {
        let frame = reader.next().await?;
        Some((Ok::<JsValue, JsValue>(frame.into()), reader))
    });
    wasm_streams::ReadableStream::from_stream(frames).into_raw().unchecked_into()
}

impl<L: Fn() -> Option<Rc<View>>> Reader<L> {
    /// What is sent next; `None` when that was all.
    async fn next(&mut self) -> Option<Uint8Array> {
        if !self.is_opened {
            self.is_opened = true;
            return Some(bytes(OPENING));
        }
        while !self.is_over {
            self.changes.mark_unchanged();
            let view = (self.latest)()?;
            self.is_over = view.is_ended;
            if self.sent != Some(view.seq) {
                self.sent = Some(view.seq);
                return Some(view.frame());
            }
            if !self.is_over && !happens_within(self.changes.changed(), HEARTBEAT).await {
                return Some(bytes(":\n\n"));
            }
        }
        None
    }
}

/// Whether `future` is done before `span` is over.
pub(crate) async fn happens_within<F: Future>(future: F, span: Span) -> bool {
    let (future, pause) = (pin!(future), pin!(clock::pause(span)));
    matches!(select(future, pause).await, Either::Left(_))
}

fn bytes(text: &str) -> Uint8Array {
    Uint8Array::from(text.as_bytes())
}

/// Tells the browser how soon to come back after a cut.
const OPENING: &str = "retry: 1000\n\n";

/// How often a stream without news shows that it lives.
const HEARTBEAT: Span = Span::from_secs(15);
