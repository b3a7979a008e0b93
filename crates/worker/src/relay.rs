//! Calls made for a flow by another invocation of this Worker: production lets one invocation wait on six connections, and a flow
//! may have two hundred calls under way. The way there is the runtime's own binding to an entrypoint of ours (`exports` of an
//! object's state), which nothing from outside reaches, and which fetches what it is sent (`js/entry.mjs`): the answer streams through it. Never decides what is
//! sent, never tries again.

use std::fmt;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::RequestInit;
use worker::durable::State;

/// The way to the entrypoint.
#[derive(Clone)]
pub(crate) struct Relay {
    service: JsValue,
}

impl Relay {
    /// An object's; `None` where the runtime has none.
    pub(crate) fn of(state: &State) -> Option<Self> {
        let exports = Reflect::get(state.as_raw(), &JsValue::from_str("exports")).ok()?;
        let service = Reflect::get(&exports, &JsValue::from_str(ENTRYPOINT)).ok()?;
        (service.is_object() || service.is_function()).then_some(Self { service })
    }

    /// Has it fetched: the promise of its answer, as the runtime's own `fetch` gives it.
    pub(crate) fn fetch(&self, url: &str, init: &RequestInit) -> Result<Promise, JsValue> {
        let fetch: Function = Reflect::get(&self.service, &JsValue::from_str("fetch"))?.unchecked_into();
        Ok(fetch.call2(&self.service, &JsValue::from_str(url), init)?.unchecked_into())
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Relay")
    }
}

/// As `js/entry.mjs` names it.
const ENTRYPOINT: &str = "Relay";
