//! Reads a body in chunks, up to a limit. Never keeps more than the limit, never decodes.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// Longer than the limit. The rest was told to stop.
    TooLong,
    /// It broke off.
    Broken,
}

/// All bytes of the body, at most `max`.
pub(crate) async fn read(body: Option<ReadableStream>, max: usize) -> Result<Vec<u8>, BodyFault> {
    let Some(stream) = body else { return Ok(Vec::new()) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    while let Some(chunk) = next_chunk(&reader).await? {
        let len = usize::try_from(chunk.length()).unwrap_or(usize::MAX);
        if bytes.len().saturating_add(len) > max {
            // The other side need not send what nobody reads; whether it heeds that is its own affair.
            drop(reader.cancel());
            return Err(BodyFault::TooLong);
        }
        bytes.extend(chunk.to_vec());
    }
    Ok(bytes)
}

/// Lets go of a body that nobody will read, so that its connection is free again.
pub(crate) fn discard(body: Option<ReadableStream>) {
    if let Some(stream) = body {
        drop(stream.cancel());
    }
}

async fn next_chunk(reader: &ReadableStreamDefaultReader) -> Result<Option<Uint8Array>, BodyFault> {
    let result = JsFuture::from(reader.read()).await.map_err(|_| BodyFault::Broken)?;
    let field = |name: &str| Reflect::get(&result, &JsValue::from_str(name)).map_err(|_| BodyFault::Broken);
    if field("done")?.is_truthy() {
        return Ok(None);
    }
    field("value")?.dyn_into().map(Some).map_err(|_| BodyFault::Broken)
}
