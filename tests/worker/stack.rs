//! The built stack, as `cargo xtask serve` starts it: simulated CXone and the Worker on bare workerd, on free
//! ports, with its data in a directory of its own. Never builds anything but what `serve` builds.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::client::Client;
use super::leash::Leash;
use super::sim::Sim;
use super::snapshot::Snapshot;

/// One running stack. Stopped when dropped, or with the test binary.
pub(crate) struct Stack {
    /// First, so that it stops before its data goes.
    leash: Leash,
    data: TempDir,
    ready: Value,
}

impl Stack {
    /// The stack that most tests share: its simulation has no faults and no limit that they could run into.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Stack> = OnceLock::new();
        SHARED.get_or_init(|| {
            let stack = Self::start();
            stack.sim().calm();
            stack
        })
    }

    /// Another one, for one test at a time: it may make the simulation misbehave, and count everything.
    pub(crate) fn alone() -> Alone {
        static ALONE: OnceLock<Mutex<Stack>> = OnceLock::new();
        // A test that failed while it had the stack leaves nothing that `calm` does not clear.
        let stack = ALONE.get_or_init(|| Mutex::new(Self::start_set(&[NEVER_OPEN])));
        let stack = stack.lock().unwrap_or_else(PoisonError::into_inner);
        stack.sim().calm();
        stack.reset_gate();
        Alone { stack }
    }

    /// A stack with a simulation of its own.
    pub(crate) fn start() -> Self {
        let data = fresh_folder();
        Self::serve(data, &["--dev", "--port", "0", "--sim-port", "0"])
    }

    /// The same with settings, each as `NAME=value`; they stand over those of `serve`.
    pub(crate) fn start_set(settings: &[&str]) -> Self {
        Self::serve_with(fresh_folder(), settings, &["--dev", "--port", "0", "--sim-port", "0"])
    }

    /// The same; where a bound keeps a process from writing, that is told of it, and goes on.
    #[cfg(target_os = "linux")]
    pub(crate) fn start_bounded() -> Self {
        let unharmed = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];
        Self::serve_with(fresh_folder(), &unharmed, &["--dev", "--port", "0", "--sim-port", "0"])
    }

    /// A Worker of its own on the simulation of `other`.
    pub(crate) fn start_beside(other: &Self) -> Self {
        let data = fresh_folder();
        Self::serve(data, &["--dev", "--port", "0", "--sim-port", &other.sim().port(), "--no-sim"])
    }

    /// The same, for pages of other origins, too: a list as the Worker's setting has it.
    pub(crate) fn start_open_to(other: &Self, origins: &str) -> Self {
        let arguments = ["--dev", "--port", "0", "--sim-port", &other.sim().port(), "--no-sim"];
        Self::serve_with(fresh_folder(), &[&format!("CXPULSE_ALLOWED_ORIGINS={origins}")], &arguments)
    }

    /// The same with more settings, each as `NAME=value`; they stand over those of `serve`.
    pub(crate) fn start_with(other: &Self, settings: &[&str]) -> Self {
        let arguments = ["--dev", "--port", "0", "--sim-port", &other.sim().port(), "--no-sim"];
        Self::serve_with(fresh_folder(), settings, &arguments)
    }

    /// The same, with all that the Worker and its runtime print in the file [`Self::log`].
    pub(crate) fn start_logged(other: &Self, settings: &[&str]) -> Self {
        let arguments = ["--dev", "--port", "0", "--sim-port", &other.sim().port(), "--no-sim"];
        Self::serve_logged(fresh_folder(), settings, &arguments)
    }

    /// What `serve` says of settings that the Worker refuses.
    ///
    /// # Panics
    /// When it serves all the same.
    pub(crate) fn refusal_of(settings: &[&str]) -> String {
        let data = fresh_folder();
        let serve = Command::new("env")
            .args(settings)
            .arg(xtask())
            .args(["serve", "--dev", "--port", "0", "--sim-port", "1", "--no-sim", "--data"])
            .arg(data.path())
            .env_remove("CARGO_MANIFEST_DIR")
            .output();
        let served = serve.expect("serve can be run");
        assert!(!served.status.success(), "the settings are refused: {settings:?}");
        String::from_utf8_lossy(&served.stderr).into_owned()
    }

    /// The same, as it is in production: the console gets no key from the Worker.
    pub(crate) fn start_in_production(other: &Self) -> Self {
        Self::serve(fresh_folder(), &["--port", "0", "--sim-port", &other.sim().port(), "--no-sim"])
    }

    /// The same with settings, each as `NAME=value`.
    pub(crate) fn start_in_production_with(other: &Self, settings: &[&str]) -> Self {
        Self::serve_with(fresh_folder(), settings, &["--port", "0", "--sim-port", &other.sim().port(), "--no-sim"])
    }

    /// The Worker dies in the middle of whatever it is doing.
    pub(crate) fn crash(self) -> Crashed {
        let (port, sim_port) = (self.client().port(), self.sim().port());
        kill(self.worker_pid());
        let Self { mut leash, data, .. } = self;
        assert!(leash.has_ended(PATIENCE), "serve ends with its Worker");
        Crashed { data, port, sim_port }
    }

    /// It dies, and another starts on its data, at its address.
    pub(crate) fn crash_and_restart(self) -> Self {
        self.crash().restart()
    }

    /// A caller with the API key.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.text("worker")).with_bearer(self.text("api_key"))
    }

    /// A caller with another token, or none.
    pub(crate) fn client_with(&self, token: Option<&str>) -> Client {
        let client = Client::new(self.text("worker"));
        token.into_iter().fold(client, |client, token| client.with_bearer(token))
    }

    /// The simulated CXone.
    pub(crate) fn sim(&self) -> Sim {
        Sim::new(self.text("sim"))
    }

    /// Where the Worker listens.
    pub(crate) fn base(&self) -> &str {
        self.text("worker")
    }

    /// The key of the deployment's callers.
    pub(crate) fn api_key(&self) -> &str {
        self.text("api_key")
    }

    /// The directory that keeps its state.
    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    /// What the Worker and its runtime have printed, where it was started so.
    pub(crate) fn log(&self) -> PathBuf {
        self.data.path().join(LOG)
    }

    /// The process that runs the Worker.
    pub(crate) fn worker_pid(&self) -> u32 {
        let pid = self.ready.get("workerd_pid").and_then(Value::as_u64).and_then(|pid| u32::try_from(pid).ok());
        pid.expect("serve says which process workerd is")
    }

    /// The tenant's gate forgets what it has learned of CXone.
    pub(crate) fn reset_gate(&self) {
        let answer = self.client().send("POST", "/v1/tenants/default/gate/reset", b"");
        assert_eq!(answer.status(), 204, "the gate is reset: {}", answer.text());
    }

    /// How the tenant's gate stands.
    pub(crate) fn gate(&self) -> Value {
        let answer = self.client().get("/v1/tenants/default/gate");
        assert_eq!(answer.status(), 200, "the gate shows itself: {}", answer.text());
        answer.json()
    }

    /// Starts an execution and answers the snapshot of its acceptance.
    ///
    /// # Panics
    /// When it is not accepted.
    pub(crate) fn accept(&self, body: &Value) -> Snapshot {
        let answer = self.client().post("/v1/executions", body);
        assert_eq!(answer.status(), 202, "{body} is accepted: {}", answer.text());
        Snapshot::of(answer.json())
    }

    /// The snapshot now.
    pub(crate) fn look(&self, id: &str) -> Snapshot {
        let answer = self.client().get(&format!("/v1/executions/{id}"));
        assert_eq!(answer.status(), 200, "{id} is there: {}", answer.text());
        Snapshot::of(answer.json())
    }

    /// The first snapshot for which `is_it` holds.
    ///
    /// # Panics
    /// When there is none within `patience`.
    pub(crate) fn when(&self, id: &str, patience: Duration, is_it: impl Fn(&Snapshot) -> bool) -> Snapshot {
        let found = wait_for(patience, || Some(self.look(id)).filter(&is_it));
        found.unwrap_or_else(|| {
            let latest = self.look(id);
            assert!(is_it(&latest), "not within {patience:?}: {latest}");
            latest
        })
    }

    /// The terminal snapshot.
    pub(crate) fn ended(&self, id: &str, patience: Duration) -> Snapshot {
        self.when(id, patience, |snapshot| snapshot.outcome().is_some())
    }

    /// Every entry of the journal, page by page, as its lines.
    pub(crate) fn journal(&self, id: &str) -> Vec<String> {
        let client = self.client();
        let mut lines: Vec<String> = Vec::new();
        loop {
            let page = client.get(&format!("/v1/executions/{id}/journal?limit=1000&after={}", lines.len()));
            assert_eq!(page.status(), 200, "{}", page.text());
            let before = lines.len();
            lines.extend(page.text().lines().map(str::to_owned));
            if lines.len() - before < 1_000 {
                return lines;
            }
        }
    }

    fn serve(data: TempDir, arguments: &[&str]) -> Self {
        Self::serve_with(data, &[], arguments)
    }

    /// With variables of its environment, each as `NAME=value`.
    fn serve_with(data: TempDir, environment: &[&str], arguments: &[&str]) -> Self {
        let directory = data.path().to_str().expect("the temporary directory's path is text").to_owned();
        let xtask = xtask();
        let serve = [xtask.to_str().expect("its path is text"), "serve", "--data", &directory];
        let arguments = [environment, &serve, arguments].concat();
        let leash = Leash::start(Path::new("env"), &arguments, PATIENCE, |line| line.starts_with('{'));
        let ready = serde_json::from_str(leash.ready_line()).expect("serve prints one line of JSON when it is ready");
        Self { leash, data, ready }
    }

    /// The same, printing into a file beside its data.
    fn serve_logged(data: TempDir, settings: &[&str], arguments: &[&str]) -> Self {
        let log = data.path().join(LOG);
        let log = log.to_str().expect("the temporary directory's path is text").to_owned();
        let environment = [settings, &["sh", "-c", "exec \"$@\" 2>>\"$0\"", &log]].concat();
        Self::serve_with(data, &environment, arguments)
    }

    fn text(&self, field: &str) -> &str {
        self.ready.get(field).and_then(Value::as_str).expect("serve says where everything is")
    }
}

/// What is left of a stack without a simulation of its own.
pub(crate) struct Crashed {
    data: TempDir,
    port: String,
    sim_port: String,
}

impl Crashed {
    /// Another one, on its data and at its address.
    pub(crate) fn restart(self) -> Stack {
        self.restart_set(&[])
    }

    /// The same with settings, each as `NAME=value`.
    pub(crate) fn restart_set(self, settings: &[&str]) -> Stack {
        let arguments = ["--dev", "--port", &self.port, "--sim-port", &self.sim_port, "--no-sim"];
        Stack::serve_with(self.data, settings, &arguments)
    }
}

impl Crashed {
    /// The same for one that prints into a file, with settings.
    pub(crate) fn restart_logged(self, settings: &[&str]) -> Stack {
        let arguments = ["--dev", "--port", &self.port, "--sim-port", &self.sim_port, "--no-sim"];
        Stack::serve_logged(self.data, settings, &arguments)
    }
}

/// The stack of [`Stack::alone`], held.
pub(crate) struct Alone {
    stack: MutexGuard<'static, Stack>,
}

impl std::ops::Deref for Alone {
    type Target = Stack;

    fn deref(&self) -> &Stack {
        &self.stack
    }
}

/// The body of a request that starts an action and follows it closely: waits of 0.3 to 1 s, no callback, and one
/// minute at most. `more` is laid over it.
pub(crate) fn quick_start(action_id: &str, more: &Value) -> Value {
    let start = json!({"start": {"action_id": action_id, "inputs": {"customerId": "CUST-99887"}}});
    merged(merged(quick(), &start), more)
}

/// As [`quick_start`], for an execution that somebody else has started.
pub(crate) fn quick_watch(execution_id: &str, more: &Value) -> Value {
    merged(merged(quick(), &json!({"watch": {"execution_id": execution_id}})), more)
}

/// A new correlation id: what the simulation counts one execution's calls by.
pub(crate) fn fresh_correlation_id() -> String {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    format!("test-{}-{number}", std::process::id())
}

/// Asks again and again until there is something, at most for `patience`.
pub(crate) fn wait_for<T>(patience: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let since = Instant::now();
    loop {
        if let Some(found) = ask() {
            return Some(found);
        }
        if since.elapsed() >= patience {
            return None;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

fn quick() -> Value {
    json!({
        "timeout_seconds": 60, "callback": false,
        "backoff": {"base_seconds": 0.3, "multiplier": 1.3, "min_seconds": 0.2, "max_seconds": 1.0, "max_attempts": 600},
    })
}

/// RFC 7396, but for nulls, which stay.
pub(crate) fn merged(base: Value, more: &Value) -> Value {
    match (base, more) {
        (Value::Object(mut base), Value::Object(more)) => {
            for (name, value) in more {
                let before = base.remove(name).unwrap_or_default();
                base.insert(name.clone(), merged(before, value));
            }
            Value::Object(base)
        }
        (_, more) => more.clone(),
    }
}

/// A folder for one stack's data. In the build's own, for what a static holds is never cleared away.
fn fresh_folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary directory can be made")
}

/// `kill -9`, as an operator would and as the kernel does when memory is short.
fn kill(pid: u32) {
    let status = Command::new("kill").args(["-9", &pid.to_string()]).status().expect("kill can be run");
    assert!(status.success(), "workerd was there to be killed");
}

/// The binary of `cargo xtask`: as the environment says, else the one built beside this test.
fn xtask() -> PathBuf {
    if let Some(path) = std::env::var_os("CXPULSE_XTASK") {
        return path.into();
    }
    let test = std::env::current_exe().expect("the test binary has a path");
    let found = test.ancestors().map(|folder| folder.join("xtask")).find(|path| path.is_file());
    found.expect("build xtask first (`cargo build -p xtask`), or name it in CXPULSE_XTASK")
}

/// What a logged stack prints, in the folder of its data.
const LOG: &str = "printed.log";

/// A breaker for tests of what an execution makes of a CXone that fails: it would keep them from asking.
const NEVER_OPEN: &str = r#"CXONE_BREAKER={"mode":"consecutive","failures":1000,"open_seconds":1,"probes":1}"#;

/// How long the stack may take to start. Long: `serve` builds what is stale.
const PATIENCE: Duration = Duration::from_secs(600);
