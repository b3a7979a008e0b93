//! What this element does on the page beside what all do: keys on the map, the slider, times. Never decides.

use alloc::string::String;

use cxpulse_element::hands::Host;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/js/controls.js")]
extern "C" {
    /// The keyboard on the map, and what a person chooses by other than buttons.
    #[derive(Debug)]
    pub(crate) type Controls;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(host: &Host) -> Controls;
    #[wasm_bindgen(method)]
    pub(crate) fn tell(this: &Controls, core: &JsValue);
    #[wasm_bindgen(method)]
    pub(crate) fn end(this: &Controls);
    /// An instant in a language, with its date, in the page's zone.
    pub(crate) fn moment(text: &str, tag: &str) -> String;
}
