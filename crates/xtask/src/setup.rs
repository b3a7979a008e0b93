//! What the commands need, installed where it is missing. Idempotent; says what it does before it does it.
//!
//! Everything comes from package registries by their ordinary clients; nothing is downloaded from a release page.

use std::fs;
use std::path::PathBuf;

use crate::tools::{self, Context, Failure, say};

/// What `build`, `serve` and `dev` need.
pub(crate) fn for_building() -> Result<(), Failure> {
    let _turn = tools::take_turn()?;
    rust_targets()?;
    node_packages()?;
    wasm_bindgen()?;
    Ok(())
}

/// The folder with `wasm-bindgen` and `wasm-bindgen-test-runner` at the lock file's version, built where missing.
pub(crate) fn wasm_bindgen() -> Result<PathBuf, Failure> {
    let version = locked_version("wasm-bindgen")?;
    let home = tools::root().join(".tools").join(format!("wasm-bindgen-{version}"));
    let bin = home.join("bin");
    if !bin.join("wasm-bindgen").is_file() {
        say(format_args!("building wasm-bindgen {version} into .tools/ (once; two to four minutes)"));
        let mut install = tools::cargo();
        install.args(["install", "wasm-bindgen-cli", "--force", "--version", &version, "--root"]).arg(&home);
        install.env("CARGO_TARGET_DIR", tools::target().join("tools"));
        // A tool that runs for a second need not be optimised for minutes.
        install.envs([
            ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
            ("CARGO_PROFILE_RELEASE_LTO", "off"),
            ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
            ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
        ]);
        install.env_remove("RUSTFLAGS");
        tools::run(&mut install)?;
    }
    Ok(bin)
}

/// Chromium and its driver, for the tests that need a browser.
pub(crate) struct Browser {
    pub(crate) chromedriver: PathBuf,
    pub(crate) chromium: PathBuf,
}

/// Finds a browser, or installs Debian's.
pub(crate) fn browser() -> Result<Browser, Failure> {
    if let Some(browser) = find_browser() {
        return Ok(browser);
    }
    if tools::find("apt-get").is_some() && is_root() {
        say("installing chromium and chromium-driver by apt-get");
        let apt = |words: &[&str]| {
            let mut command = std::process::Command::new("apt-get");
            tools::run(command.args(words).env("DEBIAN_FRONTEND", "noninteractive").stdout(std::io::stderr()))
        };
        apt(&["update", "--quiet"])?;
        apt(&["install", "--quiet", "--yes", "--no-install-recommends", "chromium", "chromium-driver"])?;
    }
    find_browser().ok_or_else(|| {
        Failure::new(
            "no Chromium with its driver was found. Install both (Debian, Ubuntu: sudo apt-get install chromium \
             chromium-driver), or name them in CHROME and CHROMEDRIVER.",
        )
    })
}

fn find_browser() -> Option<Browser> {
    let named = |variable: &str| std::env::var_os(variable).map(PathBuf::from).filter(|file| file.is_file());
    let chromedriver = named("CHROMEDRIVER").or_else(|| tools::find("chromedriver"))?;
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let chromium = named("CHROME").or_else(|| names.into_iter().find_map(tools::find))?;
    Some(Browser { chromedriver, chromium })
}

fn is_root() -> bool {
    let mut id = std::process::Command::new("id");
    tools::output(id.arg("-u")).is_ok_and(|uid| uid.trim() == "0")
}

/// rustup reads `rust-toolchain.toml` by itself; this catches a toolchain that it did not set up.
fn rust_targets() -> Result<(), Failure> {
    let sysroot =
        tools::output(std::process::Command::new("rustc").current_dir(tools::root()).args(["--print", "sysroot"]))?;
    let libraries = PathBuf::from(sysroot.trim()).join("lib/rustlib");
    for target in ["wasm32-unknown-unknown", "thumbv7em-none-eabi"] {
        if !libraries.join(target).is_dir() {
            say(format_args!("adding the Rust target {target} by rustup"));
            let mut rustup = std::process::Command::new("rustup");
            tools::run(rustup.current_dir(tools::root()).args(["target", "add", target]))?;
        }
    }
    Ok(())
}

fn node_packages() -> Result<(), Failure> {
    let root = tools::root();
    let lock = fs::read(root.join("package-lock.json")).context("cannot read package-lock.json")?;
    let stamp = root.join("node_modules/.cxpulse-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    check_node()?;
    say("installing the Node packages of package-lock.json by npm ci (workerd, wrangler, wasm-opt)");
    let mut npm = std::process::Command::new("npm");
    npm.current_dir(&root).args(["ci", "--no-audit", "--no-fund"]).stdout(std::io::stderr());
    tools::run(&mut npm)?;
    fs::write(&stamp, lock).context("cannot write node_modules/.cxpulse-lock")
}

fn check_node() -> Result<(), Failure> {
    let advice = "Install Node.js 20 or later with npm (https://nodejs.org, or your system's packages).";
    let version = tools::output(std::process::Command::new("node").arg("--version")).context(advice)?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(20..) => Ok(()),
        Some(_) | None => Err(Failure::new(format!("Node.js {} is too old. {advice}", version.trim()))),
    }
}

fn locked_version(package: &str) -> Result<String, Failure> {
    let lock = fs::read_to_string(tools::root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let mut lines = lock.lines().skip_while(|line| *line != format!("name = \"{package}\""));
    let version =
        lines.nth(1).and_then(|line| line.strip_prefix("version = \"")).and_then(|rest| rest.strip_suffix('"'));
    version.map(str::to_owned).ok_or_else(|| Failure::new(format!("Cargo.lock has no {package}")))
}
