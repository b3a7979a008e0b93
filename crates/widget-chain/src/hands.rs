//! What this element does on the page beside what all do: keys. Never decides.

use cxpulse_element::hands::Host;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/js/walk.js")]
extern "C" {
    /// The keyboard on the graph.
    #[derive(Debug)]
    pub(crate) type Walk;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(host: &Host) -> Walk;
    #[wasm_bindgen(method)]
    pub(crate) fn tell(this: &Walk, core: &JsValue);
    #[wasm_bindgen(method)]
    pub(crate) fn end(this: &Walk);
}
