//! Passes a body on while it comes, chunk by chunk, none of which is copied into this module's memory. Never keeps one,
//! never changes one.

use std::pin::pin;

use cxpulse_core::time::Span;
use futures_util::future::{Either, select};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader, WritableStream, WritableStreamDefaultWriter};

use crate::body::{self, BodyFault};
use crate::clock;

/// Why a body did not pass whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It is longer than the limit.
    TooLong,
    /// Its source broke off.
    Broken,
    /// Nobody wants the rest.
    Unwanted,
    /// It was not read in time.
    Late,
}

/// Two ends: what is written into the one is read from the other.
pub(crate) struct Pipe {
    /// To be read from.
    pub(crate) readable: ReadableStream,
    /// To be written into.
    pub(crate) writable: WritableStream,
}

impl Pipe {
    /// One for a body of a known length, of which its reader is told before it comes; or of any.
    pub(crate) fn new(len: Option<u64>) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "bytes of a body, far below 2^53")]
        let stream = match len {
            Some(len) => FixedLengthStream::new(len as f64).unchecked_into(),
            None => IdentityTransformStream::new(),
        };
        Self { readable: stream.readable(), writable: stream.writable() }
    }
}

/// Takes `source` to `sink`, up to `max` bytes and for `time` at most, where there is a limit: a reader who stops reading
/// holds up whatever waits for the end. Ends both in every case.
pub(crate) async fn pump(
    source: &ReadableStream,
    sink: &WritableStream,
    max: u64,
    time: Option<Span>,
) -> Result<(), Cut> {
    let reader: ReadableStreamDefaultReader = source.get_reader().unchecked_into();
    let Ok(writer) = sink.get_writer() else { return Err(Cut::Unwanted) };
    let passed = match time {
        Some(time) => within(pass(&reader, &writer, max), time).await,
        None => pass(&reader, &writer, max).await,
    };
    match &passed {
        Ok(()) => {}
        Err(cut) => {
            drop(JsFuture::from(reader.cancel()));
            drop(JsFuture::from(writer.abort_with_reason(&JsValue::from_str(cut.message()))));
        }
    }
    passed
}

async fn within(passing: impl Future<Output = Result<(), Cut>>, time: Span) -> Result<(), Cut> {
    match select(pin!(passing), pin!(clock::pause(time))).await {
        Either::Left((passed, _)) => passed,
        Either::Right(_) => Err(Cut::Late),
    }
}

async fn pass(reader: &ReadableStreamDefaultReader, writer: &WritableStreamDefaultWriter, max: u64) -> Result<(), Cut> {
    let mut closed = JsFuture::from(writer.closed());
    let mut passed = 0_u64;
    loop {
        let next = match select(pin!(body::next_chunk(reader)), &mut closed).await {
            Either::Left((next, _)) => next,
            Either::Right(_) => return Err(Cut::Unwanted),
        };
        let Some(chunk) = next.map_err(|_: BodyFault| Cut::Broken)? else {
            // The other side sees the stream's end; of a close that fails, it has seen the failure.
            drop(JsFuture::from(writer.close()).await);
            return Ok(());
        };
        passed = passed.saturating_add(chunk.length().into());
        if passed > max {
            return Err(Cut::TooLong);
        }
        JsFuture::from(writer.write_with_chunk(&chunk)).await.map_err(|_| Cut::Unwanted)?;
    }
}

impl Cut {
    /// For the log, and for whoever reads the stream.
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::TooLong => "the body is longer than its limit",
            Self::Broken => "the body broke off",
            Self::Unwanted => "nobody wants the rest of the body",
            Self::Late => "the body was not read in time",
        }
    }
}

// The runtime's own streams of bytes, which carry no object and wait for their reader.
#[wasm_bindgen]
extern "C" {
    type IdentityTransformStream;

    #[wasm_bindgen(constructor)]
    fn new() -> IdentityTransformStream;

    #[wasm_bindgen(method, getter)]
    fn readable(this: &IdentityTransformStream) -> ReadableStream;

    #[wasm_bindgen(method, getter)]
    fn writable(this: &IdentityTransformStream) -> WritableStream;

    #[wasm_bindgen(extends = IdentityTransformStream)]
    type FixedLengthStream;

    #[wasm_bindgen(constructor)]
    fn new(len: f64) -> FixedLengthStream;
}
