//! Reads a body in chunks, up to a limit. Never keeps more than the limit, never decodes.

use std::future::Future;
use std::pin::pin;

use cxpulse_core::time::Span;
use futures_util::future::{Either, select};
use js_sys::{Reflect, Uint8Array};
use tokio::sync::Semaphore;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader, Response};

use crate::clock;
use crate::http::Head;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// Longer than the limit. The rest was told to stop.
    TooLong,
    /// It broke off.
    Broken,
    /// It did not come within [`READING`].
    Late,
}

/// All bytes of the body, at most `max`.
pub(crate) async fn read(body: Option<ReadableStream>, max: usize) -> Result<Vec<u8>, BodyFault> {
    let Some(reader) = open(body) else { return Ok(Vec::new()) };
    or_cancel(&reader, gather(&reader, max, None).await)
}

/// The same of an answer. One that says how long it is, and is not too long, is taken as a whole: that is one step out of this
/// module and back, not two for each chunk. A large one waits for one of the `large` turns, and what is not read yet waits at its
/// sender: hundreds may come at once, and all that goes on in an isolate shares its memory.
pub(crate) async fn read_answer(
    answer: &Response,
    head: &Head,
    max: usize,
    large: &Semaphore,
) -> Result<Vec<u8>, BodyFault> {
    if head.is_packed || head.len.is_none_or(|len| len > max.min(LARGE)) {
        let Some(reader) = open(answer.body()) else { return Ok(Vec::new()) };
        return or_cancel(&reader, gather(&reader, max, Some(large)).await);
    }
    let whole = answer.array_buffer().map_err(|_| BodyFault::Broken)?;
    let whole = JsFuture::from(whole).await.map_err(|_| BodyFault::Broken)?;
    Ok(Uint8Array::new(&whole).to_vec())
}

/// The same of a caller's body, of which the rest is taken and thrown away, up to [`DRAIN_MAX`]: a caller who is
/// still sending would see a broken connection, and not our answer.
pub(crate) async fn read_to_end(body: Option<ReadableStream>, max: usize) -> Result<Vec<u8>, BodyFault> {
    let Some(reader) = open(body) else { return Ok(Vec::new()) };
    let bytes = within(READING, gather(&reader, max, None)).await.unwrap_or(Err(BodyFault::Late));
    if bytes == Err(BodyFault::TooLong) && within(READING, skip(&reader)).await.is_some() {
        return bytes;
    }
    or_cancel(&reader, bytes)
}

/// Of what was not read whole the other side need not send the rest; whether it heeds that is its own affair.
fn or_cancel(reader: &ReadableStreamDefaultReader, bytes: Result<Vec<u8>, BodyFault>) -> Result<Vec<u8>, BodyFault> {
    if bytes.is_err() {
        drop(reader.cancel());
    }
    bytes
}

async fn skip(reader: &ReadableStreamDefaultReader) {
    let mut left = DRAIN_MAX;
    while let Ok(Some(chunk)) = next_chunk(reader).await {
        left = left.saturating_sub(chunk.length());
        if left == 0 {
            drop(reader.cancel());
            return;
        }
    }
}

/// What comes of `future`; `None` where nothing does within `span`.
async fn within<T>(span: Span, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(clock::pause(span))).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(((), _)) => None,
    }
}

/// Takes a caller's body and throws it away, as [`read_to_end`] does with what is too much.
pub(crate) async fn drain(body: Option<ReadableStream>) {
    // What it was does not matter, nor how it ended.
    drop(read_to_end(body, 0).await);
}

/// Lets go of a body that nobody will read, so that its connection is free again.
pub(crate) fn discard(body: Option<ReadableStream>) {
    if let Some(stream) = body {
        drop(stream.cancel());
    }
}

fn open(body: Option<ReadableStream>) -> Option<ReadableStreamDefaultReader> {
    body.map(|stream| stream.get_reader().unchecked_into())
}

/// What is `large` waits for a turn, where there are turns.
async fn gather(
    reader: &ReadableStreamDefaultReader,
    max: usize,
    large: Option<&Semaphore>,
) -> Result<Vec<u8>, BodyFault> {
    let (mut bytes, mut turn) = (Vec::new(), None);
    while let Some(chunk) = next_chunk(reader).await? {
        let len = bytes.len().saturating_add(usize::try_from(chunk.length()).unwrap_or(usize::MAX));
        if len > max {
            return Err(BodyFault::TooLong);
        }
        if let Some(large) = large.filter(|_| len > LARGE && turn.is_none()) {
            // It fails only where turns were closed, which nobody does.
            turn = large.acquire().await.ok();
        }
        bytes.extend(chunk.to_vec());
    }
    drop(turn);
    Ok(bytes)
}

/// The next part of a body, still outside of this module's memory; `None` at its end.
pub(crate) async fn next_chunk(reader: &ReadableStreamDefaultReader) -> Result<Option<Uint8Array>, BodyFault> {
    let result = JsFuture::from(reader.read()).await.map_err(|_| BodyFault::Broken)?;
    let field = |name: &str| Reflect::get(&result, &JsValue::from_str(name)).map_err(|_| BodyFault::Broken);
    if field("done")?.is_truthy() {
        return Ok(None);
    }
    field("value")?.dyn_into().map(Some).map_err(|_| BodyFault::Broken)
}

/// Bytes beyond which an answer is large.
const LARGE: usize = 1_048_576;

/// How long a caller's body may take, whether it stands still or dribbles.
const READING: Span = Span::from_secs(20);

/// Bytes of a body too long that are taken before the caller is cut off: 32 MiB.
const DRAIN_MAX: u32 = 33_554_432;
