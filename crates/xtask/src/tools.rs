//! Running other programs, and finding them. Never installs one: `setup.rs` does.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why a command cannot go on: what happened and what to do, for people.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Adds what was being done to an error that does not say it.
pub(crate) trait Context<T> {
    fn context(self, doing: impl fmt::Display) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> Context<T> for Result<T, E> {
    fn context(self, doing: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure(format!("{doing}: {error}")))
    }
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| OsString::from(env!("CARGO_MANIFEST_DIR")));
    Path::new(&manifest).ancestors().nth(2).map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The cargo that runs us, in the repository.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// A program of a Node package, on the Node that the packages bring along.
pub(crate) fn node_tool(name: &str) -> Command {
    let bin = root().join("node_modules/.bin");
    let mut command = Command::new(bin.join(name));
    command.current_dir(root()).env("PATH", path_with(&bin));
    command
}

/// `PATH` with a folder before it.
pub(crate) fn path_with(first: &Path) -> OsString {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(first.to_path_buf()).chain(std::env::split_paths(&old));
    std::env::join_paths(folders).unwrap_or(old)
}

/// The workerd binary itself, without its launcher in JavaScript.
pub(crate) fn workerd() -> Result<PathBuf, Failure> {
    let platform = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux-64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "x86_64") => "darwin-64",
        ("macos", "aarch64") => "darwin-arm64",
        ("windows", "x86_64") => "windows-64",
        (os, arch) => return Err(Failure::new(format!("workerd does not run on {os} {arch}"))),
    };
    Ok(root().join(format!("node_modules/@cloudflare/workerd-{platform}/bin/workerd{}", std::env::consts::EXE_SUFFIX)))
}

/// Runs to the end, with its output on ours.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let name = words(command);
    let status = command.status().context(format_args!("cannot run {name}"))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("{name} failed: {status}"))) }
}

/// Runs to the end, and gives what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let name = words(command);
    let output = command.stderr(Stdio::inherit()).output().context(format_args!("cannot run {name}"))?;
    if !output.status.success() {
        return Err(Failure::new(format!("{name} failed: {}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A program on `PATH`.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Waits until no other of these commands is setting up or building; the turn ends with the value.
pub(crate) fn take_turn() -> Result<std::fs::File, Failure> {
    std::fs::create_dir_all(target()).context("cannot make the target folder")?;
    let file = std::fs::File::create(target().join("xtask.lock")).context("cannot make target/xtask.lock")?;
    file.lock().context("cannot lock target/xtask.lock")?;
    Ok(file)
}

/// Says what is being done.
pub(crate) fn say(what: impl fmt::Display) {
    eprintln!("› {what}");
}

fn words(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let arguments = command.get_args().take(4).map(|word| word.to_string_lossy().into_owned());
    std::iter::once(program.to_string_lossy().into_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}
