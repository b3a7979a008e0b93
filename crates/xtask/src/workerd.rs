//! The built Worker on bare workerd: its configuration, and its process. The list of objects and settings is here.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::build;
use crate::http::Connection;
use crate::tools::{self, Context, Failure};

/// What a Worker is told.
pub(crate) struct Settings {
    pub(crate) port: u16,
    pub(crate) data: PathBuf,
    /// The folder of its modules.
    pub(crate) code: PathBuf,
    /// Name and value of each binding that is text.
    pub(crate) variables: Vec<(String, String)>,
    /// Where its inspector listens; `None` for nowhere.
    pub(crate) inspector_port: Option<u16>,
}

/// Durable Objects: binding and class. `wrangler.toml` has the same list.
const OBJECTS: [(&str, &str); 5] = [
    ("EXECUTION", "Execution"),
    ("TENANT", "Tenant"),
    ("DIRECTORY", "Directory"),
    ("FLOW", "Flow"),
    ("HISTORY", "History"),
];

/// Starts workerd, and waits until the Worker answers.
pub(crate) fn start(settings: &Settings) -> Result<Child, Failure> {
    let objects = settings.data.join("objects");
    fs::create_dir_all(&objects).context(format_args!("cannot make {}", objects.display()))?;
    launch(settings.port, &config(settings)?, &settings.code, settings.inspector_port)
}

/// What the Worker is measured against: one module and its objects. Ends with this value.
pub(crate) struct Peer {
    process: Child,
    pub(crate) port: u16,
}

impl Peer {
    /// The process that runs it.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts a peer from its source, on any free port.
pub(crate) fn start_peer(source: &str, data: &Path, api_key: &str) -> Result<Peer, Failure> {
    fs::create_dir_all(data).context(format_args!("cannot make {}", data.display()))?;
    let port = free_port()?;
    let config = PEER_TEMPLATE
        .replace("@PORT@", &port.to_string())
        .replace("@OBJECTS@", &quote(&absolute(data)?))
        .replace("@KEY@", &quote(api_key))
        .replace("@SOURCE@", &quote(source));
    Ok(Peer { process: launch(port, &config, &build::folder(), None)?, port })
}

/// What is embedded is looked for beside the configuration.
fn launch(port: u16, config: &str, code: &Path, inspector_port: Option<u16>) -> Result<Child, Failure> {
    let file = code.join(format!("serve-{port}.capnp"));
    fs::write(&file, config).context("cannot write workerd's configuration")?;
    let mut command = Command::new(tools::workerd()?);
    command.arg("serve").args(inspector_port.map(|port| format!("--inspector-addr=127.0.0.1:{port}")));
    command.arg(&file).stdin(Stdio::null()).stdout(std::io::stderr());
    let mut child = command.spawn().context("cannot run workerd")?;
    let is_up = wait_until_up(port, &mut child);
    // The configuration holds secrets, and workerd has read it by now.
    let _ = fs::remove_file(&file);
    match is_up {
        Ok(()) => Ok(child),
        Err(failure) => {
            let _ = child.kill();
            Err(failure)
        }
    }
}

/// A port that nothing listens on.
pub(crate) fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("cannot find a free port")?;
    Ok(listener.local_addr()?.port())
}

fn wait_until_up(port: u16, child: &mut Child) -> Result<(), Failure> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            return Err(Failure::new(format!("workerd ended at once: {status}")));
        }
        match health(port) {
            Some((200, _)) => return Ok(()),
            // Settings do not mend themselves.
            Some((503, body)) if body.contains("misconfigured") => {
                return Err(Failure::new(format!("the Worker refuses its settings: {body}")));
            }
            Some(_) | None => {}
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(Failure::new("the Worker did not answer within 30 s"))
}

/// Status and body of the Worker's word on itself; `None` where there is none yet.
fn health(port: u16) -> Option<(u16, String)> {
    let answer = Connection::open(port, Duration::from_secs(5)).and_then(|mut connection| {
        let request = connection.request("GET", "/healthz", "none", "");
        connection.send(&request)
    });
    answer.ok().map(|answer| (answer.status, String::from_utf8_lossy(&answer.body).into_owned()))
}

fn config(settings: &Settings) -> Result<String, Failure> {
    let mut bindings = String::from("(name = \"ASSETS\", service = \"assets\"), ");
    for (binding, class) in OBJECTS {
        let _ = write!(bindings, "(name = \"{binding}\", durableObjectNamespace = \"{class}\"), ");
    }
    for (name, value) in &settings.variables {
        let _ = write!(bindings, "(name = \"{name}\", text = {}), ", quote(value));
    }
    let namespace = |(_, class): &(&str, &str)| {
        format!("(className = \"{class}\", uniqueKey = \"cxpulse-{class}\", enableSql = true)")
    };
    let namespaces = OBJECTS.iter().map(namespace).collect::<Vec<_>>().join(", ");
    Ok(TEMPLATE
        .replace("@PORT@", &settings.port.to_string())
        .replace("@OBJECTS@", &quote(&absolute(&settings.data.join("objects"))?))
        .replace("@ASSETS@", &quote(&absolute(&build::folder().join("assets"))?))
        .replace("@ASSETS_WORKER@", &quote(include_str!("workerd/assets.mjs")))
        .replace("@MODULES@", &modules(&settings.code)?)
        .replace("@NAMESPACES@", &namespaces)
        .replace("@BINDINGS@", &bindings))
}

/// The entry first, then whatever it imports, by the names it imports them by.
fn modules(folder: &Path) -> Result<String, Failure> {
    let is_part =
        |path: &Path| !path.starts_with(folder.join("assets")) && path.extension().is_some_and(|e| e != "capnp");
    let mut names = Vec::new();
    for path in build::files(folder, &is_part)? {
        names.push(path.strip_prefix(folder).unwrap_or(&path).display().to_string());
    }
    names.sort_by_key(|name| name != "worker.mjs");
    let module = |name: &String| {
        let kind = if name.ends_with(".wasm") { "wasm" } else { "esModule" };
        format!("(name = \"{name}\", {kind} = embed \"{name}\")")
    };
    Ok(names.iter().map(module).collect::<Vec<_>>().join(", "))
}

fn absolute(path: &Path) -> Result<String, Failure> {
    let path = fs::canonicalize(path).context(format_args!("cannot find {}", path.display()))?;
    Ok(path.display().to_string())
}

/// A Cap'n Proto text literal.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

const TEMPLATE: &str = r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "assets", worker = .assets),
    (name = "objects", disk = (path = @OBJECTS@, writable = true)),
    (name = "files", disk = (path = @ASSETS@)),
    (name = "internet", network = (allow = ["public", "private", "local"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:@PORT@", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [@MODULES@],
  compatibilityDate = "2026-10-01",
  durableObjectNamespaces = [@NAMESPACES@],
  durableObjectStorage = (localDisk = "objects"),
  globalOutbound = "internet",
  bindings = [@BINDINGS@],
);

const assets :Workerd.Worker = (
  modules = [(name = "assets.mjs", esModule = @ASSETS_WORKER@)],
  compatibilityDate = "2026-10-01",
  bindings = [(name = "FILES", service = "files")],
);
"#;

const PEER_TEMPLATE: &str = r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "objects", disk = (path = @OBJECTS@, writable = true))],
  sockets = [(name = "http", address = "127.0.0.1:@PORT@", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [(name = "peer.mjs", esModule = @SOURCE@)],
  compatibilityDate = "2026-10-01",
  durableObjectNamespaces = [(className = "Execution", uniqueKey = "peer-Execution", enableSql = true)],
  durableObjectStorage = (localDisk = "objects"),
  bindings = [
    (name = "CXPULSE_API_KEY", text = @KEY@),
    (name = "EXECUTION", durableObjectNamespace = "Execution"),
  ],
);
"#;
