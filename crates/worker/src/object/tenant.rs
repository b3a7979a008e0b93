//! The `Tenant` object: one for a tenant. Keeps its token, and fetches it once however many executions ask.
//! Never decides when: that is core's `credential`. Never called from outside, only by the other objects.

use std::cell::RefCell;
use std::rc::Rc;

use cxpulse_core::credential::{Credentials, Token, Verdict};
use cxpulse_core::id::TenantId;
use cxpulse_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, RequestInit, Response};
use worker::durable::State;
use worker::worker_sys::DurableObjectState;
use worker::{Env, SqlStorageValue};

use crate::clock;
use crate::config::Settings;
use crate::incoming::Incoming;
use crate::object::stub;
use crate::problem::Problem;
use crate::{reply, upstream};

pub(crate) mod proxy;

/// What an execution asks.
#[derive(Serialize, Deserialize)]
struct Ask {
    /// Which tenant this object is for: it cannot know by itself.
    tenant: TenantId,
    /// The version of the token that CXone refused, where it refused one.
    newer_than: Option<u64>,
}

/// What it is told.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Lease {
    /// Use this one.
    Granted(Token),
    /// There is none before then.
    Postponed(Timestamp),
}

/// Asks a tenant's object for its token.
///
/// # Errors
/// Where the object itself cannot be reached.
pub(crate) async fn lease(env: &Env, tenant: &TenantId, newer_than: Option<u64>) -> Result<Lease, Problem> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(&serde_json::to_string(&Ask { tenant: tenant.clone(), newer_than })?));
    let request = Request::new_with_str_and_init("https://tenant/lease", &init)?;
    let answer = stub::send(env, "TENANT", tenant.as_str(), &request).await?;
    let text = wasm_bindgen_futures::JsFuture::from(answer.text()?).await?;
    Ok(serde_json::from_str(&text.as_string().unwrap_or_default())?)
}

/// The object.
#[wasm_bindgen]
pub struct Tenant {
    inner: Rc<Inner>,
    answers: Rc<proxy::Answers>,
}

struct Inner {
    state: State,
    env: Env,
    /// What storage has, once read.
    kept: RefCell<Option<Credentials>>,
    /// Held while a token is fetched.
    fetching: Mutex<()>,
}

#[wasm_bindgen]
impl Tenant {
    /// Called by the runtime.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        let inner = Inner { state: State::from(state), env, kept: RefCell::new(None), fetching: Mutex::new(()) };
        Self { inner: Rc::new(inner), answers: Rc::new(proxy::Answers::new()) }
    }

    /// Called by the runtime: an object asks.
    pub async fn fetch(&self, request: Request) -> Result<Response, JsValue> {
        let inner = Rc::clone(&self.inner);
        let answers = Rc::clone(&self.answers);
        let incoming = Incoming::new(request);
        let answer = match incoming.path() {
            "/proxy" => proxy::answer(&answers, &inner.env, &incoming).await,
            _ => inner.answer(incoming).await,
        };
        match answer {
            Ok(response) => Ok(response),
            Err(problem) => problem.answer(),
        }
    }
}

impl Inner {
    async fn answer(&self, incoming: Incoming) -> Result<Response, Problem> {
        let ask: Ask = serde_json::from_str(&incoming.text().await?)?;
        let lease = self.lease(&ask).await?;
        reply::json(200, &[], &serde_json::to_string(&lease)?)
    }

    async fn lease(&self, ask: &Ask) -> Result<Lease, Problem> {
        let newer_than = ask.newer_than;
        if let Some(lease) = self.held(newer_than)? {
            return Ok(lease);
        }
        let _turn = self.fetching.lock().await;
        // Whoever held the lock before may have brought one.
        if let Some(lease) = self.held(newer_than)? {
            return Ok(lease);
        }
        let settings = Settings::of(&self.env)?.tenant(&ask.tenant).ok_or(Problem::NotFound)?;
        let fetched = upstream::fetch_token(&settings).await;
        self.change(|credentials| match fetched {
            Ok(grant) => credentials.granted(grant, clock::now()),
            Err(trouble) => credentials.troubled(trouble, clock::now()),
        })?;
        self.held(newer_than)?.ok_or_else(|| Problem::Fault("a fetch left nothing decided".into()))
    }

    /// What can be said without asking the endpoint.
    fn held(&self, newer_than: Option<u64>) -> Result<Option<Lease>, Problem> {
        match self.credentials()?.decide(newer_than, clock::now()) {
            Verdict::Use(token) => Ok(Some(Lease::Granted(token))),
            Verdict::Wait(until) => Ok(Some(Lease::Postponed(until))),
            Verdict::Fetch => Ok(None),
        }
    }

    fn credentials(&self) -> Result<Credentials, Problem> {
        if let Some(kept) = &*self.kept.borrow() {
            return Ok(kept.clone());
        }
        let sql = self.state.storage().sql();
        sql.exec("CREATE TABLE IF NOT EXISTS credentials (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT)", None)?;
        let row = sql.exec("SELECT state FROM credentials", None)?.raw().next().transpose()?;
        let credentials = match row.and_then(|row| row.into_iter().next()) {
            Some(SqlStorageValue::String(text)) => serde_json::from_str(&text)?,
            _ => Credentials::default(),
        };
        self.kept.replace(Some(Credentials::clone(&credentials)));
        Ok(credentials)
    }

    fn change(&self, change: impl FnOnce(&mut Credentials)) -> Result<(), Problem> {
        let mut credentials = self.credentials()?;
        change(&mut credentials);
        let text = serde_json::to_string(&credentials)?;
        let sql = self.state.storage().sql();
        sql.exec("INSERT OR REPLACE INTO credentials (id, state) VALUES (1, ?)", vec![text.into()])?;
        self.kept.replace(Some(credentials));
        Ok(())
    }
}
