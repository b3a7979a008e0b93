//! Finds an object, by its name or by what lives in it, and passes it a request. Never looks into either.

use cxpulse_core::id::{ExecutionId, FlowId, FlowKind, Home, TenantId};
use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};
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

/// Something of a caller's that lives in an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// In an object of its own, or in that of its flow: its id says which.
    Execution(ExecutionId),
    /// With all its executions.
    Flow(FlowId),
}

impl Target {
    /// What an id names; `None` for what is no id of ours: that is not there, and makes no object.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        let execution = ExecutionId::parse(id).ok().map(Self::Execution);
        execution.or_else(|| FlowId::parse(id).ok().map(Self::Flow))
    }

    /// The address at which its object takes a message: `what` it is, and the only tenant that there is for who sends it. That of a
    /// flow has its id in it: a batch and a chain may have one object's name.
    pub(crate) fn address(&self, reach: Option<&TenantId>, what: &str) -> String {
        let of = reach.map(|tenant| format!("of/{tenant}/")).unwrap_or_default();
        let run = match self {
            Self::Execution(id) => match id.home() {
                Home::Own => String::new(),
                Home::Flow { run, .. } => format!("run/{run}/"),
            },
            Self::Flow(id) => format!("{id}/"),
        };
        format!("https://object/{of}{run}{what}")
    }

    /// Sends its object a request as it is, and gives the runtime's own promise of the answer.
    pub(crate) fn promise(&self, env: &Env, request: &Request) -> Result<Promise, Problem> {
        let (binding, name) = self.object();
        promise(env, binding, name, request)
    }

    /// Sends its object a request as it is.
    pub(crate) async fn send(&self, env: &Env, request: &Request) -> Result<Response, Problem> {
        let (binding, name) = self.object();
        send(env, binding, name, request).await
    }

    fn object(&self) -> (&'static str, &str) {
        match self {
            Self::Execution(id) => match id.home() {
                Home::Own => (EXECUTION, id.as_str()),
                Home::Flow { hex, .. } => (FLOW, hex),
            },
            Self::Flow(id) => match id.kind() {
                FlowKind::Batch | FlowKind::Chain => (FLOW, id.hex()),
                FlowKind::History => (HISTORY, id.hex()),
            },
        }
    }
}

/// A message of ours to an object.
pub(crate) fn message(address: &str, body: &str) -> Result<Request, Problem> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(body));
    Ok(Request::new_with_str_and_init(address, &init)?)
}

const EXECUTION: &str = "EXECUTION";

const FLOW: &str = "FLOW";

const HISTORY: &str = "HISTORY";
