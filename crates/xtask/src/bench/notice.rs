//! How long it takes from a callback's arrival until the element on a page has told the page: one real browser, one page,
//! one clock, for all of it is on this machine.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::bench::load::median;
use crate::bench::{Goal, Measurement, stack};
use crate::http::Connection;
use crate::serve::Stack;
use crate::tools::{Context, Failure};
use crate::{setup, workerd};

const ROUNDS: usize = 60;
const PATIENCE: Duration = Duration::from_secs(60);

/// Milliseconds, the median and the worst twentieth.
pub(crate) fn measure() -> Result<Vec<Measurement>, Failure> {
    let stack = stack::on_disk("worker", &[])?;
    let page = Page::open(&stack)?;
    let mut delays = (0..ROUNDS).map(|round| delay(&stack, &page, round)).collect::<Result<Vec<_>, Failure>>()?;
    delays.sort_by(f64::total_cmp);
    let late = delays.get(ROUNDS * 95 / 100).copied().unwrap_or_default();
    let middle = median(delays.into_iter()).unwrap_or_default();
    Ok(vec![
        Measurement { what: "ms from callback to event, median", ours: middle, theirs: 50.0, goal: Goal::AtMost(1.0) },
        Measurement { what: "the same, 95th percentile", ours: late, theirs: 50.0, goal: Goal::None },
    ])
}

/// One execution that nobody polls, ended by a callback while the page looks on.
fn delay(stack: &Stack, page: &Page, round: usize) -> Result<f64, Failure> {
    let correlation_id = format!("notice-{round}");
    let body = json!({
        "start": {"action_id": "sim-never", "inputs": {}}, "timeout_seconds": 3_600, "correlation_id": correlation_id,
        "backoff": {"base_seconds": 600, "max_seconds": 600, "multiplier": 1.0, "jitter_factor": 0.0, "predict": false},
    });
    let accepted = ask(stack.port, "POST", "/v1/executions", &stack.api_key, &body)?;
    let text = |pointer: &str| accepted.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    page.run(&format!(
        "globalThis.endedAt = null; const element = document.createElement('cxpulse-execution'); \
         element.addEventListener('cxpulse-ended', () => {{ endedAt = performance.timeOrigin + performance.now(); }}); \
         element.setAttribute('token', {}); element.setAttribute('src', '/v1/executions/{}'); \
         document.body.replaceChildren(element);",
        json!(text("/view_token")),
        text("/id"),
    ))?;
    page.until("document.querySelector('cxpulse-execution').snapshot?.upstream.execution_id")?;
    let record = sim_record(stack, &correlation_id)?;
    let of = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let callback = json!({
        "execution_id": of("id"), "action_id": "sim-never", "status": "COMPLETED",
        "metadata": {"records_processed": 50_000, "records_total": 50_000}, "result": {"ok": true},
    });
    let url = of("callback_url");
    let path = url.split_once("/v1/").map(|(_, rest)| format!("/v1/{rest}"));
    let path = path.ok_or_else(|| Failure::new(format!("the simulated CXone has no callback URL: {record}")))?;
    let mut connection = Connection::open(stack.port, PATIENCE)?;
    let request = connection.request("POST", &path, "none", &callback.to_string());
    let sent_at = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock")?.as_secs_f64() * 1_000.0;
    let answer = connection.send(&request)?;
    if answer.status >= 300 {
        return Err(Failure::new(format!("the callback was answered {}", answer.status)));
    }
    page.until("endedAt !== null")?;
    let ended_at = page.run("return endedAt;")?.as_f64().unwrap_or_default();
    Ok(ended_at - sent_at)
}

/// What the simulated CXone has of an execution.
fn sim_record(stack: &Stack, correlation_id: &str) -> Result<Value, Failure> {
    let port = stack.sim_url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default();
    let found = ask(port, "GET", &format!("/_sim/executions?correlation_id={correlation_id}"), "", &Value::Null)?;
    let record = found.pointer("/executions/0").cloned();
    record.ok_or_else(|| Failure::new(format!("the simulated CXone knows nothing of {correlation_id}: {found}")))
}

fn ask(port: u16, method: &str, path: &str, key: &str, body: &Value) -> Result<Value, Failure> {
    let mut connection = Connection::open(port, PATIENCE)?;
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = connection.request(method, path, key, &body);
    let answer = connection.send(&request)?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    if answer.status >= 300 {
        return Err(Failure::new(format!("{method} {path} was answered {}: {text}", answer.status)));
    }
    serde_json::from_str(&text).context(format_args!("{method} {path} was answered without JSON"))
}

/// A browser window on a page of the Worker's with the element. Closed with this value.
struct Page {
    driver: Child,
    port: u16,
    session: String,
}

impl Page {
    fn open(stack: &Stack) -> Result<Self, Failure> {
        let found = setup::browser()?;
        let port = workerd::free_port()?;
        let mut driver = Command::new(found.chromedriver);
        driver.arg(format!("--port={port}")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let driver = driver.spawn().context("cannot run chromedriver")?;
        let mut page = Self { driver, port, session: String::new() };
        let deadline = Instant::now() + PATIENCE;
        while ask(port, "GET", "/status", "", &Value::Null).is_err() {
            if Instant::now() > deadline {
                return Err(Failure::new("chromedriver did not start"));
            }
            thread::sleep(Duration::from_millis(100));
        }
        let options = json!({"binary": found.chromium, "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-background-networking", "--lang=en-US",
        ]});
        let wanted = json!({"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}});
        let opened = ask(port, "POST", "/session", "", &wanted)?;
        let session = opened.pointer("/value/sessionId").and_then(Value::as_str).unwrap_or_default();
        session.clone_into(&mut page.session);
        let url = json!({"url": format!("{}/embed/execution/none", stack.worker_url)});
        ask(port, "POST", &format!("/session/{session}/url"), "", &url)?;
        page.until("customElements.get('cxpulse-execution')")?;
        Ok(page)
    }

    fn run(&self, script: &str) -> Result<Value, Failure> {
        let body = json!({"script": script, "args": []});
        let answer = ask(self.port, "POST", &format!("/session/{}/execute/sync", self.session), "", &body)?;
        Ok(answer.get("value").cloned().unwrap_or_default())
    }

    fn until(&self, expression: &str) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        while self.run(&format!("return Boolean({expression});"))? != Value::Bool(true) {
            if Instant::now() > deadline {
                return Err(Failure::new(format!("the page does not come to {expression}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        if let Ok(mut connection) = Connection::open(self.port, PATIENCE) {
            let request = connection.request("DELETE", &format!("/session/{}", self.session), "", "");
            let _ = connection.send(&request);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
