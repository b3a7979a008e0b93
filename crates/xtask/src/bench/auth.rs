//! What admission costs a snapshot `GET`: the built Worker asked with a key and with a view token, and the same Worker
//! built without its admission. Same runtime, same machine, same headers sent, in turns.

use std::path::PathBuf;
use std::time::Duration;

use crate::bench::load::{self, Round, Target};
use crate::bench::{Goal, Measurement, snapshot, stack};
use crate::build;
use crate::http::Connection;
use crate::serve::{Plan, Stack};
use crate::tools::{Context, Failure};

const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(60);

/// Requests a second, and for each tick of processor time.
pub(crate) fn measure() -> Result<Vec<Measurement>, Failure> {
    let unguarded = build::unguarded()?;
    let keys = keys();
    // What a key costs is measured as callers have it: among others, and with a limit that is counted.
    let settings = [("CXPULSE_API_KEYS", keys.as_str()), ("CXPULSE_TOKEN_PER_MINUTE", "10000000")];
    let plan = |name| Ok::<_, Failure>(stack::plan(&stack::folder_on_disk(name)?, &settings));
    let guarded = Served::start(&plan("guarded")?, build::folder())?;
    let open = Served::start(&plan("open")?, unguarded)?;
    let token = guarded.token()?;
    // A token is longer than a key, so the open side is sent each of them, too.
    let mut found = Vec::new();
    for (credential, names) in [(CALLERS_KEY, KEY_ROWS), (token.as_str(), TOKEN_ROWS)] {
        let rounds = turns(&guarded.target(credential), &open.target(credential))?;
        found.extend(compare(names, &rounds.0, &rounds.1));
    }
    Ok(found)
}

/// A Worker with an execution that has ended.
struct Served {
    stack: Stack,
    path: String,
}

impl Served {
    fn start(plan: &Plan, code: PathBuf) -> Result<Self, Failure> {
        let stack = Stack::start_from(plan, code)?;
        let (path, _) = snapshot::ended_execution(&stack)?;
        Ok(Self { stack, path })
    }

    fn target(&self, credential: &str) -> Target {
        let (port, pid) = (self.stack.port, self.stack.worker_pid());
        Target { port, pid, path: self.path.clone(), key: credential.to_owned() }
    }

    fn token(&self) -> Result<String, Failure> {
        let id = self.path.rsplit('/').next().unwrap_or_default();
        let body = serde_json::json!({"resources": [id], "verbs": ["read"]}).to_string();
        let mut connection = Connection::open(self.stack.port, PATIENCE)?;
        let request = connection.request("POST", "/v1/tokens", &self.stack.api_key, &body);
        let answer = connection.send(&request)?;
        let minted: serde_json::Value = serde_json::from_slice(&answer.body).context("a token is answered in JSON")?;
        let token = minted.get("token").and_then(serde_json::Value::as_str);
        token.map(str::to_owned).ok_or_else(|| Failure::new(format!("no token was minted: {minted}")))
    }
}

/// The first round of each warms up, and is not counted.
fn turns(ours: &Target, theirs: &Target) -> Result<(Vec<Round>, Vec<Round>), Failure> {
    load::round(ours, ROUND)?;
    load::round(theirs, ROUND)?;
    let mut rounds = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        rounds.0.push(load::round(ours, ROUND)?);
        rounds.1.push(load::round(theirs, ROUND)?);
    }
    Ok(rounds)
}

fn compare([rate, per_tick]: [&'static str; 2], ours: &[Round], theirs: &[Round]) -> Vec<Measurement> {
    let middle = |rounds: &[Round], of: &dyn Fn(&Round) -> Option<f64>| load::median(rounds.iter().filter_map(of));
    let measurement = |what, of: &dyn Fn(&Round) -> Option<f64>| {
        let (ours, theirs) = middle(ours, of).zip(middle(theirs, of))?;
        // A tenth more time for each is an eleventh less of them.
        Some(Measurement { what, ours, theirs, goal: Goal::AtLeast(0.909) })
    };
    let rate = measurement(rate, &|round| Some(round.rate));
    let per_tick = measurement(per_tick, &|round| round.per_tick);
    rate.into_iter().chain(per_tick).collect()
}

/// Twenty keys, the one that is used in the middle; none is refused for coming often.
fn keys() -> String {
    let other =
        |number: u32| serde_json::json!({"name": "other", "scopes": ["read"], "sha256": format!("{number:064x}")});
    let ours = serde_json::json!({"name": "bench", "scopes": ["read"], "key": CALLERS_KEY, "per_minute": 10_000_000});
    let keys: Vec<_> = (1..10).map(other).chain([ours]).chain((10..20).map(other)).collect();
    serde_json::Value::from(keys).to_string()
}

const CALLERS_KEY: &str = "bench-key-of-a-caller-with-a-limit-0123456789abcdef0123456789abcdef";

const KEY_ROWS: [&str; 2] = ["key: requests a second", "key: requests a tick of processor time"];

const TOKEN_ROWS: [&str; 2] = ["token: requests a second", "token: requests a tick of processor time"];
