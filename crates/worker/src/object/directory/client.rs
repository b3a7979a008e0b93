//! How executions and routes reach a tenant's directory. Never decides anything.

use cxpulse_core::dispatch::DISPATCH_PATIENCE;
use cxpulse_core::id::TenantId;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};
use worker::Env;

use super::message::{Told, Used};
use super::telemetry::Counted;
use crate::deadline::Deadline;
use crate::object::stub;
use crate::problem::Problem;

/// Tells the directory, and gives the number of the last record that it has.
///
/// # Errors
/// Where it cannot be reached, or does not answer in time: it may have taken everything all the same.
pub(crate) async fn tell(env: &Env, told: &Told) -> Result<u64, Problem> {
    let taken = tell_all(env, told.listing.tenant(), &[told]).await?;
    taken.first().copied().ok_or_else(|| Problem::Unavailable("the directory does not say what it took".into()))
}

/// The same of many executions of a tenant in one message; gives a number for each.
///
/// # Errors
/// Where it cannot be reached, or does not answer in time: it may have taken some of it all the same.
pub(crate) async fn tell_all(env: &Env, tenant: &TenantId, told: &[&Told]) -> Result<Vec<u64>, Problem> {
    Ok(serde_json::from_str(&post(env, tenant, "take", &serde_json::to_string(told)?).await?)?)
}

async fn post(env: &Env, tenant: &TenantId, what: &str, body: &str) -> Result<String, Problem> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(body));
    let deadline = Deadline::after(DISPATCH_PATIENCE)?;
    init.set_signal(Some(&deadline.signal()));
    let request = Request::new_with_str_and_init(&format!("https://directory/{what}"), &init)?;
    let answer = stub::send(env, BINDING, tenant.as_str(), &request).await?;
    let text = JsFuture::from(answer.text()?).await.map_err(Problem::of_object)?.as_string().unwrap_or_default();
    if answer.ok() { Ok(text) } else { Err(Problem::Unavailable(format!("the directory: {} {text}", answer.status()))) }
}

/// Tells the directory that somebody used something of the tenant's; the promise says whether it was taken.
pub(crate) fn note(env: &Env, used: &Used) -> Result<Promise, Problem> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(&serde_json::to_string(used)?));
    let request = Request::new_with_str_and_init("https://directory/note", &init)?;
    stub::promise(env, BINDING, used.tenant.as_str(), &request)
}

/// Asks a tenant's directory for a page, and gives the runtime's own promise of it. `address` is where a caller finds the
/// same page, for the link to the next.
pub(crate) fn ask(env: &Env, tenant: &TenantId, address: &str, raw: &Request) -> Result<Promise, Problem> {
    let request = Request::new_with_str_and_init(address, wasm_bindgen::JsCast::unchecked_ref(raw))?;
    stub::promise(env, BINDING, tenant.as_str(), &request)
}

/// The same for a route that reads the page itself.
pub(crate) async fn read(env: &Env, tenant: &TenantId, address: &str) -> Result<Response, Problem> {
    stub::send(env, BINDING, tenant.as_str(), &Request::new_with_str(address)?).await
}

/// Asks a tenant's directory for what it has counted.
///
/// # Errors
/// Where it cannot be reached.
pub(crate) async fn counted(env: &Env, tenant: &TenantId) -> Result<Counted, Problem> {
    let answer = read(env, tenant, "https://directory/metrics").await?;
    let text = JsFuture::from(answer.text()?).await.map_err(Problem::of_object)?.as_string().unwrap_or_default();
    if answer.ok() {
        Ok(serde_json::from_str(&text)?)
    } else {
        Err(Problem::Unavailable(format!("the directory: {text}")))
    }
}

const BINDING: &str = "DIRECTORY";
