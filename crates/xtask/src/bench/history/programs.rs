//! The programs that are measured: made and run in folders of their own under `target/bench`. Never part of what ships.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Figures, figures, python};
use crate::build;
use crate::tools::{self, Context, Failure, say};

/// Where each of them is.
pub(super) struct Programs {
    folder: PathBuf,
    native: PathBuf,
    wasm: PathBuf,
    runner: PathBuf,
    rust4pm: PathBuf,
    python: PathBuf,
    peer: PathBuf,
}

impl Programs {
    /// Builds what is not fresh.
    pub(super) fn build() -> Result<Self, Failure> {
        let folder = tools::target().join("bench/history");
        fs::create_dir_all(&folder).context("cannot make a folder for the measurement")?;
        let source = tools::root().join("crates/xtask/bench/history");
        say("building the analyzer natively and for wasm, and the Rust crate of the field");
        let compile = |package: &str, words: &[&str]| {
            let mut cargo = tools::cargo();
            cargo.args(["rustc", "--quiet", "--manifest-path"]).arg(source.join(package).join("Cargo.toml"));
            tools::run(cargo.arg("--target-dir").arg(&folder).args(words))
        };
        compile("ours", &["--release", "--bin", "history-bench"])?;
        let wasm = ["--profile", "ships", "--target", "wasm32-unknown-unknown", "--lib", "--crate-type", "cdylib"];
        compile("ours", &wasm)?;
        compile("rust4pm", &["--release"])?;
        let program = |name: &str| folder.join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let (runner, peer) = (folder.join("wasm.mjs"), folder.join("history.py"));
        fs::write(&runner, RUNNER).context("cannot write the runner of the wasm build")?;
        fs::write(&peer, PEER).context("cannot write the peer")?;
        let shipped = folder.join("history_bench.wasm");
        build::shrink(&folder.join("wasm32-unknown-unknown/ships/history_bench.wasm"), &shipped)?;
        Ok(Self {
            native: program("history-bench"),
            rust4pm: program("history-rust4pm"),
            python: python::with("bench-python-history", REQUIREMENTS, "PM4Py and pandas")?,
            wasm: shipped,
            runner,
            peer,
            folder,
        })
    }

    /// A log of 200,000 steps, the same each time.
    pub(super) fn made(&self) -> Result<PathBuf, Failure> {
        let file = self.folder.join("made.json");
        tools::run(Command::new(&self.native).args(["--make", "200000"]).arg(&file))?;
        Ok(file)
    }

    pub(super) fn ours(&self, file: &Path, rounds: u32) -> Result<Figures, Failure> {
        figures(Command::new(&self.native).arg(file).arg(rounds.to_string()))
    }

    /// The wasm as it ships, under Node.js.
    pub(super) fn shipped(&self, file: &Path, rounds: u32) -> Result<Figures, Failure> {
        figures(tools::node_tool("node").arg(&self.runner).arg(&self.wasm).arg(file).arg(rounds.to_string()))
    }

    pub(super) fn python(&self, file: &Path, rounds: u32) -> Result<Figures, Failure> {
        figures(Command::new(&self.python).arg(&self.peer).arg(file).arg(rounds.to_string()))
    }

    /// The Rust crate reads XES, which we write.
    pub(super) fn rust4pm(&self, file: &Path, rounds: u32) -> Result<Figures, Failure> {
        let log = self.folder.join("log.xes");
        tools::run(Command::new(&self.native).arg("--xes").arg(file).arg(&log))?;
        figures(Command::new(&self.rust4pm).arg(&log).arg(rounds.to_string()))
    }
}

const RUNNER: &str = include_str!("../../../bench/history/wasm.mjs");

const PEER: &str = include_str!("../../../bench/peer/history.py");

const REQUIREMENTS: &str = include_str!("../../../bench/peer/history.txt");
