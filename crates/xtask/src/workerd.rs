//! The built Worker on bare workerd: its configuration, and its process. The list of objects and settings is here.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::build;
use crate::tools::{self, Context, Failure};

/// What a Worker is told.
pub(crate) struct Settings {
    pub(crate) port: u16,
    pub(crate) data: PathBuf,
    /// Name and value of each binding that is text.
    pub(crate) variables: Vec<(&'static str, String)>,
}

/// Durable Objects: binding and class. `wrangler.toml` has the same list.
const OBJECTS: [(&str, &str); 2] = [("EXECUTION", "Execution"), ("TENANT", "Tenant")];

/// Starts workerd, and waits until the Worker answers.
pub(crate) fn start(settings: &Settings) -> Result<Child, Failure> {
    let objects = settings.data.join("objects");
    fs::create_dir_all(&objects).context(format_args!("cannot make {}", objects.display()))?;
    let file = build::folder().join(format!("serve-{}.capnp", settings.port));
    fs::write(&file, config(settings)?).context("cannot write workerd's configuration")?;
    let mut command = Command::new(tools::workerd()?);
    command.arg("serve").arg(&file).stdin(Stdio::null()).stdout(std::io::stderr());
    let mut child = command.spawn().context("cannot run workerd")?;
    let is_up = wait_until_up(settings.port, &mut child);
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
        if is_healthy(port) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(Failure::new("the Worker did not answer within 30 s"))
}

fn is_healthy(port: u16) -> bool {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_secs(1)) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let request = format!("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
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
        .replace("@MODULES@", &modules()?)
        .replace("@NAMESPACES@", &namespaces)
        .replace("@BINDINGS@", &bindings))
}

/// The entry first, then whatever it imports, by the names it imports them by.
fn modules() -> Result<String, Failure> {
    let folder = build::folder();
    let is_part =
        |path: &Path| !path.starts_with(folder.join("assets")) && path.extension().is_some_and(|e| e != "capnp");
    let mut names = Vec::new();
    for path in build::files(&folder, &is_part)? {
        names.push(path.strip_prefix(&folder).unwrap_or(&path).display().to_string());
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
