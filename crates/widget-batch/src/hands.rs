//! What this element does on the page beside what all do: cells. Never decides.

use cxpulse_element::hands::Host;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/js/cells.js")]
extern "C" {
    /// The grid's cells.
    #[derive(Debug)]
    pub(crate) type Cells;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(host: &Host) -> Cells;
    #[wasm_bindgen(method)]
    pub(crate) fn tell(this: &Cells, core: &JsValue);
    #[wasm_bindgen(method)]
    pub(crate) fn show(this: &Cells, letters: &str, cursor: i32);
    #[wasm_bindgen(method)]
    pub(crate) fn end(this: &Cells);
}
