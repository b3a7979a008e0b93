//! A world with a client that holds a token, on a clock that a test turns. The only code that touches the world's API.

use cxpulse_core::time::{Span, Timestamp};
use cxpulse_sim::{CallbackCall, Delivery, Reply, Request, Settings, World};
use serde_json::Value;

pub(crate) const EXECUTIONS: &str = "/api/v2/dataactions/executions";

pub(crate) struct Tenant {
    pub(crate) world: World,
    pub(crate) now: Timestamp,
    pub(crate) token: String,
}

impl Tenant {
    pub(crate) fn new() -> Self {
        Self::with_seed(1)
    }

    pub(crate) fn with_seed(seed: u64) -> Self {
        Self::with(Settings { seed, ..Settings::default() })
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let now = Timestamp::from_millis(1_795_255_200_000);
        let world = World::new(settings);
        let mut tenant = Self { world, now, token: String::new() };
        tenant.token = tenant.fetch_token("");
        tenant
    }

    /// A token for these scopes; all of them for none.
    pub(crate) fn fetch_token(&mut self, scope: &str) -> String {
        let form = format!(
            "grant_type=client_credentials&client_id=sim-client&client_secret=sim-secret&scope={}",
            scope.replace(' ', "+")
        );
        let reply = self.token_reply(&form);
        text(&json(&reply), "access_token")
    }

    /// A tenant that holds a token of the access key, and may use the public API.
    pub(crate) fn of_user() -> Self {
        let mut tenant = Self::new();
        tenant.token = tenant.fetch_key_token();
        tenant
    }

    /// A token of the access key.
    pub(crate) fn fetch_key_token(&mut self) -> String {
        let request = Request::new("POST", "/authentication/v1/token/access-key")
            .with_header("Content-Type", "application/json")
            .with_body(r#"{"accessKeyId": "sim-key", "accessKeySecret": "sim-key-secret"}"#);
        text(&json(&self.world.handle(&request, self.now)), "access_token")
    }

    pub(crate) fn token_reply(&mut self, form: &str) -> Reply {
        let request = Request::new("POST", "/oauth/token")
            .with_header("Content-Type", "application/x-www-form-urlencoded")
            .with_body(form);
        self.world.handle(&request, self.now)
    }

    pub(crate) fn wait(&mut self, ms: u64) {
        self.now = self.now.plus(Span::from_millis(ms));
    }

    /// A request with everything that CXone asks for.
    pub(crate) fn request(&self, method: &str, target: &str, body: &str) -> Request {
        Request::new(method, target)
            .with_header("Authorization", &format!("Bearer {}", self.token))
            .with_header("Accept", "application/json")
            .with_header("Content-Type", "application/json")
            .with_header("Host", "sim.test:8086")
            .with_body(body)
    }

    pub(crate) fn ask(&mut self, method: &str, target: &str, body: &str) -> Reply {
        let request = self.request(method, target, body);
        self.world.handle(&request, self.now)
    }

    pub(crate) fn control(&mut self, method: &str, route: &str, body: &str) -> Reply {
        let request = Request::new(method, &format!("/_sim/{route}")).with_body(body);
        self.world.handle(&request, self.now)
    }

    /// Sets faults that have to be right.
    pub(crate) fn faults(&mut self, body: &str) {
        let reply = self.control("POST", "faults", body);
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    }

    /// Submits an action; gives the execution's id.
    pub(crate) fn submit(&mut self, action: &str) -> String {
        self.submit_body(&format!(r#"{{"definition_id": "{action}", "inputs": {{"customerId": "CUST-1"}}}}"#))
    }

    pub(crate) fn submit_body(&mut self, body: &str) -> String {
        let reply = self.ask("POST", EXECUTIONS, body);
        assert_eq!(reply.status, 202, "{}", String::from_utf8_lossy(&reply.body));
        text(&json(&reply), "execution_id")
    }

    pub(crate) fn poll(&mut self, id: &str) -> Reply {
        self.ask("GET", &format!("{EXECUTIONS}/{id}"), "")
    }

    /// Executions that the world has accepted.
    pub(crate) fn created(&mut self) -> u64 {
        self.stat("/executions_created").as_u64().expect("a count")
    }

    /// One of the counts, by its pointer; `null` when there is none.
    pub(crate) fn stat(&mut self, pointer: &str) -> Value {
        let stats = self.control("GET", "stats", "");
        json(&stats).pointer(pointer).cloned().unwrap_or_default()
    }

    pub(crate) fn callbacks(&mut self) -> Vec<CallbackCall> {
        self.world.take_callbacks(self.now)
    }
}

pub(crate) fn json(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).expect("a JSON body")
}

pub(crate) fn body(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.body).into_owned()
}

/// The status, and what is said to a person where something is refused.
pub(crate) fn refused(reply: &Reply) -> String {
    let fields: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let words = ["message", "error_description"].into_iter().find_map(|name| fields.get(name)?.as_str());
    format!("{} {}", line(reply), words.unwrap_or_default()).trim().to_owned()
}

pub(crate) fn text(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_str).expect("a text field").to_owned()
}

/// A reply in a line: status, telling headers, code and delivery.
pub(crate) fn line(reply: &Reply) -> String {
    let code = serde_json::from_slice::<Value>(&reply.body)
        .ok()
        .and_then(|body| body.get("error").and_then(Value::as_str).map(str::to_owned));
    let header = |name| reply.header(name).map(|value| format!("{name}={value}"));
    let delivery = match reply.delivery {
        Delivery::Whole => None,
        Delivery::CutAfter(_) => Some("cut".to_owned()),
        Delivery::Trickle(span) => Some(format!("over {} ms", span.as_millis())),
        Delivery::NoAnswer => Some("no answer".to_owned()),
    };
    let parts = [code, header("retry-after"), header("www-authenticate"), header("allow"), delivery];
    parts.into_iter().flatten().fold(reply.status.to_string(), |line, part| line + " " + &part)
}
