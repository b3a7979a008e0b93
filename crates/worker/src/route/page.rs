//! The console, the embed page and their files, with the headers that keep them safe. Never makes a page itself.

use serde_json::json;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};
use worker::Env;
use worker::worker_sys;

use crate::config::{Settings, is_local};
use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::{cors, reply};

/// A file by its path.
pub(crate) async fn file(incoming: &Incoming, env: &Env, settings: &Settings) -> Result<Response, Problem> {
    let path = match incoming.path() {
        "/" => "/index.html",
        "/api" => "/api.html",
        path => path,
    };
    fetch(incoming, env, settings, path).await
}

/// One element on a page of its own; the page's script reads which from its address.
pub(crate) async fn embed(incoming: &Incoming, env: &Env, settings: &Settings) -> Result<Response, Problem> {
    fetch(incoming, env, settings, EMBED).await
}

/// In development, what the page needs so that its user need not type it.
pub(crate) fn session(incoming: &Incoming, settings: &Settings) -> Result<Response, Problem> {
    let session = settings.dev.as_ref().ok_or(Problem::NotFound)?;
    // By another name it may be reached from anywhere, or by any page through a name that leads here.
    if !is_local(incoming.site()) {
        return Err(Problem::Misconfigured(vec!["CXPULSE_DEV is for this machine only".into()]));
    }
    let body = json!({"api_key": session.api_key.reveal(), "sim": session.sim});
    reply::json(200, &[], &body.to_string())
}

async fn fetch(incoming: &Incoming, env: &Env, settings: &Settings, path: &str) -> Result<Response, Problem> {
    let assets: worker_sys::Fetcher = env.assets("ASSETS")?.into_rpc();
    let init = RequestInit::new();
    if let Some(etag) = incoming.header("if-none-match") {
        let headers = web_sys::Headers::new()?;
        headers.set("if-none-match", &etag)?;
        init.set_headers(&headers);
    }
    let request = Request::new_with_str_and_init(&format!("{}{path}", incoming.site()), &init)?;
    let answer: Response = JsFuture::from(assets.fetch(&request)?).await?.unchecked_into();
    if answer.status() == 404 {
        crate::body::discard(answer.body());
        return Err(Problem::NotFound);
    }
    let is_embed = path == EMBED;
    let policy = policy(settings, if is_embed { &settings.frame_ancestors } else { "'self'" });
    let mut headers = vec![("content-security-policy", policy.as_str()), ("cross-origin-opener-policy", "same-origin")];
    headers.extend(reply::safety());
    if is_embed {
        // A page that isolates itself (COEP) may frame nothing else.
        headers.push(("cross-origin-resource-policy", "cross-origin"));
    }
    let answer = reply::with_headers(&answer, &headers)?;
    if is_shared(path) { cors::share(&answer) } else { Ok(answer) }
}

/// What pages of any origin may load: the element, and what tools read of the API.
fn is_shared(path: &str) -> bool {
    let is_folder = ["/pkg/", "/schema/"].iter().any(|folder| path.starts_with(folder));
    is_folder || matches!(path, "/openapi.json" | "/asyncapi.json")
}

/// Scripts, styles and connections of our own only, and no inline ones; wasm may be compiled.
fn policy(settings: &Settings, ancestors: &str) -> String {
    let sim = settings.dev.as_ref().map(|session| format!(" {}", session.sim)).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'{sim}; \
         img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )
}

const EMBED: &str = "/embed.html";
