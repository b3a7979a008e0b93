//! Peers in Python, each with its packages in a folder of its own. Never touches the machine's own packages.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::tools::{self, Context, Failure, say};

/// An interpreter with these packages, in a folder of `target/`; made once. `names` are what people are told of.
pub(super) fn with(folder: &str, requirements: &str, names: &str) -> Result<PathBuf, Failure> {
    let home = tools::target().join(folder);
    let (python, stamp) = (home.join("bin/python"), home.join("requirements.txt"));
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == requirements) {
        return Ok(python);
    }
    say(format_args!("installing {names} into target/{folder} by pip (once)"));
    let advice = "Python 3.11 or later with its venv module is needed for the peer of this measurement";
    tools::run(Command::new("python3").args(["-m", "venv"]).arg(&home)).context(advice)?;
    let wanted = home.join("wanted.txt");
    fs::write(&wanted, requirements).context("cannot write the peer's requirements")?;
    let mut pip = Command::new(&python);
    tools::run(pip.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted).stdout(std::io::stderr()))?;
    fs::rename(&wanted, &stamp).context("cannot note what was installed")?;
    Ok(python)
}
