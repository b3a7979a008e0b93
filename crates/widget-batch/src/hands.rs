//! What this element does on the page beside what all do: nodes of a plan, cells, questions. Never decides.

use cxpulse_element::hands::Host;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/js/paint.js")]
extern "C" {
    /// Nodes, as a plan has them.
    #[derive(Debug)]
    pub(crate) type Paint;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(host: &Host, css: &str) -> Paint;
    #[wasm_bindgen(method)]
    pub(crate) fn tell(this: &Paint, core: &JsValue, host: &Host);
    #[wasm_bindgen(method)]
    pub(crate) fn draw(this: &Paint, plan: &str);
    #[wasm_bindgen(method)]
    pub(crate) fn focus(this: &Paint, part: &str);
    #[wasm_bindgen(method)]
    pub(crate) fn end(this: &Paint);
}

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

#[wasm_bindgen(module = "/js/asks.js")]
extern "C" {
    /// Questions under way.
    #[derive(Debug)]
    pub(crate) type Asks;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(host: &Host) -> Asks;
    #[wasm_bindgen(method)]
    pub(crate) fn tell(this: &Asks, core: &JsValue);
    #[wasm_bindgen(method)]
    pub(crate) fn hush(this: &Asks);
    #[wasm_bindgen(method)]
    pub(crate) fn ask(this: &Asks, number: u32, src: &str, address: &str, body: Option<&str>, token: Option<&str>);
}
