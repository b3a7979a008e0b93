//! A fresh stack for a measurement: the built Worker and the simulated CXone, and no data of an earlier run.

use std::fs;
use std::path::{Path, PathBuf};

use crate::serve::{Plan, Stack};
use crate::tools::{self, Context, Failure};

/// A setting of the Worker: name and value.
pub(super) type Setting<'a> = (&'a str, &'a str);

/// With its data on the disk, in a folder called `name`.
pub(super) fn on_disk(name: &str, settings: &[Setting<'_>]) -> Result<Stack, Failure> {
    start(&folder(&tools::target().join("bench"), name)?, settings)
}

/// With its data in memory where the system has a place for that: a thousand new databases measure the disk.
pub(super) fn in_memory(name: &str, settings: &[Setting<'_>]) -> Result<Stack, Failure> {
    let memory = PathBuf::from("/dev/shm");
    let base = if memory.is_dir() { memory.join("cxpulse-bench") } else { tools::target().join("bench") };
    start(&folder(&base, name)?, settings)
}

/// The same with the runtime's inspector at a port, and a simulated CXone with these options.
pub(super) fn inspected(name: &str, settings: &[Setting<'_>], port: u16, sim_options: &str) -> Result<Stack, Failure> {
    let data = folder(&tools::target().join("bench"), name)?;
    Stack::start(&Plan { inspector_port: Some(port), sim_options: sim_options.into(), ..plan(&data, settings) })
}

/// A folder on the disk with nothing in it.
pub(super) fn folder_on_disk(name: &str) -> Result<PathBuf, Failure> {
    folder(&tools::target().join("bench"), name)
}

/// What is served from a folder.
pub(super) fn plan(data: &Path, settings: &[Setting<'_>]) -> Plan {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Plan {
        port: 0,
        sim_port: 0,
        data: data.to_path_buf(),
        has_sim: true,
        is_dev: false,
        settings,
        inspector_port: None,
        sim_options: String::new(),
    }
}

fn start(data: &Path, settings: &[Setting<'_>]) -> Result<Stack, Failure> {
    Stack::start(&plan(data, settings))
}

fn folder(base: &Path, name: &str) -> Result<PathBuf, Failure> {
    let folder = base.join(name);
    if folder.is_dir() {
        fs::remove_dir_all(&folder).context("cannot clear the folder of an earlier run")?;
    }
    Ok(folder)
}
