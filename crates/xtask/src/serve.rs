//! The built stack: the simulated CXone and the Worker on bare workerd, until a signal.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use crate::arguments::Arguments;
use crate::build;
use crate::setup;
use crate::tools::{Context, Failure};
use crate::workerd;

/// `cargo xtask serve`.
pub(crate) fn run(arguments: &mut Arguments) -> Result<ExitCode, Failure> {
    let plan = Plan {
        port: arguments.port("--port")?.unwrap_or(0),
        sim_port: arguments.port("--sim-port")?.unwrap_or(0),
        data: arguments.option("--data")?.map_or_else(|| PathBuf::from(".dev"), PathBuf::from),
        has_sim: !arguments.flag("--no-sim"),
        is_dev: arguments.flag("--dev"),
        settings: settings_around(),
        inspector_port: None,
        sim_options: sim_options_around(),
    };
    arguments.finish()?;
    if !build::is_done() {
        setup::for_building()?;
        build::build()?;
    }
    let interrupted = on_signal()?;
    let mut stack = Stack::start(&plan)?;
    println!("{}", stack.announcement());
    std::io::stdout().flush()?;
    stack.run_until(&interrupted)
}

/// The Worker's settings among the variables of our own environment: whoever serves may say all that a deployment may.
pub(crate) fn settings_around() -> Vec<(String, String)> {
    let is_setting = |name: &str| {
        let is_ours = name.starts_with("CXPULSE_") || name.starts_with("CXONE_");
        is_ours && !matches!(name, "CXPULSE_BUILT" | "CXPULSE_XTASK" | SIM_OPTIONS)
    };
    std::env::vars().filter(|(name, _)| is_setting(name)).collect()
}

/// Options of the simulated CXone among the variables of our own environment.
pub(crate) fn sim_options_around() -> String {
    std::env::var(SIM_OPTIONS).unwrap_or_default()
}

/// What is to be served.
pub(crate) struct Plan {
    /// 0 for any free one.
    pub(crate) port: u16,
    /// 0 for any free one.
    pub(crate) sim_port: u16,
    /// Where keys and the objects' storage live.
    pub(crate) data: PathBuf,
    /// Whether a simulated CXone is started too.
    pub(crate) has_sim: bool,
    /// Whether the console may start executions without a key being typed in.
    pub(crate) is_dev: bool,
    /// Settings of the Worker beside, or in place of, those that follow from the plan.
    pub(crate) settings: Vec<(String, String)>,
    /// Where the runtime's inspector listens, on this machine only; `None` for nowhere.
    pub(crate) inspector_port: Option<u16>,
    /// Options of the simulated CXone, parted by spaces.
    pub(crate) sim_options: String,
}

/// What is being served. Ends with this value.
pub(crate) struct Stack {
    worker: Child,
    sim: Option<Child>,
    pub(crate) port: u16,
    pub(crate) worker_url: String,
    pub(crate) sim_url: String,
    pub(crate) api_key: String,
}

impl Stack {
    /// Starts it, and waits until it answers.
    pub(crate) fn start(plan: &Plan) -> Result<Self, Failure> {
        Self::start_from(plan, build::folder())
    }

    /// The same with the Worker's modules from another folder.
    pub(crate) fn start_from(plan: &Plan, code: PathBuf) -> Result<Self, Failure> {
        fs::create_dir_all(&plan.data).context(format_args!("cannot make {}", plan.data.display()))?;
        let api_key = kept(&plan.data.join("api-key"), "cxp_")?;
        let signing_key = kept(&plan.data.join("signing-key"), "")?;
        let (sim, sim_url) = if plan.has_sim {
            let (child, url) = start_sim(plan.sim_port, &plan.sim_options)?;
            (Some(child), url)
        } else {
            (None, format!("http://127.0.0.1:{}", plan.sim_port))
        };
        let port = if plan.port == 0 { workerd::free_port()? } else { plan.port };
        let worker_url = format!("http://127.0.0.1:{port}");
        let mut variables = BTreeMap::from([
            ("CXPULSE_API_KEY".to_owned(), api_key.clone()),
            ("CXPULSE_SIGNING_KEY".to_owned(), signing_key),
            ("CXPULSE_PUBLIC_URL".to_owned(), worker_url.clone()),
            // Receivers on this machine, too: what is served here is not on the internet.
            ("CXPULSE_WEBHOOK_HOSTS".to_owned(), "*, localhost, *.localhost, 127.0.0.1, [::1]".to_owned()),
            ("CXONE_PROFILE".to_owned(), "dataactions".to_owned()),
            ("CXONE_BASE_URL".to_owned(), sim_url.clone()),
            ("CXONE_CLIENT_ID".to_owned(), "sim-client".to_owned()),
            (CLIENT_SECRET.to_owned(), "sim-secret".to_owned()),
        ]);
        if plan.is_dev {
            variables.insert("CXPULSE_DEV".to_owned(), "1".to_owned());
        }
        for (name, value) in &plan.settings {
            // Empty takes away what the plan would set.
            if value.is_empty() {
                variables.remove(name);
            } else {
                variables.insert(name.clone(), value.replace(SIM_PLACE, &sim_url));
            }
        }
        // A tenant of the dialect that has histories, on the same simulated CXone, with the same secret: the console asks it for them.
        let has_own_tenants = plan.settings.iter().any(|(name, _)| name == TENANTS);
        if plan.is_dev && !has_own_tenants && variables.contains_key(CLIENT_SECRET) {
            variables.insert(TENANTS.to_owned(), history_tenant(&sim_url).to_string());
        }
        let variables = variables.into_iter().collect();
        let inspector_port = plan.inspector_port;
        let settings = workerd::Settings { port, data: plan.data.clone(), code, variables, inspector_port };
        match workerd::start(&settings) {
            Ok(worker) => Ok(Self { worker, sim, port, worker_url, sim_url, api_key }),
            Err(failure) => {
                stop(sim);
                Err(failure)
            }
        }
    }

    /// The process that runs the Worker.
    pub(crate) fn worker_pid(&self) -> u32 {
        self.worker.id()
    }

    /// The one line that says where everything is.
    fn announcement(&self) -> serde_json::Value {
        serde_json::json!({
            "worker": self.worker_url,
            "sim": self.sim_url,
            "api_key": self.api_key,
            "workerd_pid": self.worker.id(),
        })
    }

    /// Serves until a signal comes, or a part ends by itself, which is a failure.
    pub(crate) fn run_until(&mut self, interrupted: &Receiver<()>) -> Result<ExitCode, Failure> {
        loop {
            match interrupted.recv_timeout(Duration::from_millis(100)) {
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(ExitCode::SUCCESS),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(status) = self.worker.try_wait()? {
                return Err(Failure::new(format!("workerd ended: {status}")));
            }
            if let Some(status) = self.sim.as_mut().map(Child::try_wait).transpose()?.flatten() {
                return Err(Failure::new(format!("the simulated CXone ended: {status}")));
            }
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let _ = self.worker.kill();
        let _ = self.worker.wait();
        stop(self.sim.take());
    }
}

/// The tenant that histories are asked of while somebody develops.
fn history_tenant(sim_url: &str) -> serde_json::Value {
    serde_json::json!({"history": {
        "profile": "interactions-history",
        "base_url": sim_url,
        "client_id": "sim-client",
        "client_secret": {"binding": CLIENT_SECRET},
    }})
}

/// Gets a message on SIGINT, SIGTERM or SIGHUP.
pub(crate) fn on_signal() -> Result<Receiver<()>, Failure> {
    let (sender, receiver) = channel();
    ctrlc::set_handler(move || {
        let _ = sender.send(());
    })
    .context("cannot listen for signals")?;
    Ok(receiver)
}

/// Starts the simulated CXone, and reads where it listens.
pub(crate) fn start_sim(port: u16, options: &str) -> Result<(Child, String), Failure> {
    let mut command = Command::new(build::simulator()?);
    command
        .args(["--port", &port.to_string()])
        .args(options.split_whitespace())
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = command.spawn().context("cannot run the simulated CXone")?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    let announced = serde_json::from_str::<serde_json::Value>(&line).ok();
    match announced.as_ref().and_then(|json| json.get("sim")?.as_str()) {
        Some(url) => Ok((child, url.to_owned())),
        None => {
            stop(Some(child));
            Err(Failure::new(format!("the simulated CXone did not start on port {port}")))
        }
    }
}

fn stop(child: Option<Child>) {
    if let Some(mut child) = child {
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// A secret that stays the same for the same data: made once, from the system's randomness.
fn kept(file: &Path, prefix: &str) -> Result<String, Failure> {
    if let Ok(secret) = fs::read_to_string(file) {
        return Ok(secret.trim().to_owned());
    }
    let mut bytes = [0_u8; 32];
    fs::File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes)).context("no randomness")?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let secret = format!("{prefix}{hex}");
    let mut options = fs::OpenOptions::new();
    // Its owner's only.
    let opened = options.write(true).create(true).truncate(true).mode(0o600).open(file);
    opened
        .and_then(|mut opened| opened.write_all(secret.as_bytes()))
        .context(format_args!("cannot write {}", file.display()))?;
    Ok(secret)
}

/// The variable with options of the simulated CXone, parted by spaces.
const SIM_OPTIONS: &str = "CXPULSE_SIM_OPTIONS";

/// In a setting's value, where the simulated CXone is: its port may be known only once it runs.
const SIM_PLACE: &str = "@SIM@";

const TENANTS: &str = "CXPULSE_TENANTS";

const CLIENT_SECRET: &str = "CXONE_CLIENT_SECRET";
