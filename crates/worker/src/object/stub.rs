//! Finds an object by its name and passes it a request. Never looks into either.

use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, Response};
use worker::Env;
use worker::worker_sys::DurableObjectNamespace as Namespace;

use crate::problem::Problem;

/// Sends `request` as it is, and gives the runtime's own promise of the answer.
pub(crate) fn promise(env: &Env, binding: &str, name: &str, request: &Request) -> Result<Promise, Problem> {
    // Unchecked: the SDK compares the name of the binding's class with each call.
    let namespace: Namespace = Reflect::get(env, &JsValue::from_str(binding))?.unchecked_into();
    let stub = namespace.get_by_name(name)?;
    stub.fetch_with_request(request).map_err(Problem::of_object)
}

/// Sends `request` to the object called `name` of the namespace bound as `binding`.
pub(crate) async fn send(env: &Env, binding: &str, name: &str, request: &Request) -> Result<Response, Problem> {
    let answer = JsFuture::from(promise(env, binding, name, request)?).await.map_err(Problem::of_object)?;
    // Unchecked, for it is the runtime's own answer to its own call.
    Ok(answer.unchecked_into())
}
