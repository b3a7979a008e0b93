//! The doctor's errands: asks CXone step by step, straight and with little patience, and stops where going on makes no
//! sense. Never judges an answer: the core's `doctor` does. Never goes through the gate: it is asked when that is stuck.

use cxpulse_core::credential::{DISCOVERY_HEADERS, Secret, token_request};
use cxpulse_core::doctor::{Answered, Doctor, Place, Report, Seen, Step, Trial, trial};
use cxpulse_core::execution::Identity;
use cxpulse_core::id::ExecutionId;
use cxpulse_core::profile::{Located, Question};
use cxpulse_core::time::Span;
use cxpulse_core::trace::TraceContext;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, RequestInit, RequestRedirect, Response, WorkerGlobalScope};

use crate::config::TenantSettings;
use crate::problem::Problem;
use crate::{body, clock, seal};

/// Examines a tenant's connection.
///
/// # Errors
/// Faults of ours only: CXone's are what the report is about.
pub(crate) async fn examine(tenant: &TenantSettings) -> Result<Report, Problem> {
    let mut checkup = Checkup {
        tenant,
        doctor: Doctor { profile: &tenant.profile, site: &tenant.site, at: &tenant.written },
        steps: Vec::new(),
    };
    checkup.run().await?;
    Ok(Report::new(tenant.id.to_string(), tenant.profile.name.clone(), checkup.steps))
}

struct Checkup<'a> {
    tenant: &'a TenantSettings,
    doctor: Doctor<'a>,
    steps: Vec<Step>,
}

impl Checkup<'_> {
    /// Ends early where a step brings nothing for the next.
    async fn run(&mut self) -> Result<(), Problem> {
        let (profile, site) = (&self.tenant.profile, &self.tenant.site);
        let located = profile.locate_base(site).map_err(|error| Problem::Fault(error.to_string()))?;
        let Some(base) = self.find(Place::Api, located).await else { return Ok(()) };
        let located = profile.locate_token(site, &base).map_err(|error| Problem::Fault(error.to_string()))?;
        let token = match located {
            None => {
                self.steps.push(self.doctor.static_token());
                self.tenant.account.static_token.clone()
            }
            Some(located) => match self.find(Place::Tokens, located).await {
                Some(url) => self.fetch_token(&url).await?,
                None => None,
            },
        };
        match token {
            Some(token) => self.poll(&base, &token).await,
            None => Ok(()),
        }
    }

    async fn find(&mut self, place: Place, located: Located) -> Option<String> {
        let question: Question = match located {
            Located::At(url) => return Some(url),
            Located::Ask(question) => question,
        };
        let probe = Probe::send("GET", &question.url, &DISCOVERY_HEADERS, None).await;
        let examined = self.doctor.discovery(place, &question, probe.seen(), clock::now());
        self.steps.push(Step { took_ms: probe.took.as_millis(), ..examined.step });
        examined.value
    }

    async fn fetch_token(&mut self, url: &str) -> Result<Option<Secret>, Problem> {
        let request = token_request(&self.tenant.profile.token, &self.tenant.account, url);
        let Some(request) = request.map_err(|error| Problem::Fault(error.to_string()))? else { return Ok(None) };
        let headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.reveal())).collect();
        let probe = Probe::send(request.method, &request.url, &headers, Some(request.body.reveal())).await;
        let examined = self.doctor.token(url, probe.seen(), clock::now());
        self.steps.push(Step { took_ms: probe.took.as_millis(), ..examined.step });
        self.steps.extend(self.doctor.clock(probe.seen(), clock::now()));
        if examined.value.is_some() {
            self.steps.extend(self.doctor.scope(probe.seen()));
        }
        Ok(examined.value.map(|grant| grant.secret))
    }

    async fn poll(&mut self, base: &str, token: &Secret) -> Result<(), Problem> {
        let identity = Identity {
            id: ExecutionId::from_bytes(seal::random()?),
            correlation_bytes: seal::random()?,
            trace: TraceContext::root(seal::random()?),
            seed: u64::from_be_bytes(seal::random()?),
        };
        let request = match trial(&self.tenant.profile, identity, clock::now()) {
            Trial::Call(request) => request,
            Trial::Nothing => {
                self.steps.push(self.doctor.untried());
                return Ok(());
            }
        };
        let authorization = format!("Bearer {}", token.reveal());
        let headers = request.headers.iter().map(|(name, value)| (name.as_ref(), value.as_str()));
        let headers: Vec<_> = headers.chain([("authorization", authorization.as_str())]).collect();
        let url = format!("{base}{}", request.path);
        let probe = Probe::send(&request.method, &url, &headers, request.body.as_deref()).await;
        self.steps.push(Step { took_ms: probe.took.as_millis(), ..self.doctor.poll(&url, probe.seen()) });
        Ok(())
    }
}

/// What one errand came to.
struct Probe {
    outcome: Result<Brought, Lost>,
    took: Span,
}

struct Brought {
    status: u16,
    body: String,
    /// The headers that are looked at, in the order of [`HEADERS`].
    headers: [Option<String>; 5],
}

#[derive(Clone, Copy)]
enum Lost {
    TimedOut,
    Unreached,
}

impl Probe {
    async fn send(method: &str, url: &str, headers: &[(&str, &str)], body: Option<&str>) -> Self {
        let sent_at = clock::now();
        let signal = AbortSignal::timeout_with_f64(PATIENCE.as_millis_f64());
        let lost = || if signal.aborted() { Lost::TimedOut } else { Lost::Unreached };
        let outcome = fetch(method, url, headers, body, &signal).await.map_err(|_| lost());
        Self { outcome, took: clock::now().since(sent_at) }
    }

    fn seen(&self) -> Seen<'_> {
        match &self.outcome {
            Ok(Brought { status, body, headers: [content_type, date, location, retry_after, www_authenticate] }) => {
                Seen::Answered(Answered {
                    status: *status,
                    body,
                    content_type: content_type.as_deref(),
                    date: date.as_deref(),
                    location: location.as_deref(),
                    retry_after: retry_after.as_deref(),
                    www_authenticate: www_authenticate.as_deref(),
                })
            }
            Err(Lost::TimedOut) => Seen::TimedOut,
            Err(Lost::Unreached) => Seen::Unreached,
        }
    }
}

async fn fetch(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
    signal: &AbortSignal,
) -> Result<Brought, JsValue> {
    let pair = |(name, value): &(&str, &str)| Array::of2(&JsValue::from_str(name), &JsValue::from_str(value));
    let pairs: Array = headers.iter().map(pair).collect();
    let init = RequestInit::new();
    init.set_method(method);
    init.set_headers(&pairs);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(signal));
    if let Some(body) = body {
        init.set_body(&JsValue::from_str(body));
    }
    let global: WorkerGlobalScope = js_sys::global().unchecked_into();
    let answer: Response = JsFuture::from(global.fetch_with_str_and_init(url, &init)).await?.dyn_into()?;
    let found = HEADERS.map(|name| answer.headers().get(name).ok().flatten());
    // What is longer is no answer that a step could read; its headers say enough.
    let bytes = body::read(answer.body(), ANSWER_MAX).await.unwrap_or_default();
    Ok(Brought { status: answer.status(), body: String::from_utf8_lossy(&bytes).into_owned(), headers: found })
}

const HEADERS: [&str; 5] = ["content-type", "date", "location", "retry-after", "www-authenticate"];

/// For each errand.
const PATIENCE: Span = Span::from_secs(5);

/// Bytes of an answer that are looked at.
const ANSWER_MAX: usize = 65_536;
