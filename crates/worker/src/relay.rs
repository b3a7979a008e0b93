//! Calls made for a flow by another invocation of this Worker: production lets one invocation wait on six connections, and a flow
//! may have two hundred calls under way. The way there is a service binding to an entrypoint of our own, which nothing from
//! outside reaches. Never decides what is sent, never tries again.

use std::fmt;

use cxpulse_core::time::Span;
use js_sys::{Function, Promise, Reflect};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};
use worker::Env;

use crate::http::{self, Incoming, Outgoing, Unanswered};
use crate::incoming;
use crate::problem::Problem;
use crate::reply;

/// The way to the entrypoint.
#[derive(Clone)]
pub(crate) struct Relay {
    service: JsValue,
}

/// What is to be sent, as the invocation that sends it is told.
#[derive(Serialize, Deserialize)]
struct Errand {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
    timeout: Span,
    answer_max: usize,
    refusal_max: usize,
}

impl Relay {
    /// The deployment's; `None` where it has none bound.
    pub(crate) fn of(env: &Env) -> Option<Self> {
        let service = Reflect::get(env, &JsValue::from_str(BINDING)).ok()?;
        service.is_object().then_some(Self { service })
    }

    /// Has it sent, and gives what came back.
    pub(crate) async fn exchange(&self, outgoing: &Outgoing<'_>) -> Result<Incoming, Unanswered> {
        let text = self.ask(outgoing).await.map_err(|problem| {
            problem.log();
            // It may have been sent all the same.
            Unanswered::Broken
        })?;
        serde_json::from_str(&text).unwrap_or(Err(Unanswered::Broken))
    }

    async fn ask(&self, outgoing: &Outgoing<'_>) -> Result<String, Problem> {
        let errand = Errand {
            method: outgoing.method.into(),
            url: outgoing.url.into(),
            headers: outgoing.headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            body: outgoing.body.map(Into::into),
            timeout: outgoing.timeout,
            answer_max: outgoing.answer_max,
            refusal_max: outgoing.refusal_max,
        };
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_body(&JsValue::from_str(&serde_json::to_string(&errand)?));
        let request = Request::new_with_str_and_init("https://relay/", &init)?;
        let fetch: Function = Reflect::get(&self.service, &JsValue::from_str("fetch"))?.unchecked_into();
        let sent: Promise = fetch.call1(&self.service, &request)?.unchecked_into();
        let answer: Response = JsFuture::from(sent).await.map_err(Problem::of_object)?.unchecked_into();
        let text = JsFuture::from(answer.text()?).await.map_err(Problem::of_object)?.as_string().unwrap_or_default();
        if answer.ok() { Ok(text) } else { Err(Problem::Unavailable(format!("the relay: {}", answer.status()))) }
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Relay")
    }
}

/// What comes through the binding: makes the call, and says what came of it.
pub(crate) async fn make(request: Request) -> Result<Response, Problem> {
    let text = incoming::Incoming::new(request).message().await?;
    let errand: Errand = serde_json::from_str(&text)?;
    let headers: Vec<_> = errand.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let outgoing = Outgoing {
        method: &errand.method,
        url: &errand.url,
        headers: &headers,
        body: errand.body.as_deref(),
        timeout: errand.timeout,
        answer_max: errand.answer_max,
        refusal_max: errand.refusal_max,
    };
    reply::inner(&serde_json::to_string(&http::exchange(&outgoing).await)?)
}

const BINDING: &str = "RELAY";
