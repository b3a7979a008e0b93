//! Calls made for a flow by another invocation of this Worker: production lets one invocation wait on six connections, and a flow
//! may have two hundred calls under way. The way there is a service binding to an entrypoint of our own, which nothing from
//! outside reaches, and which fetches what it is sent (`js/entry.mjs`): the answer streams through it. Never decides what is
//! sent, never tries again.

use std::fmt;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::RequestInit;
use worker::Env;

/// The way to the entrypoint.
#[derive(Clone)]
pub(crate) struct Relay {
    service: JsValue,
}

impl Relay {
    /// The deployment's; `None` where it has none bound.
    pub(crate) fn of(env: &Env) -> Option<Self> {
        let service = Reflect::get(env, &JsValue::from_str(BINDING)).ok()?;
        service.is_object().then_some(Self { service })
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

const BINDING: &str = "RELAY";
